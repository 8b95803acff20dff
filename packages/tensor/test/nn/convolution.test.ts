import { describe, expect, test } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import {
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  type ConvOptions,
  type ConvTransposeOptions,
} from "@ansatz/tensor/nn";
import { expectClose, gradcheck } from "@ansatz/tensor/testing";
import { testDevices } from "../support/devices.ts";
import { volume } from "../support/grid.ts";
import { seeded, type Random } from "../support/random.ts";
import { convolve, convolveBack, grid, type Grid, type NaiveGeometry } from "./naive.ts";

const devices = await testDevices();

type Conv = (x: Tensor, w: Tensor, options: ConvOptions) => Tensor;
type Back = (x: Tensor, w: Tensor, options: ConvTransposeOptions) => Tensor;
const CONV: readonly Conv[] = [conv1d, conv2d as Conv, conv3d];
const BACK: readonly Back[] = [convTranspose1d, convTranspose2d, convTranspose3d];

interface Case {
  readonly x: Grid;
  readonly w: Grid;
  readonly geometry: NaiveGeometry;
}

/** A random convolution of `rank` axes; values that stay exact in f32. */
function draw(r: Random, rank: number): Case {
  const per = (from: number, to: number): number[] => Array.from({ length: rank }, () => r.int(from, to));
  const groups = r.pick([1, 1, 2, 3]);
  const inner = r.int(1, 2);
  const [kernel, dilation] = [per(1, 3), per(1, 2)];
  const size = kernel.map((k, a) => dilation[a] * (k - 1) + 1 + r.int(0, 3));
  const padding = size.map((): [number, number] => [r.int(0, 2), r.int(0, 2)]);
  const value = (): number => r.int(-8, 8) / 4;
  return {
    x: grid([r.int(1, 2), groups * inner, ...size], value),
    w: grid([groups * r.int(1, 2), inner, ...kernel], value),
    geometry: { stride: per(1, 3), padding, dilation, groups },
  };
}

const put = ({ shape, data }: Grid, device: string, dtype: "f32" | "f64" = "f32"): Tensor =>
  T.tensor(data, { shape, dtype, device });

describe.each(devices)("convolutions on %s are sums of products", (device) => {
  const rounds = device === "webgpu" ? 3 : 12;
  test.each([1, 2, 3])("%d axes", async (rank) => {
    const r = seeded(rank);
    for (let i = 0; i < rounds; i++) {
      const { x, w, geometry } = draw(r, rank);
      const want = convolve(x, w, geometry);
      const what = JSON.stringify([x.shape, w.shape, geometry]);
      const [stride, padding, dilation] = [geometry.stride, geometry.padding, geometry.dilation];
      const options = { stride, padding, dilation, groups: geometry.groups };
      const y = CONV[rank - 1](put(x, device), put(w, device), options);
      expect(y.shape, what).toEqual(want.shape);
      expectClose(await y.data(), want.data, { absolute: 1e-5, relative: 1e-5 }, what);

      // The transposed one takes y to all shapes that give y.
      const g = grid(want.shape, () => r.int(-8, 8) / 4);
      const outputPadding = stride.map((s, a) => r.int(0, Math.max(s, dilation[a]) - 1));
      const size = stride.map(
        (s, a) =>
          (g.shape[a + 2] - 1) * s - padding[a][0] - padding[a][1] + dilation[a] * (w.shape[a + 2] - 1) + 1 + outputPadding[a], // prettier-ignore
      );
      if (size.some((n) => n < 1)) continue;
      const shape = [x.shape[0], x.shape[1], ...size];
      const back = convolveBack(g, w, shape, geometry);
      const z = BACK[rank - 1](put(g, device), put(w, device), { ...options, outputPadding });
      expect(z.shape, what).toEqual(shape);
      expectClose(await z.data(), back.data, { absolute: 1e-5, relative: 1e-5 }, what);
    }
  });
});

