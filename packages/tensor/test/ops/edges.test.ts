/** The edges of every operation's domain: nothing, one, words beyond 2^31, doubles, bools. On every device. */
import { describe, expect, it } from "vitest";
import * as T from "@ansatz/tensor";
import type { DType, Tensor } from "@ansatz/tensor";
import { conv2d } from "@ansatz/tensor/nn";
import { testDevices } from "../support/devices.ts";

const devices = await testDevices();

describe.each(devices)("on %s", (device) => {
  const z = (shape: readonly number[], dtype: DType = "f32"): Tensor => T.zeros(shape, { dtype, device });
  /** The same with memory of its own. */
  const m = (shape: readonly number[], dtype: DType = "f32"): Tensor => z(shape, dtype).eval();
  const words = (...x: number[]): Tensor => T.tensor(Uint32Array.from(x), { device });
  const ints = (...x: number[]): Tensor => T.tensor(Int32Array.from(x), { device });
  const bools = (x: readonly boolean[], shape: readonly number[]): Tensor => T.tensor([...x], { shape, device });

  type Case = readonly [name: string, run: () => Tensor, shape: readonly number[], values: readonly number[]];

  const nothing: readonly Case[] = [z, m].flatMap((make): Case[] => [
    ["the sum of nothing", () => T.sum(make([0])), [], [0]],
    ["sums of nothing", () => T.sum(make([3, 0]), { axis: 1 }), [3], [0, 0, 0]],
    ["no sums", () => T.sum(make([0, 3]), { axis: 1 }), [0], []],
    ["the product of nothing", () => T.prod(make([2, 0]), { axis: 1 }), [2], [1, 1]],
    ["any of nothing", () => T.any(make([2, 0]), { axis: 1 }), [2], [0, 0]],
    ["all of nothing", () => T.all(make([2, 0]), { axis: 1 }), [2], [1, 1]],
    ["logsumexp of nothing", () => T.logsumexp(make([2, 0]), { axis: 1 }), [2], [-Infinity, -Infinity]],
    ["softmax of nothing", () => T.softmax(make([2, 0])), [2, 0], []],
    ["no softmax", () => T.softmax(make([0, 2])), [0, 2], []],
    ["no maxima", () => T.max(make([0, 3]), { axis: 1 }), [0], []],
    ["no positions", () => T.argmax(make([0, 3]), { axis: 1 }), [0], []],
    ["no means", () => T.mean(make([0, 3]), { axis: 1 }), [0], []],
    ["no variances", () => T.variance(make([0, 3]), { axis: 1 }), [0], []],
    ["the norm of nothing", () => T.norm(make([0])), [], [0]],
    ["a product over nothing", () => T.matmul(make([2, 0]), make([0, 3])), [2, 3], [0, 0, 0, 0, 0, 0]],
    ["products over nothing", () => T.matmul(make([2, 1, 0]), make([0, 2])), [2, 1, 2], [0, 0, 0, 0]],
    ["no products", () => T.matmul(make([0, 2, 2]), make([2, 3])), [0, 2, 3], []],
    ["an integer product over nothing", () => T.matmul(make([1, 0], "i32"), make([0, 2], "i32")), [1, 2], [0, 0]],
    ["convolution of no images", () => conv2d(make([0, 2, 4, 4]), make([3, 2, 3, 3])), [0, 3, 2, 2], []],
    ["convolution of no channels", () => conv2d(make([1, 0, 2, 2]), make([2, 0, 2, 2])), [1, 2, 1, 1], [0, 0]],
    ["joining nothing", () => T.concat([make([0, 2]), make([0, 2])]), [0, 2], []],
    [
      "joining nothing with something",
      () => T.concat([make([0, 1]), T.ones([2, 1], { device }), make([0, 1])]),
      [2, 1],
      [1, 1],
    ],
    ["padding nothing", () => T.pad(make([0]), [2], { value: 7 }), [4], [7, 7, 7, 7]],
    ["taking nothing", () => T.take(T.ones([3, 2], { device }), make([0], "i32")), [0, 2], []],
    ["adding nothing", () => T.scatterAdd(make([0, 1]), make([0], "i32"), 2), [2, 1], [0, 0]],
    ["adding to nowhere", () => T.scatterAdd(T.ones([2, 1], { device }), make([2], "i32"), 0), [0, 1], []],
    ["broadcasting nothing", () => T.add(make([0, 1]), T.ones([3], { device })), [0, 3], []],
    ["broadcasting one to nothing", () => T.add(make([0]), T.ones([1], { device })), [0], []],
    ["moving nothing", () => T.transpose(T.flip(T.tile(T.repeat(make([0, 2]), 2, 1), [1, 2]))), [8, 0], []],
    ["converting nothing", () => T.astype(make([0]), "i32"), [0], []],
    ["the gradient of nothing", () => T.grad((x: Tensor) => T.sum(T.exp(x)))(make([0, 2])), [0, 2], []],
    [
      "the gradient through nothing",
      () => T.grad((x: Tensor) => T.sum(T.matmul(x, make([0, 3]))))(make([2, 0])),
      [2, 0],
      [],
    ],
    ["compiled nothing", () => T.compile((x: Tensor) => T.sum(T.mul(x, 2), { axis: 0 }))(make([0, 2])), [2], [0, 0]],
  ]);

  const one: readonly Case[] = [
    [
      "every reduction of one",
      () =>
        T.stack([
          T.sum(T.full([], 3, { device })),
          T.max(T.full([1, 1], 3, { device })),
          T.mean(T.full([1], 3, { device })),
        ]),
      [3],
      [3, 3, 3],
    ],
    ["positions in one", () => T.argmin(T.ones([2, 1], { device }), { axis: 1 }), [2], [0, 0]],
    ["a product of ones", () => T.matmul(T.full([1, 1], 2, { device }), T.full([1], 3, { device })), [1], [6]],
    ["views of a scalar", () => T.flip(T.transpose(T.reshape(T.full([], 5, { device }), [1, 1]))), [1, 1], [5]],
    ["a scalar with a scalar", () => T.add(T.full([], 1, { device }), T.scalar(2, { device })), [], [3]],
    [
      "a scalar that broadcasts both ways",
      () => T.where(bools([true], []), T.full([2], 1, { device }), T.scalar(3, { device })),
      [2],
      [1, 1],
    ],
    ["scalar indices", () => T.take(ints(7, 8, 9), T.reshape(ints(-1), [])), [], [9]],
    [
      "the gradient of a scalar operand",
      () => T.grad((s: Tensor) => T.sum(T.mul(T.ones([3, 2], { device }), s)))(T.scalar(2, { device })),
      [],
      [6],
    ],
    ["the gradient of the identity", () => T.grad((s: Tensor) => s)(T.scalar(2, { device })), [], [1]],
  ];

  const large: readonly Case[] = [
    ["u32 products wrap", () => T.mul(words(4e9, 3e9), words(3, 7)), [2], [3410065408, 3820130816]],
    ["u32 sums wrap", () => T.add(words(4294967295), 4294967295), [1], [4294967294]],
    ["u32 differences wrap", () => T.sub(words(1), 2), [1], [4294967295]],
    ["u32 negatives wrap", () => T.neg(words(1, 0)), [2], [4294967295, 0]],
    ["u32 quotients", () => T.floorDiv(words(4294967295), 7), [1], [613566756]],
    ["u32 remainders", () => T.mod(words(4294967295, 3e9), 4294967294), [2], [1, 3e9]],
    [
      "u32 extremes",
      () => T.stack([T.max(words(1, 4294967295)), T.min(words(3e9, 4294967295)), T.maximum(words(1), 3e9).reshape([])]),
      [3],
      [4294967295, 3e9, 3e9],
    ],
    [
      "u32 positions",
      () => T.stack([T.argmax(words(1, 4294967295, 3e9)), T.argmin(words(4294967295, 3e9, 4e9))]),
      [2],
      [1, 1],
    ],
    ["u32 comparisons", () => T.less(words(4294967295, 3e9), 4e9), [2], [0, 1]],
    ["u32 shifts", () => T.shiftRight(words(3e9), 1), [1], [1.5e9]],
    [
      "u32 reductions wrap",
      () => T.stack([T.sum(words(3e9, 3e9, 3e9)), T.prod(words(3e9, 3e9, 3e9))]),
      [2],
      [410065408, 2013265920],
    ],
    [
      "u32 matrix products wrap",
      () => T.matmul(T.full([1, 2], 3e9, { dtype: "u32", device }), T.full([2, 1], 3, { dtype: "u32", device })),
      [1, 1],
      [820130816],
    ],
    [
      "u32 constants",
      () => T.pad(T.full([1], 3e9, { dtype: "u32", device }), [[1, 0]], { value: 4294967295 }),
      [2],
      [4294967295, 3e9],
    ],
    ["u32 ranges", () => T.arange(3e9, 3e9 + 3, 1, { dtype: "u32", device }), [3], [3e9, 3e9 + 1, 3e9 + 2]],
    ["u32 ranges down", () => T.arange(3, 0, -1, { dtype: "u32", device }), [3], [3, 2, 1]],
    ["u32 to f32", () => T.astype(words(4294967295, 3e9), "f32"), [2], [4294967296, 3e9]],
    [
      "u32 from f32 saturates",
      () => T.astype(T.tensor([5e9, -1, NaN, 3e9], { device }), "u32"),
      [4],
      [4294967295, 0, 0, 3e9],
    ],
    [
      "i32 from f32 saturates",
      () => T.astype(T.tensor([5e9, -5e9, NaN, -1.5], { device }), "i32"),
      [4],
      [2147483647, -2147483648, 0, -1],
    ],
    ["i32 from u32 keeps its bits", () => T.astype(words(4294967295), "i32"), [1], [-1]],
    ["i32 sums wrap", () => T.add(ints(2147483647), 1), [1], [-2147483648]],
    ["i32 products wrap", () => T.mul(ints(65536), 65537), [1], [65536]],
    [
      "the largest i32 in magnitude",
      () => T.stack([T.abs(ints(-2147483648)), T.neg(ints(-2147483648))]),
      [2, 1],
      [-2147483648, -2147483648],
    ],
    ["floored i32 quotients", () => T.floorDiv(ints(-7, 7, -2147483648), ints(2, -2, -1)), [3], [-4, -4, -2147483648]],
    ["i32 remainders follow the divisor", () => T.mod(ints(-7, 7, -7), ints(3, -3, -3)), [3], [2, -2, -1]],
    ["division by 0 gives 0", () => T.stack([T.floorDiv(ints(5), 0), T.mod(ints(5), 0)]), [2, 1], [0, 0]],
    ["u32 indices are never negative", () => T.take(T.tensor([1, 2], { device }), words(4294967295, 1)), [2], [NaN, 2]],
    [
      "u32 indices are never negative when adding",
      () => T.scatterAdd(T.tensor([1, 2], { device }), words(4294967295, 1), 3),
      [3],
      [0, 2, 0],
    ],
    ["u32 classes", () => T.oneHot(words(4294967295, 1), 2), [2, 2], [0, 0, 0, 1]],
    ["integers outside give 0", () => T.take(ints(5, 6), ints(2, -3, -1)), [3], [0, 0, 6]],
  ];

  const flags = [true, false, false, true, true, false];
  const truth: readonly Case[] = [
    ["transposed", () => T.transpose(bools(flags, [2, 3])), [3, 2], [1, 1, 0, 1, 0, 0]],
    ["reversed, every second", () => T.slice(bools(flags, [6]), [[null, null, -2]]), [3], [0, 1, 0]],
    ["padded", () => T.pad(bools(flags, [6]), [1], { value: true }), [8], [1, 1, 0, 0, 1, 1, 0, 1]],
    ["joined", () => T.concat([bools(flags, [6]), bools([true], [1])]), [7], [1, 0, 0, 1, 1, 0, 1]],
    ["broadcast", () => T.broadcastTo(bools([true, false], [2, 1]), [2, 2]), [2, 2], [1, 1, 0, 0]],
    ["taken", () => T.take(bools(flags, [6]), ints(3, -1, 9)), [3], [1, 0, 0]],
    ["repeated", () => T.repeat(bools([true, false], [2]), 3, 0), [6], [1, 1, 1, 0, 0, 0]],
    ["counted", () => T.sum(bools(flags, [2, 3]), { axis: 1 }), [2], [1, 2]],
    ["averaged", () => T.mean(bools(flags, [6])), [], [0.5]],
    ["multiplied", () => T.matmul(bools(flags, [2, 3]), bools(flags, [3, 2])), [2, 2], [1, 0, 1, 1]],
    ["added", () => T.add(bools([true, true], [2]), true), [2], [2, 2]],
    ["compared", () => T.equal(bools([true, false], [2]), bools([true, true], [2])), [2], [1, 0]],
    ["of numbers", () => T.astype(T.tensor([0, -0, NaN, 0.5], { device }), "bool"), [4], [0, 0, 1, 1]],
    ["chosen between", () => T.where(bools(flags, [6]), false, bools([true], [1])), [6], [0, 1, 1, 0, 0, 1]],
    ["reduced in blocks", () => T.all(T.broadcastTo(bools([true], []), [3, 20_000]), { axis: 1 }), [3], [1, 1, 1]],
    ["negated twice", () => T.logicalNot(T.bitwiseNot(bools(flags, [6]))), [6], [1, 0, 0, 1, 1, 0]],
  ];

  describe.each([
    ["nothing", nothing],
    ["one", one],
    ["large integers", large],
    ["bools", truth],
  ] as const)("%s", (_, cases) => {
    it.each(cases.map((c, i) => [`${c[0]} (${i})`, c] as const))("%s", async (__, [, run, shape, values]) => {
      const got = T.withDevice(device, run);
      expect(got.shape).toEqual(shape);
      expect(Array.from(await got.data())).toEqual(values);
    });
  });

  it("gradients of positions outside are 0", async () => {
    const at = ints(0, 5, -9);
    const back = T.grad((x: Tensor) => T.sum(T.scatterAdd(x, at, 3)))(T.ones([3], { device }));
    expect(Array.from(await back.data())).toEqual([1, 0, 0]);
    const there = T.vjp((x: Tensor) => T.take(x, at), T.ones([2], { device })).pull(T.full([3], 5, { device }))[0];
    expect(Array.from(await there.data())).toEqual([5, 0]);
  });
});

