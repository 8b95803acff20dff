/** Memory beyond 2 GiB, where addresses are negative as 32-bit integers: everything must work there as below. */
import { afterAll, describe, expect, it } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import { conv2d } from "@ansatz/tensor/nn";
import { key, normal } from "@ansatz/tensor/random";
import { expectClose } from "@ansatz/tensor/testing";
import { createCpuBackend } from "../../src/backend/cpu/cpu.ts";
import { randomProgram } from "../support/programs.ts";
import { seeded } from "../support/random.ts";

// The same device on a memory of its own, whose addresses are low.
const low = createCpuBackend({ name: "cpu" });
Object.defineProperty(low, "name", { value: "low" });
T.registerBackend(low);

const before = T.configure({ memoryBudget: 2 ** 32 });
const cpu = T.backendOf("cpu");
// Addresses only: nobody touches these pages, so they cost nothing.
const below = cpu.alloc(2200 * 2 ** 20);
const first = T.ones([3]).eval();

afterAll(() => {
  cpu.free(below);
  T.configure(before);
});

const jobs: Record<string, () => Tensor> = {
  maps: () => T.tanh(T.mul(normal(key(1), [300, 999]), 2)),
  "sums of everything": () => T.sum(T.exp(normal(key(2), [700_000]))),
  "sums of rows": () => T.sum(T.exp(normal(key(3), [301, 1203])), { axis: 1 }),
  "sums of columns": () => T.sum(T.exp(normal(key(4), [1901, 203])), { axis: 0 }),
  transposes: () => T.add(T.transpose(normal(key(5), [501, 801])), 1),
  takes: () => T.take(normal(key(6), [400, 301]), T.mod(T.mul(T.iota([5000]), 7), 400)),
  "additions at positions": () => T.scatterAdd(normal(key(7), [5000, 31]), T.mod(T.iota([5000]), 97), 97),
  joins: () => T.concat([T.pad(normal(key(8), [300, 301]), [1, 2]), normal(key(9), [302, 305])], 1),
  bools: () => T.logicalNot(T.greater(T.transpose(normal(key(10), [301, 303])), 0)),
  doubles: () => T.sum(T.sin(normal(key(11), [200, 1001], { dtype: "f64" })), { axis: 0 }),
};

const products: Record<string, () => Tensor> = {
  "products of matrices": () => T.matmul(normal(key(12), [301, 307]), normal(key(13), [307, 313])),
  "products of doubles": () =>
    T.matmul(normal(key(12), [101, 107], { dtype: "f64" }), normal(key(13), [107, 113], { dtype: "f64" })),
  convolutions: () => conv2d(normal(key(14), [4, 16, 33, 31]), normal(key(15), [24, 16, 3, 3]), { padding: 1 }),
  "gradients of convolutions": () => {
    const x = normal(key(16), [4, 16, 20, 20]);
    return T.grad((w: Tensor) => T.sum(T.square(conv2d(x, w, { stride: 2, padding: 1 }))))(
      normal(key(17), [24, 16, 3, 3]),
    );
  },
};

it("blocks do lie beyond 2 GiB", () => {
  expect(first.storage?.ptr).toBeGreaterThan(2 ** 31);
  expect([...first.dataSync()]).toEqual([1, 1, 1]);
});

describe.each([1, 2])("with %i threads", (threads) => {
  it.each(Object.entries({ ...jobs, ...products }))("%s have the bits of low addresses", async (_, job) => {
    T.configure({ threads });
    const made = T.withDevice("low", job);
    expect(made.eval().storage?.ptr).toBeLessThan(2 ** 31);
    const want = await made.data();
    // Often enough that workers, once they are up, take part.
    for (let round = 0; round < 3; round++) {
      const got = await job().data();
      expect(Buffer.compare(Buffer.from(got.buffer), Buffer.from(want.buffer))).toBe(0);
    }
  });
});

it("random programs are right", () => {
  for (let seed = 0; seed < 40; seed++) {
    for (const { t, n } of randomProgram(seeded(seed), 14, "f64", "cpu")) {
      expect(t.eval().storage?.ptr).toBeGreaterThan(2 ** 31);
      const scale = Math.max(1, ...n.data.map(Math.abs));
      expectClose(t.dataSync(), n.data, { absolute: 1e-12 * scale });
    }
  }
});

it("compiled functions, files of values and dataInto work there", async () => {
  const f = T.compile((x: Tensor, y: Tensor) => T.add(T.mul(x, 2), y), { donate: [0] });
  const x = T.arange(0, 1000, 1, { dtype: "f32" }).eval();
  const out = await f(x, T.ones([1000])).dataInto(new Float32Array(1000));
  expect(out[999]).toBe(1999);
});