test.each([1, 2, 3])("gradients over %d axes", async (rank) => {
  const r = seeded(40 + rank);
  for (let i = 0; i < 3; i++) {
    const { x, w, geometry } = draw(r, rank);
    const { groups, stride, padding, dilation } = geometry;
    const options = { groups, stride, padding, dilation };
    const [a, b] = [put(x, "cpu", "f64"), put(w, "cpu", "f64")] as Tensor<"f64">[];
    if (volume(x.shape) > 400) continue;
    await gradcheck((p, q) => CONV[rank - 1](p, q, options), [a, b]);
    const y = put(convolve(x, w, geometry), "cpu", "f64") as Tensor<"f64">;
    const room = stride.map((s, k) => (y.shape[k + 2] - 1) * s + dilation[k] * (w.shape[k + 2] - 1) + 1);
    if (room.some((n, k) => n <= padding[k][0] + padding[k][1])) continue;
    await gradcheck((p, q) => BACK[rank - 1](p, q, options), [y, b]);
    // Second derivatives: the gradient of a gradient.
    const twice = (p: Tensor): Tensor =>
      T.grad((u: Tensor) => T.sum(T.square(CONV[rank - 1](u, T.square(b), options))))(p);
    await gradcheck(twice, [a], { tolerance: 1e-5 });
  }
});

test("one number counts for all axes", async () => {
  const x = T.arange(2 * 3 * 6 * 7 * 8, undefined, 1, { dtype: "f32" }).reshape([2, 3, 6, 7, 8]);
  const w = T.arange(4 * 3 * 8, undefined, 1, { dtype: "f32" }).reshape([4, 3, 2, 2, 2]);
  const short = conv3d(x, w, { stride: 2, padding: 1, dilation: 2 });
  const long = conv3d(x, w, { stride: [2, 2, 2], padding: [[1, 1], [1, 1], [1, 1]], dilation: [2, 2, 2] }); // prettier-ignore
  expect(await short.data()).toEqual(await long.data());
});

test("wrong arguments", () => {
  const x = T.zeros([1, 4, 9]);
  const w = T.zeros([4, 2, 3]);
  const volumeOf = T.zeros([1, 4, 5, 5, 5]);
  expect(() => conv1d(x, w)).toThrow(/conv1d: channels do not fit .*\[1,4,9\].*\[4,2,3\]/);
  expect(() => conv1d(x, w, { groups: 0 })).toThrow(T.ShapeError);
  expect(() => conv1d(x, w, { groups: 2, stride: 0 })).toThrow(/conv1d: stride must be an integer of at least 1/);
  expect(() => conv1d(x, w, { groups: 2, padding: [[1, -1]] })).toThrow(/conv1d: padding must be 1 pairs/);
  expect(() => conv1d(x, w, { groups: 2, padding: "same" as never })).toThrow(T.ArgumentError);
  expect(() => conv1d(x, w, { groups: 2, pad: 1 } as never)).toThrow(T.ArgumentError);
  expect(() => conv1d(x, w, { groups: 2, dilation: 5 })).toThrow(/conv1d: the window is larger/);
  expect(() => conv1d(x, volumeOf)).toThrow(/conv1d: w needs 3 axes/);
  expect(() => conv3d(x, w)).toThrow(/conv3d: x needs 5 axes.*\[batch, channels, depth, height, width\]/);
  expect(() => conv1d(T.astype(x, "i32"), T.astype(w, "i32"), { groups: 2 })).toThrow(T.DTypeError);
  expect(() => conv1d(3 as never, w)).toThrow(T.ArgumentError);
  expect(() => convTranspose1d(x, w, { outputPadding: 1 })).toThrow(/outputPadding must be below the stride/);
  expect(() => convTranspose1d(x, w, { groups: 3 })).toThrow(T.ShapeError);
  expect(() => convTranspose1d(x, w, { padding: 6 })).toThrow(/convTranspose1d: nothing is left of axis 2/);
  expect(() => convTranspose3d(volumeOf, T.zeros([3, 4, 1, 1, 1]))).toThrow(/convTranspose3d: channels do not fit/);
});