describe.each(["js", "cpu"])("doubles on %s", (device) => {
  const f64 = (...x: number[]): Tensor => T.tensor(Float64Array.from(x), { device });
  const third = 1 / 3;
  it.each([
    ["numbers", () => T.add(f64(0), third), third],
    ["full", () => T.full([1], third, { dtype: "f64", device }), third],
    ["scalars", () => T.mul(f64(1), T.scalar(third, { dtype: "f64", device })), third],
    ["clip", () => T.clip(f64(0), third, 1), third],
    ["where", () => T.where(T.tensor([true], { device }), third, f64(0)), third],
    ["pad", () => T.slice(T.pad(f64(0), [[1, 0]], { value: third }), [[0, 1]]), third],
    ["compiled numbers", () => T.compile<[Tensor, number], Tensor>((x, c) => T.add(x, c))(f64(0), third), third],
    ["means", () => T.mean(T.full([49], third, { dtype: "f64", device })), third],
    [
      "layer norm's epsilon",
      () => T.layerNorm(f64(0, 2), -1, { epsilon: third }).slice([[1, 2]]),
      1 / Math.sqrt(1 + third),
    ],
    ["f32 is widened exactly", () => T.add(T.tensor([0.1], { device }), f64(0)), Math.fround(0.1)],
    ["large integers", () => T.astype(f64(4294967295), "u32"), 4294967295],
    ["log base 10", () => T.log10(f64(1000)), 3],
  ] as const)("%s keep their digits", async (_, run, want) => {
    expect((await run().data())[0]).toBe(want);
  });
});

