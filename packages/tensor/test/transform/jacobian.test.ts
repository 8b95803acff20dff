/** Whole Jacobians and Hessians, and products with Hessians. */
import { describe, expect, it } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import { expectClose } from "@ansatz/tensor/testing";
import { hessian, hessianVector, jacobian, vmap } from "@ansatz/tensor/transform";
import { seeded } from "../support/random.ts";
import { loss, smoothInputs, smoothProgram } from "../support/smooth.ts";

const f64 = (list: number[], shape: number[] = [list.length]): Tensor => T.tensor(Float64Array.from(list), { shape });
const values = (t: Tensor): number[] => Array.from(t.dataSync() as ArrayLike<number>);
const MODES = ["forward", "reverse", "auto"] as const;

describe("jacobian", () => {
  const a = f64([1, 2, 3, 4, 5, 6], [2, 3]);

  it.each(MODES)("%s: of a linear function it is its matrix", (mode) => {
    const j = jacobian((x: Tensor) => T.matmul(a, x), { mode })(f64([7, 8, 9]));
    expect(j.shape).toEqual([2, 3]);
    expect(values(j)).toEqual(values(a));
    const t = jacobian((x: Tensor) => T.transpose(x), { mode })(a);
    expect(t.shape).toEqual([3, 2, 2, 3]);
    for (let i = 0; i < 36; i++) {
      const [p, q, m, n] = [Math.floor(i / 12), Math.floor(i / 6) % 2, Math.floor(i / 3) % 2, i % 3];
      expect(values(t)[i]).toBe(p === n && q === m ? 1 : 0);
    }
  });

  it.each(MODES)("%s: of trees, with further arguments", (mode) => {
    const f = (p: { x: Tensor; y: Tensor[] }, c: number): { u: Tensor; v: Tensor } => ({
      u: T.mul(p.x, T.sum(p.y[0])),
      v: T.mul(T.square(p.y[0]), c),
    });
    const j = jacobian(f, { mode })({ x: f64([2, 3]), y: [f64([5, 6, 7])] }, 10);
    expect(values(j.u.x)).toEqual([18, 0, 0, 18]);
    expect(values(j.u.y[0])).toEqual([2, 2, 2, 3, 3, 3]);
    expect(values(j.v.x)).toEqual(new Array(6).fill(0));
    expect(values(j.v.y[0])).toEqual([100, 0, 0, 0, 120, 0, 0, 0, 140]);
    expect(j.v.x.shape).toEqual([3, 2]);
  });

  it("both modes agree on random programs, also compiled and as a batch", () => {
    for (let seed = 0; seed < 15; seed++) {
      const program = smoothProgram(seeded(seed + 900), 7);
      const x = smoothInputs(seeded(seed), program, "f64");
      const f = (p: Tensor[]): Tensor[] => program.run(...p);
      const forward = jacobian(f, { mode: "forward" });
      const reverse = jacobian(f, { mode: "reverse" })(x);
      const want = reverse.flat().map(values);
      try {
        forward(x)
          .flat()
          .forEach((t, i) => expectClose(values(t), want[i], { absolute: 1e-12 }, "forward"));
        (T.compile(forward as never)(x as never) as Tensor[][])
          .flat()
          .forEach((t, i) => expectClose(values(t), want[i], { absolute: 1e-12 }, "compiled"));
        vmap(forward)(x.map((t) => T.stack([T.mul(t, 0.5), t])))
          .flat()
          .forEach((t, i) => expectClose(values(T.slice(t, [1])), want[i], { absolute: 1e-12 }, "batch"));
      } catch (error) {
        (error as Error).message = `seed ${seed}: ${(error as Error).message}\n${program.text}`;
        throw error;
      }
    }
  });

  it("evaluates all blocks together", () => {
    const [u, v] = jacobian((x: Tensor) => [T.exp(x), T.sin(x)])(f64([0, 1]));
    values(u);
    expect(v.storage).not.toBeNull();
  });

  it("refuses what has no Jacobian", () => {
    const x = f64([1, 2]);
    expect(() => jacobian((z: Tensor) => T.asComplex(z))(x)).toThrow("real floats are needed (got c128");
    expect(() => jacobian((z: Tensor) => z)(T.tensor([1], { dtype: "i32" }))).toThrow(
      "jacobian: inputs must be floats",
    );
    expect(() => jacobian((z: Tensor) => z, { mode: "sideways" } as never)).toThrow('unknown mode (got "sideways"');
    expect(() => jacobian((z: Tensor) => z, { axis: 1 } as never)).toThrow("unknown option");
    expect(() => (jacobian as (f: unknown) => unknown)(3)).toThrow("jacobian: a function is needed");
  });
});

describe("hessian and hessianVector", () => {
  // x^T A x / 2 + c sum x^3
  const a = f64([4, 1, 0, 1, 3, -1, 0, -1, 2], [3, 3]);
  const f = (x: Tensor, c: number): Tensor =>
    T.add(T.mul(T.dot(x, T.matmul(a, x)), 0.5), T.mul(T.sum(T.mul(x, T.square(x))), c));
  const x = f64([1, -2, 0.5]);
  const want = [4 + 12, 1, 0, 1, 3 - 24, -1, 0, -1, 2 + 6];

  it("of a cubic", () => {
    const h = hessian(f)(x, 2);
    expect(h.shape).toEqual([3, 3]);
    expectClose(values(h), want, { absolute: 1e-13 });
    const v = f64([3, 5, 7]);
    expectClose(values(hessianVector(f)(x, v, 2)), values(T.matmul(h, v)), { absolute: 1e-12 });
  });

  it("of a function of trees", () => {
    const g = (p: { a: Tensor; b: Tensor }): Tensor => T.sum(T.mul(T.square(p.a), p.b));
    const p = { a: f64([1, 2]), b: f64([3, 4]) };
    const h = hessian(g)(p);
    expect(values(h.a.a)).toEqual([6, 0, 0, 8]);
    expect(values(h.a.b)).toEqual([2, 0, 0, 4]);
    expect(values(h.b.a)).toEqual([2, 0, 0, 4]);
    expect(values(h.b.b)).toEqual([0, 0, 0, 0]);
    const hv = hessianVector(g)(p, { a: f64([1, 1]), b: f64([1, -1]) });
    expect(values(hv.a)).toEqual([8, 4]);
    expect(values(hv.b)).toEqual([2, 4]);
  });

  it("agree on random programs", () => {
    for (let seed = 0; seed < 10; seed++) {
      const program = smoothProgram(seeded(seed + 700), 6);
      const [p, v] = [smoothInputs(seeded(seed), program, "f64"), smoothInputs(seeded(seed + 1), program, "f64")];
      const g = (...[q]: [Tensor[]]): Tensor => loss(program.run(...q));
      const h = hessian(g)(p);
      const hv = hessianVector(g)(p, v);
      hv.forEach((t, i) => {
        const product = h[i].map((block, k) => T.matmul(T.reshape(block, [t.size, v[k].size]), T.reshape(v[k], [-1])));
        const sum = product.reduce((s, y) => T.add(s, y));
        expectClose(values(t), values(sum), { absolute: 1e-10 });
      });
    }
  });

  it("refuse wrong arguments", () => {
    expect(() => hessian((y: Tensor) => y)(x)).toThrow("grad: the function must return one number");
    expect(() => hessianVector(f)(x, f64([1]), 2)).toThrow("tangent does not fit");
    expect(() => hessianVector(1 as never)).toThrow("hessianVector: a function is needed");
  });
});
