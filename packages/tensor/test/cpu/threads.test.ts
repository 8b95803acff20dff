import { afterAll, describe, expect, it } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import { conv2d } from "@ansatz/tensor/nn";
import { key, normal } from "@ansatz/tensor/random";
import { spawnSync } from "node:child_process";

const before = T.configure({});
afterAll(() => {
  T.configure(before);
});

/** Heavy enough to be split between threads. */
const jobs: Record<string, () => Tensor> = {
  map: () => T.tanh(T.mul(normal(key(1), [700, 999]), 2)),
  "sum of everything": () => T.sum(T.exp(normal(key(2), [3_000_000]))),
  "sum over rows": () => T.sum(T.exp(normal(key(3), [901, 1203])), { axis: 1 }),
  "sum over columns": () => T.sum(T.exp(normal(key(4), [2901, 603])), { axis: 0 }),
  softmax: () => T.softmax(normal(key(5), [1000, 1003]), 0),
  "product of matrices": () => T.matmul(normal(key(6), [401, 307]), normal(key(7), [307, 513])),
  "product of many matrices": () => T.matmul(normal(key(8), [64, 65, 33]), normal(key(9), [64, 33, 70])),
  convolution: () => conv2d(normal(key(10), [8, 16, 33, 31]), normal(key(11), [24, 16, 3, 3]), { padding: 1 }),
  "gradient of a convolution": () => {
    const x = normal(key(12), [8, 16, 20, 20]);
    return T.grad((w: Tensor) => T.sum(T.square(conv2d(x, w, { stride: 2, padding: 1 }))))(
      normal(key(13), [24, 16, 3, 3]),
    );
  },
  "additions at positions": () => T.scatterAdd(normal(key(15), [16, 3000, 24]), T.mod(T.iota([3000]), 97), 97, 1),
  transpose: () => T.add(T.transpose(normal(key(14), [1501, 801])), 1),
};

async function bytes(t: Tensor): Promise<Buffer> {
  const data = await t.data();
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

describe("threads", () => {
  it.each(Object.entries(jobs))("%s has the same bits on 1, 2 and 3 threads", async (_, job) => {
    T.configure({ threads: 1 });
    const want = await bytes(job());
    for (const threads of [2, 3]) {
      T.configure({ threads });
      // Often enough that workers, once they are up, really take part.
      for (let round = 0; round < 4; round++) {
        expect(Buffer.compare(await bytes(job()), want), `${threads} threads, round ${round}`).toBe(0);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  });

  it("do not keep a process alive, and take part", () => {
    const program = `
      import * as T from "@ansatz/tensor";
      T.configure({ threads: 2 });
      const x = T.ones([4_000_000]);
      for (let i = 0; i < 30; i++) {
        const y = T.exp(T.mul(x, 0.5)).eval();
        y.dispose();
        await new Promise((r) => setTimeout(r, 5));
      }
      process.stdout.write("done");
    `;
    const run = spawnSync(process.execPath, ["--conditions=@ansatz/source", "--input-type=module", "--eval", program], {
      cwd: import.meta.dirname,
      encoding: "utf8",
      timeout: 30_000,
    });
    expect(run.stderr).toBe("");
    expect(run.stdout).toBe("done");
    expect(run.status).toBe(0);
  });
});