describe("results", () => {
  it("are never their arguments, so that disposing one leaves the other", () => {
    const x = T.tensor([
      [1, 2],
      [3, 4],
    ]);
    const same: Record<string, () => Tensor> = {
      reshape: () => T.reshape(x, [2, 2]),
      flatten: () => T.flatten(T.tensor([1])),
      permute: () => T.permute(x, [0, 1]),
      transpose: () => T.transpose(x, 0, 0),
      broadcastTo: () => T.broadcastTo(x, [2, 2]),
      squeeze: () => T.squeeze(x),
      slice: () => T.slice(x, []),
      flip: () => T.flip(x, []),
      pad: () => T.pad(x, [0, 0]),
      concat: () => T.concat([x]),
      split: () => T.split(x, 1)[0],
      repeat: () => T.repeat(x, 1, 0),
      tile: () => T.tile(x, [1, 1]),
      astype: () => T.astype(x, "f32"),
      bitcast: () => T.bitcast(x, "f32"),
      sum: () => T.sum(x, { axis: [] }),
      max: () => T.max(x, { axis: [], keepDims: true }),
      stopGradient: () => T.stopGradient(x),
      conj: () => T.conj(x),
      real: () => T.real(x),
    };
    for (const [name, run] of Object.entries(same)) {
      const y = run();
      expect(y, name).not.toBe(x);
      expect(y.dataSync()[0], name).toBe(1);
      y.dispose();
      expect(x.dataSync()[3], name).toBe(4);
    }
  });

  it("of to() on the same device too", async () => {
    const x = T.tensor([1]);
    (await x.to("cpu")).dispose();
    expect(await x.item()).toBe(1);
  });
});
