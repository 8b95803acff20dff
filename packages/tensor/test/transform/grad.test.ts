import { describe, expect, it } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import { conv2d } from "@ansatz/tensor/nn";
import { expectClose, gradcheck } from "@ansatz/tensor/testing";
import { seeded } from "../support/random.ts";

const r = seeded(3);
const f64 = (shape: number[], low = -1, high = 1): Tensor<"f64"> =>
  T.tensor(
    Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => low + (high - low) * r.next()),
    { shape },
  ) as Tensor<"f64">;

describe("gradients of structural operations", () => {
  const cases: Record<string, [(...x: Tensor[]) => Tensor, Tensor<"f64">[]]> = {
    "broadcasting add": [(x, y) => T.mul(T.add(x, y), x), [f64([3, 1, 2]), f64([4, 1])]],
    "rank-0 operand": [(x, s) => T.mul(x, T.exp(s)), [f64([3]), f64([])]],
    permute: [(x) => T.square(T.permute(x, [2, 0, 1])), [f64([2, 3, 4])]],
    reshape: [(x) => T.square(T.reshape(x, [4, 6])), [f64([2, 3, 4])]],
    broadcastTo: [(x) => T.square(T.broadcastTo(x, [3, 2, 4])), [f64([2, 1])]],
    "slice with steps": [
      (x) =>
        T.exp(
          T.slice(x, [
            [0, null, 2],
            [undefined, null, -1],
          ]),
        ),
      [f64([5, 3])],
    ],
    "slice with negative steps": [(x) => T.exp(T.slice(x, [[undefined, null, -2]])), [f64([7])]],
    flip: [(x) => T.mul(T.flip(x, 0), x), [f64([4, 2])]],
    pad: [
      (x) =>
        T.square(
          T.pad(
            x,
            [
              [1, 0],
              [2, 1],
            ],
            { value: 3 },
          ),
        ),
      [f64([2, 3])],
    ],
    concat: [(x, y) => T.exp(T.concat([x, y, x], 1)), [f64([2, 3]), f64([2, 1])]],
    stack: [(x, y) => T.exp(T.stack([x, y], 1)), [f64([2, 3]), f64([2, 3])]],
    split: [(x) => T.mul(...(T.split(x, 2, 1) as [Tensor, Tensor])), [f64([2, 4])]],
    repeat: [(x) => T.exp(T.repeat(x, 3, 0)), [f64([2, 2])]],
    tile: [(x) => T.exp(T.tile(x, [2, 3])), [f64([2, 2])]],
    take: [(x) => T.exp(T.take(x, T.tensor([2, 0, 2, -1], { dtype: "i32" }), 0)), [f64([3, 2])]],
    scatterAdd: [(x) => T.square(T.scatterAdd(x, T.tensor([1, 1, 0], { dtype: "i32" }), 3)), [f64([3, 2])]],
    where: [(x, y) => T.where(T.greater(x, 0), T.mul(x, y), T.exp(y)), [f64([5]), f64([5])]],
    clip: [(x) => T.clip(T.mul(x, 3), -1, 1), [f64([9])]],
    sum: [(x) => T.square(T.sum(x, { axis: [0, 2] })), [f64([2, 3, 2])]],
    mean: [(x) => T.exp(T.mean(x, { axis: 1, keepDims: true })), [f64([2, 3])]],
    variance: [(x) => T.variance(x, { axis: 0, correction: 1 }), [f64([4, 2])]],
    std: [(x) => T.std(x), [f64([6])]],
    prod: [(x) => T.prod(x, { axis: 1 }), [f64([2, 3], 0.5, 2)]],
    "prod with zeros": [
      (x) => T.prod(T.mul(x, T.tensor(Float64Array.of(1, 0, 1, 1, 1, 1), { shape: [2, 3] })), { axis: 1 }),
      [f64([2, 3], 0.5, 2)],
    ],
    max: [(x) => T.exp(T.max(x, { axis: 0 })), [f64([4, 3])]],
    min: [(x) => T.exp(T.min(x)), [f64([5])]],
    norm: [(x) => T.norm(x, { axis: 1 }), [f64([2, 3])]],
    logsumexp: [(x) => T.logsumexp(x, { axis: 1 }), [f64([2, 3])]],
    softmax: [(x) => T.softmax(x), [f64([2, 4])]],
    logSoftmax: [(x) => T.logSoftmax(x, 0), [f64([3, 2])]],
    layerNorm: [(x, a, b) => T.layerNorm(x, -1, { scale: a, shift: b }), [f64([2, 5]), f64([5]), f64([5])]],
    gelu: [(x) => T.gelu(x), [f64([5])]],
    silu: [(x) => T.silu(x), [f64([5])]],
    matmul: [(a, b) => T.matmul(a, b), [f64([3, 4]), f64([4, 2])]],
    "matmul with batches": [(a, b) => T.square(T.matmul(a, b)), [f64([2, 1, 2, 3]), f64([3, 3, 2])]],
    "matmul with vectors": [(a, b) => T.matmul(a, b), [f64([3]), f64([2, 3, 2])]],
    "matmul of transposes": [(a, b) => T.matmul(T.transpose(a), T.transpose(b)), [f64([4, 3]), f64([2, 4])]],
    dot: [(a, b) => T.dot(a, b), [f64([4]), f64([4])]],
    "astype there and back": [(x) => T.astype(T.astype(x, "f64"), "f64"), [f64([3])]],
  };

  it.each(Object.entries(cases))("%s", async (_, [f, inputs]) => {
    await gradcheck(f, inputs);
  });
});

