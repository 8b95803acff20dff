import { afterEach, describe, expect, it } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";

const used = (): number => T.memory("cpu").used;
const KIB = 1024;

/** 64 KiB of values that exist. */
function block(value = 1): Tensor {
  return T.tensor(new Float32Array(16 * KIB).fill(value));
}

let before = T.configure({});
afterEach(() => {
  T.configure(before);
  before = T.configure({});
});

describe("dispose", () => {
  it("gives memory back at once", () => {
    const start = used();
    const x = block();
    expect(used() - start).toBeGreaterThanOrEqual(64 * KIB);
    x.dispose();
    expect(used()).toBe(start);
    x.dispose();
    expect(used()).toBe(start);
  });

  it("lets pending results have what they need, then frees it", () => {
    const start = used();
    const x = block(3);
    const y = T.sum(T.mul(x, 2));
    x.dispose();
    expect(used() - start).toBeGreaterThanOrEqual(64 * KIB);
    expect(y.dataSync()[0]).toBe(6 * 16 * KIB);
    y.dispose();
    // Only the plan's parameter block stays.
    expect(used() - start).toBeLessThan(4 * KIB);
  });

  it("frees inputs of intermediate nodes whose consumers are done", () => {
    const start = used();
    const x = block();
    const middle = T.add(x, 1);
    const y = T.sum(T.mul(middle, 2));
    y.eval();
    x.dispose();
    expect(used() - start).toBeLessThan(8 * KIB);
    expect(() => T.add(middle, 1)).toThrow(/add: tensor was disposed or donated \(got f32\[16384\]/);
  });

  it("makes later use an error that names the operation", () => {
    const x = block();
    x.dispose();
    expect(() => T.add(x, 1)).toThrow(T.DisposedError);
    expect(() => T.add(x, 1)).toThrow(
      "add: tensor was disposed or donated (got f32[16384], expected a live tensor). Dispose it after its last use, or keep a copy.",
    );
    expect(() => x.dataSync()).toThrow(/^dataSync: tensor was disposed/);
    expect(() => x.eval()).toThrow(/^eval: tensor was disposed/);
  });

  it("of a result that was never computed stores nothing", () => {
    const x = block();
    const start = used();
    const y = T.mul(x, 2);
    y.dispose();
    x.dispose();
    expect(used()).toBeLessThan(start);
  });

  it("happens by itself at the end of a `using` block", () => {
    const start = used();
    {
      using x = block();
      using y = T.add(x, 1).eval();
      expect(y.dataSync()[0]).toBe(2);
    }
    expect(used() - start).toBeLessThan(4 * KIB);
  });
});

describe("scope", () => {
  it("frees everything but its result", () => {
    const start = used();
    const { total, kept } = T.scope(() => {
      const x = block(2);
      const y = T.mul(x, 3).eval();
      return { total: T.sum(y), kept: T.add(y, 1) };
    });
    expect(total.dataSync()[0]).toBe(6 * 16 * KIB);
    expect(kept.dataSync()[5]).toBe(7);
    total.dispose();
    kept.dispose();
    expect(used() - start).toBeLessThan(8 * KIB);
  });

  it("refuses asynchronous functions", () => {
    expect(() => T.scope(() => Promise.resolve(1))).toThrow(/^scope: the function must be synchronous/);
  });
});

describe("loops", () => {
  it("of 20 000 steps that are never read finish in bounded memory", () => {
    const start = used();
    let x = T.tensor(new Float32Array(256).fill(1));
    for (let i = 0; i < 20_000; i++) {
      const next = T.add(T.mul(x, 0.5), 0.5);
      x.dispose();
      x = next;
    }
    expect(x.dataSync()[17]).toBe(1);
    expect(used() - start).toBeLessThan(200 * KIB);
    expect(T.memory("cpu").peak).toBeLessThan(64 * KIB * KIB);
  });

  it("with two states stay linear in time: the second state is stored, not recomputed from the start", () => {
    let x: Tensor = T.ones([8]);
    let v: Tensor = T.zeros([8]);
    for (let i = 0; i < 3000; i++) {
      v = T.add(T.mul(v, 0.9), T.mul(x, -0.01));
      x = T.add(x, v);
    }
    let a = 1;
    let b = 0;
    for (let i = 0; i < 3000; i++) {
      b = Math.fround(Math.fround(b * Math.fround(0.9)) + Math.fround(a * Math.fround(-0.01)));
      a = Math.fround(a + b);
    }
    expect(x.dataSync()[0]).toBeCloseTo(a, 6);
    expect(x.depth).toBeLessThan(300);
  });

  it("of compiled steps with donation hold no more than three times the state", () => {
    const n = 64 * KIB;
    const step = T.compile(
      (p: Tensor, m: Tensor, v: Tensor, g: Tensor, rate: Tensor) => {
        const m2 = T.add(T.mul(m, 0.9), T.mul(g, 0.1));
        const v2 = T.add(T.mul(v, 0.999), T.mul(T.square(g), 0.001));
        return [T.sub(p, T.mul(rate, T.div(m2, T.add(T.sqrt(v2), 1e-8)))), m2, v2] as const;
      },
      { donate: [0, 1, 2] },
    ) as unknown as (p: Tensor, m: Tensor, v: Tensor, g: Tensor, rate: number) => [Tensor, Tensor, Tensor];
    const g = T.tensor(new Float32Array(n).fill(0.5));
    const start = used();
    const make = (): Tensor => T.tensor(new Float32Array(n));
    let [p, m, v] = [make(), make(), make()];
    let most = 0;
    for (let i = 0; i < 300; i++) {
      [p, m, v] = step(p, m, v, g, 1e-3);
      most = Math.max(most, used() - start);
    }
    expect(most).toBeLessThanOrEqual(3 * 3 * n * 4);
    expect(p.dataSync()[0]).toBeLessThan(-0.1);
    for (const t of [p, m, v, g]) t.dispose();
  });

  it("without any release end in an error that says what to do", () => {
    T.configure({ memoryBudget: 32 * KIB * KIB });
    const kept: Tensor[] = [];
    const grow = (): void => {
      for (let i = 0; i < 100; i++) kept.push(T.tensor(new Float32Array(256 * KIB)));
    };
    expect(grow).toThrow(T.OutOfMemoryError);
    expect(grow).toThrow(
      /^cpu: out of memory, the memory budget is used up \(got a request for 1\.0 MiB with [\d.]+ MiB in use, expected at most 32\.0 MiB\)\. \d+ tensors of 1 MiB or more are alive, the largest: 1\.0 MiB.*Free tensors with dispose\(\), using, scope\(\) or compile/,
    );
    for (const t of kept) t.dispose();
  });
});

describe("plans and kernels", () => {
  it("are reused when only numbers change", async () => {
    const x = T.linspace(0, 1, 64).eval();
    const run = async (c: number): Promise<void> => {
      const y = x.mul(c).add(c).sub(0.5).mul(2).add(x).mul(c);
      await y.data();
      y.dispose();
    };
    await run(1);
    const { kernels, plans } = T.memory("cpu");
    for (let i = 0; i < 1000; i++) await run(1 + i / 7);
    expect(T.memory("cpu").kernels).toBe(kernels);
    expect(T.memory("cpu").plans).toBe(plans);
  });

  it("need few kernels for many sizes", async () => {
    const f = (n: number): Promise<unknown> => {
      const x = T.ones([n, 5]);
      return T.softmax(T.mul(x, T.arange(5))).data();
    };
    await f(3);
    const before = T.memory("cpu").kernels;
    for (let n = 4; n < 54; n++) await f(n);
    expect(T.memory("cpu").kernels - before).toBeLessThanOrEqual(3);
  });

  it("do not grow without bound", () => {
    for (let n = 1; n < 1300; n++) T.add(T.ones([n]), 1).dataSync();
    expect(T.memory("cpu").plans).toBeLessThanOrEqual(512);
  });
});
