import { describe, expect, it } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";

const values = (t: Tensor): number[] => Array.from(t.dataSync() as ArrayLike<number>);
const used = (): number => T.memory("cpu").used;
const N = 1 << 16;
const block = (value = 1): Tensor => T.tensor(new Float32Array(N).fill(value));
const SLACK = 16 * 1024;

describe("results of gradients", () => {
  it("are separate tensors even when their values agree", () => {
    const { a, b } = T.grad((p: { a: Tensor; b: Tensor }) => T.sum(T.add(p.a, p.b)))({
      a: T.ones([2]),
      b: T.ones([2]),
    });
    a.dispose();
    expect(values(b)).toEqual([1, 1]);
    const ct = T.tensor([5, 6]);
    const [x, y] = T.vjp((u: Tensor, v: Tensor) => T.add(u, v), T.ones([2]), T.ones([2])).pull(ct);
    x.dispose();
    y.dispose();
    expect(values(ct)).toEqual([5, 6]);
  });

  it("leave a value alone that the function took from outside, or hands out", async () => {
    const outside = T.sum(T.add(T.ones([3]), 1));
    expect(values(T.grad((_: Tensor) => outside)(T.ones([2])))).toEqual([0, 0]);
    const { value } = T.valueAndGrad((_: Tensor) => outside)(T.ones([2]));
    value.dispose();
    expect(values(outside)).toEqual([6]);
    let loss: Tensor | undefined;
    const g = T.grad((x: Tensor) => (loss = T.sum(T.mul(x, 2))))(T.ones([2]));
    expect(values(g)).toEqual([2, 2]);
    expect(await (loss as Tensor).item()).toBe(4);
  });

  it("do not keep each other alive once they have values", () => {
    const { value, grad } = T.valueAndGrad((x: Tensor) => T.sum(T.square(x)))(T.ones([2]));
    value.eval();
    expect(value.group).toBeNull();
    expect(grad.storage).not.toBeNull();
  });

  it("of functions that dispose what they made are right, and the memory comes back", () => {
    const start = used();
    const inScope = T.grad((x: Tensor) => T.sum(T.scope(() => T.square(T.exp(x)))));
    const withUsing = T.grad((x: Tensor) => {
      using h = T.exp(x).eval();
      using c = T.tensor(new Float32Array(N).fill(2));
      return T.sum(T.mul(T.square(h), c));
    });
    const x = block(0);
    const g = inScope(x).eval();
    expect(values(g)[0]).toBe(2);
    const h = withUsing(x).eval();
    expect(values(h)[0]).toBe(4);
    for (const t of [x, g, h]) t.dispose();
    expect(used() - start).toBeLessThan(SLACK);
  });
});

describe("memory of transforms", () => {
  const f = (x: Tensor): Tensor => T.sum(T.mul(T.exp(x), T.tanh(x)));

  it("is all given back by disposing arguments and results", () => {
    const runs: Record<string, (x: Tensor) => Tensor[]> = {
      grad: (x) => [T.grad(f)(x)],
      valueAndGrad: (x) => {
        const { value, grad } = T.valueAndGrad(f)(x);
        return [value, grad];
      },
      "grad, values read on the way": (x) => [
        T.grad((y: Tensor) => {
          const h = f(y);
          return h.dataSync()[0] > 0 ? T.square(h) : h;
        })(x),
      ],
      "grad, dead ends": (x) => [T.grad((y: Tensor) => (T.exp(T.mul(y, 3)), f(y)))(x)],
      "grad of grad": (x) => [T.grad((y: Tensor) => T.sum(T.square(T.grad(f)(y))))(x)],
      jvp: (x) => {
        const t = block();
        const { value, tangent } = T.jvp((y: Tensor) => T.mul(T.exp(y), y), [x], [t]);
        return [value, tangent, t];
      },
      "vjp in a scope": (x) =>
        T.scope(() => {
          const { value, pull } = T.vjp((y: Tensor) => T.mul(T.exp(y), y), x);
          value.eval();
          return [value, ...pull(T.onesLike(value))];
        }),
    };
    for (const [name, run] of Object.entries(runs)) {
      const start = used();
      const x = block(0.5);
      const results = run(x);
      for (const t of results) expect(Number.isFinite(t.eval().dataSync()[0]), name).toBe(true);
      for (const t of [...results, x]) t.dispose();
      expect(used() - start, name).toBeLessThan(SLACK);
    }
  });

  it("is given back when the function throws", () => {
    const start = used();
    const x = block();
    const fail = (y: Tensor): Tensor => {
      T.exp(y).eval().dispose();
      T.mul(y, 2);
      throw new Error("no");
    };
    for (const run of [
      (): unknown => T.grad(fail)(x),
      (): unknown => T.jvp(fail, [x], [x]),
      (): unknown => T.scope(() => fail(x)),
      (): unknown => T.vjp(fail, x),
    ]) {
      expect(run).toThrow("no");
    }
    x.dispose();
    expect(used() - start).toBeLessThan(SLACK);
  });
});

describe("tensors whose inputs are gone", () => {
  it("say so, whatever the inputs were, and a failed attempt changes nothing", () => {
    const x = T.mul(T.tensor([1, 2]), 3).eval();
    const y = T.mul(x, 2);
    const z = T.add(y, 1);
    T.sum(z).eval();
    x.dispose();
    for (let round = 0; round < 2; round++) {
      expect(() => T.add(z, 1)).toThrow(T.DisposedError);
      expect(() => T.add(y, 1)).toThrow(T.DisposedError);
      expect(() => y.dataSync()).toThrow(
        "dataSync: an input was disposed before its use (got f32[2], expected a live tensor). Evaluate the result first.",
      );
    }
  });
});