describe("gradients of convolutions", () => {
  const settings = [
    { stride: 1, padding: 0, dilation: 1, groups: 1 },
    { stride: 2, padding: 1, dilation: 1, groups: 1 },
    {
      stride: [2, 1],
      padding: [
        [0, 2],
        [1, 0],
      ],
      dilation: [1, 2],
      groups: 1,
    },
    { stride: 3, padding: 4, dilation: 1, groups: 2 },
    { stride: 1, padding: 1, dilation: 2, groups: 4 },
  ] as const;
  it.each(settings)("%j", async (options) => {
    const { groups } = options;
    const x = f64([2, 4, 6, 7]);
    const w = f64([4, 4 / groups, 2, 3]);
    await gradcheck((a, b) => T.square(conv2d(a, b, options)), [x, w], { tolerance: 2e-6 });
  });

  it("of second order: the gradient's gradient is checked too", async () => {
    const x = f64([1, 2, 5, 5]);
    const w = f64([2, 2, 3, 3]);
    const inner = T.grad((b: Tensor, a: Tensor) => T.sum(T.exp(conv2d(a, b, { stride: 2, padding: 1 }))));
    await gradcheck((a, b) => inner(b, a), [x, w], { tolerance: 5e-6 });
    const other = T.grad((a: Tensor, b: Tensor) => T.sum(T.exp(conv2d(a, b, { stride: 2, padding: 1 }))));
    await gradcheck((a, b) => other(a, b), [x, w], { tolerance: 5e-6 });
  });
});

