/** Gradient rules of users, alone and under every other transform. */
import { describe, expect, it } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import { expectClose } from "@ansatz/tensor/testing";
import { checkpoint, customVjp, hessianVector, jacobian, vmap } from "@ansatz/tensor/transform";
import { seeded } from "../support/random.ts";

const r = seeded(21);
const f64 = (shape: number[]): Tensor =>
  T.tensor(
    Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 2 * r.next() - 1),
    { shape },
  );
const values = (t: Tensor): number[] => Array.from(t.dataSync() as ArrayLike<number>);

/** Counts what runs. */
const calls = { plain: 0, forward: 0, backward: 0 };
/** exp(x) y with a gradient three times too large, so that nobody can mistake it for the derived one. */
const triple = customVjp(
  (x: Tensor, y: Tensor) => {
    calls.plain++;
    return T.mul(T.exp(x), y);
  },
  (x, y) => {
    calls.forward++;
    const e = T.exp(x);
    return { value: T.mul(e, y), residuals: { e, y } };
  },
  ({ e, y }, ct) => {
    calls.backward++;
    return [T.mul(T.mul(ct, T.mul(e, y)), 3), T.mul(T.mul(ct, e), 3)];
  },
);
/** The same without a rule of its own, where gradients pass through a factor. */
const tripled = (x: Tensor, y: Tensor): Tensor => {
  const z = T.mul(T.exp(x), y);
  return T.sub(T.mul(z, 3), T.mul(T.stopGradient(z), 2));
};