describe("transforms compose", () => {
  const f = (x: Tensor): Tensor => T.sum(T.mul(T.sin(x), T.exp(T.mul(x, T.flip(x)))));
  const x = f64([4]);
  const unit = (i: number): Tensor => T.tensor(Float64Array.from({ length: 4 }, (_, k) => Number(k === i)));

  it("Hessian by jvp of grad equals grad of grad", async () => {
    for (let i = 0; i < 4; i++) {
      const forward = T.jvp(T.grad(f), [x], [unit(i)]).tangent;
      const reverse = T.grad((y: Tensor) => T.sum(T.mul(T.grad(f)(y), unit(i))))(x);
      expectClose(await forward.data(), await reverse.data(), { absolute: 1e-12, relative: 1e-12 });
    }
  });

  it("third derivatives", async () => {
    const cube = (y: Tensor): Tensor => T.sum(T.mul(T.mul(y, y), T.mul(y, y)));
    const once = T.grad(cube);
    const twice = T.grad((y: Tensor) => T.sum(once(y)));
    const thrice = T.grad((y: Tensor) => T.sum(twice(y)));
    const got = await thrice(x).data();
    const want = [...(await x.data())].map((v) => 24 * v);
    expectClose(got, want, { absolute: 1e-12 });
  });

  it("jvp equals differences", async () => {
    const t = f64([4]);
    const { value, tangent } = T.jvp((y: Tensor) => T.softmax(T.mul(y, y)), [x], [t]);
    const h = 1e-5;
    const at = async (s: number): Promise<Float64Array> =>
      (await T.softmax(T.square(T.add(x, T.mul(t, s)))).data()) as Float64Array;
    const [plus, minus] = [await at(h), await at(-h)];
    expectClose(
      await tangent.data(),
      plus.map((v, i) => (v - minus[i]) / (2 * h)),
      { absolute: 1e-9 },
    );
    expectClose(await value.data(), await at(0), { absolute: 1e-14 });
  });

  it("nested closures do not confuse perturbations: d/dx [x d/dy (x + y)] = 1", async () => {
    const one = T.tensor(Float64Array.of(1), { shape: [] });
    const outer = T.grad((a: Tensor) => T.mul(a, T.grad((b: Tensor) => T.add(a, b))(one)));
    expect(await outer(T.tensor(Float64Array.of(5), { shape: [] })).item()).toBe(1);
  });

  it("vjp pulls back trees", async () => {
    const { value, pull } = T.vjp(
      (p: { a: Tensor; b: Tensor }, c: Tensor) => ({ y: T.mul(p.a, c), z: [T.add(p.b, c)] }),
      { a: f64([2]), b: f64([2]) },
      T.tensor(Float64Array.of(2, 3)),
    );
    const [p, c] = pull({ y: T.ones([2], { dtype: "f64" }), z: [T.full([2], 10, { dtype: "f64" })] });
    expect([...(await p.a.data())]).toEqual([2, 3]);
    expect([...(await p.b.data())]).toEqual([10, 10]);
    const a = await T.div(value.y, T.tensor(Float64Array.of(2, 3))).data();
    expectClose(await c.data(), [10 + a[0], 10 + a[1]], { absolute: 1e-14 });
  });

  it("gradients of values that are read on the way, with control flow", async () => {
    const g = T.grad((y: Tensor) => {
      const big = y.dataSync()[0] > 0;
      return T.sum(big ? T.square(y) : T.mul(y, -7));
    });
    expect([...(await g(T.tensor([3])).data())]).toEqual([6]);
    expect([...(await g(T.tensor([-3])).data())]).toEqual([-7]);
  });

  it("an argument that does not matter has gradient zero, and numbers may be captured", async () => {
    const g = T.grad((p: { a: Tensor; b: Tensor }) => T.sum(T.mul(p.a, 3)));
    const { a, b } = g({ a: T.ones([2]), b: T.ones([3]) });
    expect([...(await a.data())]).toEqual([3, 3]);
    expect([...(await b.data())]).toEqual([0, 0, 0]);
  });

  it("stopGradient makes a constant", async () => {
    const g = T.grad((y: Tensor) => T.sum(T.mul(y, T.stopGradient(y))));
    expect([...(await g(T.tensor([2, 5])).data())]).toEqual([2, 5]);
  });

  it("ties of maximum and minimum are split evenly; |x| has slope 0 at 0", async () => {
    const g = (f2: (y: Tensor) => Tensor, v: number[]): Promise<ArrayLike<number>> =>
      T.grad((y: Tensor) => T.sum(f2(y)))(T.tensor(v)).data();
    expect(Array.from(await g((y) => T.maximum(y, 1), [1, 2, 0]))).toEqual([0.5, 1, 0]);
    expect(Array.from(await g((y) => T.max(y), [4, 4, 1, 4])).map((v) => v.toFixed(4))).toEqual([
      "0.3333",
      "0.3333",
      "0.0000",
      "0.3333",
    ]);
    expect(Array.from(await g((y) => T.abs(y), [0, -2, 3]))).toEqual([0, -1, 1]);
  });
});

describe("errors", () => {
  it("of transforms say what is wrong", () => {
    expect(() => T.grad((y: Tensor) => y)(T.ones([2]))).toThrow(
      "grad: the function must return one number (got shape [2], expected one element). Reduce with sum() or mean(), or use vjp().",
    );
    expect(() => T.grad((y: Tensor) => T.sum(y))(T.arange(3))).toThrow(
      "grad: inputs must be floats (got i32[3], expected f32 or f64). Convert with astype().",
    );
    expect(() => T.grad((y: Tensor) => T.sum(T.greater(y, 0)))(T.ones([2]))).toThrow(
      "grad: the function must return floats (got i32[], expected f32 or f64). Compute integer results outside.",
    );
    expect(() => T.vjp((y: Tensor) => y, T.ones([2])).pull(T.ones([3]))).toThrow(
      "vjp: cotangent does not fit (got f32[3], expected f32[2]).",
    );
    expect(() => T.jvp((y: Tensor) => y, [T.ones([2])], [T.ones([2], { dtype: "f64" })])).toThrow(
      "jvp: tangent does not fit (got f64[2], expected f32[2]).",
    );
  });
});