describe("a function with a rule of its own", () => {
  const x = f64([2, 3]);
  const y = f64([2, 3]);

  it("runs plainly without a gradient", () => {
    Object.assign(calls, { plain: 0, forward: 0, backward: 0 });
    expectClose(values(triple(x, y)), values(T.mul(T.exp(x), y)), {});
    expectClose(values(T.compile(triple)(x, y)), values(T.mul(T.exp(x), y)), {});
    expect(calls).toEqual({ plain: 2, forward: 0, backward: 0 });
  });

  it("has that gradient", () => {
    const f = (g: typeof triple) => (p: Tensor[]) => T.sum(T.sin(g(T.mul(p[0], 2), T.add(p[1], p[0]))));
    const want = T.grad(f(tripled))([x, y]);
    Object.assign(calls, { plain: 0, forward: 0, backward: 0 });
    const got = T.valueAndGrad(f(triple))([x, y]);
    expect(calls).toEqual({ plain: 0, forward: 1, backward: 1 });
    expectClose(values(got.value), values(f(tripled)([x, y])), { absolute: 1e-14 });
    got.grad.forEach((g, i) => expectClose(values(g), values(want[i]), { absolute: 1e-13 }));
    const compiled = T.compile(T.grad(f(triple)))([x, y]);
    compiled.forEach((g, i) => expectClose(values(g), values(want[i]), { absolute: 1e-13 }));
    T.grad(T.compile(f(triple)))([x, y]).forEach((g, i) =>
      expectClose(values(g), values(want[i]), { absolute: 1e-13 }),
    );
    T.grad(checkpoint(f(triple)))([x, y]).forEach((g, i) =>
      expectClose(values(g), values(want[i]), { absolute: 1e-13 }),
    );
  });

  it("has tangents and second derivatives from the rule", () => {
    const f = (p: Tensor): Tensor => T.sum(triple(p, T.square(p)));
    const twice = (p: Tensor): Tensor => T.sum(tripled(p, T.square(p)));
    const v = f64([2, 3]);
    const tangent = T.jvp(f, [x], [v]).tangent;
    expectClose(values(tangent), values(T.jvp(twice, [x], [v]).tangent), { absolute: 1e-13 });
    // d/dx of 3 e^x (x^2 + 2 x), which the rule forms from values.
    const want = T.mul(T.mul(T.mul(3, T.exp(x)), T.add(T.add(T.square(x), T.mul(x, 4)), 2)), v);
    // What `backward` computes from residuals is differentiated as it is.
    expectClose(values(hessianVector(f)(x, v)), values(want), { absolute: 1e-12 });
  });

  it("keeps its rule when it is mapped over a batch", () => {
    const w = f64([3]);
    const single = (g: typeof triple) => (p: Tensor, q: Tensor) => T.sum(g(T.mul(p, 2), T.mul(q, w)));
    const total = (g: typeof triple) => (q: Tensor) => T.sum(vmap(single(g), { in: [0, null] })(x, q));
    const q = f64([3]);
    expectClose(values(T.grad(total(triple))(q)), values(T.grad(total(tripled))(q)), { absolute: 1e-13 });
    const perElement = (g: typeof triple): Tensor => vmap((p: Tensor) => T.grad((s: Tensor) => single(g)(s, q))(p))(x);
    expectClose(values(perElement(triple)), values(perElement(tripled)), { absolute: 1e-13 });
    const nested = (g: typeof triple) => (p: Tensor) =>
      T.sum(vmap((a: Tensor) => vmap((b: Tensor) => T.sum(g(a, b)))(p))(x));
    expectClose(values(T.grad(nested(triple))(y)), values(T.grad(nested(tripled))(y)), { absolute: 1e-13 });
    const j = (g: typeof triple): Tensor => jacobian((s: Tensor) => g(s, s))(q);
    expectClose(values(j(triple)), values(j(tripled)), { absolute: 1e-13 });
    // Pulled back after the mapping has returned.
    const pulled = (g: typeof triple): Tensor[] =>
      T.vjp(vmap(single(g), { in: [0, null] }), x, q).pull(T.ones([2], { dtype: "f64" }));
    pulled(triple).forEach((t, i) => expectClose(values(t), values(pulled(tripled)[i]), { absolute: 1e-13 }));
  });

  it("works on trees, with integers, and with gradients that are left out", () => {
    const pick = customVjp(
      (p: { a: Tensor; b: Tensor[] }, at: Tensor) => [T.take(p.a, at), T.sum(p.b[0])],
      (p, at) => ({ value: [T.take(p.a, at), T.sum(p.b[0])], residuals: at }),
      (at, [u, s]) => [{ a: T.scatterAdd(u, at, 4), b: [T.broadcastTo(T.mul(s, 7), [2])] }, null],
    );
    const at = T.tensor([1, 1, 3], { dtype: "i32" });
    const p = { a: f64([4]), b: [f64([2])] };
    const g = T.grad((t: typeof p) => T.sum(pick(t, at)[0]))(p);
    expect(values(g.a)).toEqual([0, 2, 0, 1]);
    expect(values(g.b[0])).toEqual([0, 0]);
    expect(values(T.grad((t: typeof p) => pick(t, at)[1])(p).b[0])).toEqual([7, 7]);
    const none = customVjp(
      (a: Tensor) => T.square(a),
      (a) => ({ value: T.square(a), residuals: null }),
      () => [null],
    );
    expect(values(T.grad((a: Tensor) => T.sum(none(a)))(p.a))).toEqual([0, 0, 0, 0]);
  });

  it("gives memory back", () => {
    const g = T.valueAndGrad((a: Tensor) => T.sum(triple(a, a)));
    const used = [0, 1, 2].map(() => {
      const { value, grad } = g(x);
      values(grad);
      value.dispose();
      grad.dispose();
      return T.memory().used;
    });
    expect(used[2]).toBe(used[1]);
  });

  it.each<[string, () => unknown, string]>([
    [
      "no rule",
      () => customVjp(T.exp as never, 1 as never, (() => [null]) as never),
      "customVjp, forward: a function is needed",
    ],
    [
      "no pair",
      () => rule(((a: Tensor) => a) as never),
      "customVjp, forward: must return { value, residuals } (got a Tensor)",
    ],
    [
      "no list",
      () => rule(undefined, (() => 3) as never),
      "must return an array with a gradient per argument (got 3, expected 1)",
    ],
    ["too many", () => rule(undefined, (() => [null, null]) as never), "(got 2, expected 1)"],
    [
      "another structure",
      () => rule(undefined, (() => [[f64([2])]]) as never),
      "gradient of argument 1 has another structure (got [*], expected *)",
    ],
    [
      "another shape",
      () => rule(undefined, () => [T.ones([2])]),
      "gradient of argument 1 does not fit (got f32[2], expected f64[3])",
    ],
  ])("%s is an error", (_, run, message) => {
    expect(run).toThrow(message);
  });
});

function rule(
  forward: (a: Tensor) => { value: Tensor; residuals: unknown } = (a) => ({ value: a, residuals: null }),
  backward: () => [Tensor | null] = () => [null],
): unknown {
  return T.grad((a: Tensor) => T.sum(customVjp((b: Tensor) => b, forward, backward)(a)))(f64([3]));
}
