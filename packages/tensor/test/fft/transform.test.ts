import { describe, expect, test } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import { fft, fft2, fftBitReversed, fftn, ifft, ifft2, ifftBitReversed, ifftn } from "@ansatz/tensor/fft";
import { expectClose, gradcheck } from "@ansatz/tensor/testing";
import { reverseBits } from "../../src/fft/factor.ts";
import { testDevices } from "../support/devices.ts";
import { seeded, type Random } from "../support/random.ts";
import { largest, naiveDft, oneFrequency } from "./naive.ts";

const devices = await testDevices();
const TYPES = devices.flatMap((device) =>
  (["f64", "f32"] as const)
    .filter((dtype) => T.backendOf(device).dtypes.has(dtype))
    .map((dtype) => [device, dtype] as const),
);

type FloatType = "f32" | "f64";

/** Bound on the error relative to the largest value, per binary digit of the length. */
const UNIT = { f64: 5e-16, f32: 2e-7 } as const;

function signal(r: Random, count: number, dtype: FloatType): Float64Array {
  const values = Float64Array.from({ length: count }, () => r.next() * 2 - 1);
  return dtype === "f32" ? Float64Array.from(Float32Array.from(values)) : values;
}

/** Every length is a new shader, so the GPU gets fewer. */
const FEW = [1, 2, 3, 5, 8, 14, 60, 97, 1024];
const LENGTHS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 17, 30, 32, 49, 60, 64, 97, 120, 128, 256, 512, 1000, 1009, 1024];

describe.each(TYPES)("complex transforms on %s, %s", (device, dtype) => {
  const bound = (n: number, of: ArrayLike<number>): { absolute: number } => ({
    absolute: UNIT[dtype] * Math.max(1, Math.log2(n)) * largest(of),
  });

  test("follow the definition for short and long, smooth and prime lengths", async () => {
    const r = seeded(1);
    for (const n of device === "webgpu" ? FEW : LENGTHS) {
      const x = signal(r, 2 * n, dtype);
      const t = T.tensor(x, { shape: [n, 2], dtype, device });
      const forward = naiveDft(x);
      expectClose(await fft(t).data(), forward, bound(n, forward), `fft ${n}`);
      const backward = naiveDft(x, 1).map((v) => v / n);
      expectClose(await ifft(t).data(), backward, bound(n, backward), `ifft ${n}`);
      expectClose(await ifft(fft(t)).data(), x, bound(n, x), `there and back ${n}`);
    }
  });

  test("long transforms of several steps", async () => {
    const r = seeded(2);
    // The last one takes three steps on the processor.
    const lengths = device === "cpu" ? [2 ** 13, 3 ** 9, 5 ** 6 * 2, 2 ** 18, 7 ** 7] : [3 ** 8, 2 ** 16];
    for (const n of lengths) {
      const x = signal(r, 2 * n, dtype);
      const y = await fft(T.tensor(x, { shape: [n, 2], dtype, device })).data();
      const size = Math.sqrt((2 * n) / 3);
      for (const k of [1, n >>> 1, r.int(0, n - 1)]) {
        const want = oneFrequency(x, k);
        expectClose(
          [y[2 * k], y[2 * k + 1]],
          want,
          { absolute: UNIT[dtype] * Math.log2(n) * size },
          `frequency ${k} of ${n}`,
        );
      }
    }
  });

  test("along any axis of any layout, in batches that fill no vector", async () => {
    const r = seeded(3);
    for (let round = 0; round < (device === "webgpu" ? 8 : 30); round++) {
      const n = r.pick([4, 6, 8, 11, 16, 24, 35]);
      const [a, b] = [r.int(1, 11), r.int(1, 9)];
      const where = r.int(0, 2);
      const shape = [a, b, 2];
      shape.splice(where, 0, n);
      const data = signal(r, 2 * a * b * n, dtype);
      const whole = T.tensor(data, { shape, dtype, device });
      const views: ((x: Tensor) => Tensor)[] = [
        (x) => x,
        (x) => T.flip(T.flip(x, 0).mul(1), 0),
        (x) => T.transpose(T.transpose(x, 0, 1).mul(1), 0, 1),
        (x) => T.transpose(T.transpose(x, 0, 3).mul(1), 0, 3),
        (x) => T.transpose(T.transpose(x, 2, 3).mul(1), 2, 3),
        (x) =>
          T.slice(T.pad(x, [1, 2, 3, 0]), [
            [1, shape[0] + 1],
            [2, shape[1] + 2],
            [3, shape[2] + 3],
          ]),
      ];
      const y = await fft(r.pick(views)(whole), { axis: where - 3 }).data();
      const [outer, inner] = [
        shape.slice(0, where).reduce((p, q) => p * q, 1),
        shape.slice(where + 1, 3).reduce((p, q) => p * q, 1),
      ];
      for (let o = 0; o < outer; o++) {
        for (let i = 0; i < inner; i++) {
          const at = (j: number): number => 2 * ((o * n + j) * inner + i);
          const row = Float64Array.from({ length: 2 * n }, (_, j) => data[at(j >>> 1) + (j & 1)]);
          const got = row.map((_, j) => y[at(j >>> 1) + (j & 1)]);
          const want = naiveDft(row);
          expectClose(got, want, bound(n, want), `${shape.join()} axis ${where}`);
        }
      }
    }
  });

  test("several axes", async () => {
    const r = seeded(4);
    const shape = [6, 5, 8];
    const x = T.tensor(signal(r, 480, dtype), { shape: [...shape, 2], dtype, device });
    const each = (axes: readonly number[]): Tensor => axes.reduce((y: Tensor, axis) => fft(y, { axis }), x);
    const close = async (got: Tensor, want: Tensor): Promise<void> => {
      const data = await want.data();
      expectClose(await got.data(), data, bound(240, data));
    };
    await close(fft2(x), each([1, 2]));
    await close(fft2(x, { axes: [0, -1] }), each([0, 2]));
    await close(fftn(x), each([0, 1, 2]));
    await close(fftn(x, { axes: 1 }), each([1]));
    await close(ifftn(fftn(x)), x);
    await close(ifft2(fft2(x)), x);
    for (const norm of ["ortho", "forward", "backward"] as const) {
      await close(ifftn(fftn(x, { norm }), { norm }), x);
      await close(ifft(fft(x, { norm, axis: 1 }), { norm, axis: 1 }), x);
    }
    await close(fft2(x, { norm: "ortho" }), each([1, 2]).mul(1 / Math.sqrt(40)));
    await close(fft(x, { norm: "forward", axis: 0 }), each([0]).mul(1 / 6));
  });

  test("bit-reversed order and back", async () => {
    const r = seeded(5);
    const cases = [
      [2, 3],
      [64, 5],
      [2 ** 11, 1],
      [128, 1],
      [512, 9],
      [2 ** 13, 1],
    ];
    for (const [n, batch] of device === "webgpu" ? cases.slice(0, 3) : cases) {
      const x = T.tensor(signal(r, 2 * n * batch, dtype), { shape: [n, batch, 2], dtype, device });
      const scrambled = fftBitReversed(x, { axis: 0 });
      const [ordered, got] = [await fft(x, { axis: 0 }).data(), await scrambled.data()];
      const bits = Math.log2(n);
      const want = ordered.map(
        (_, i) => ordered[reverseBits(Math.floor(i / (2 * batch)), bits) * 2 * batch + (i % (2 * batch))],
      );
      expectClose(got, want, bound(n, want), `${n}`);
      const data = await x.data();
      expectClose(await ifftBitReversed(scrambled, { axis: 0 }).data(), data, bound(n, data), `${n} and back`);
    }
    expect(() => fftBitReversed(T.zeros([12, 2], { device }))).toThrow(T.ShapeError);
  });

  test("the gradient is the adjoint", async () => {
    const r = seeded(6);
    const transforms: readonly (readonly [readonly number[], (x: Tensor) => Tensor])[] = [
      [[3, 12, 2], (x) => fft(x)],
      [[12, 3, 2], (x) => ifft(x, { axis: 0, norm: "ortho" })],
      [[2, 13, 2], (x) => fft(x)],
      [[32, 2, 2], (x) => fftBitReversed(x, { axis: 0 })],
      [[2, 64, 2], (x) => ifftBitReversed(x)],
      [[6, 4, 2], (x) => fft2(x)],
    ];
    for (const [shape, f] of transforms) {
      const count = shape.reduce((a, b) => a * b, 1);
      const [x, y] = [signal(r, count, dtype), signal(r, count, dtype)];
      const options = { shape, dtype, device };
      const { value, pull } = T.vjp(f, T.tensor(x, options));
      const [forward, [back]] = [await value.data(), pull(T.tensor(y, options))];
      const adjoint = await back.data();
      const left = Array.from(forward).reduce((sum, v, i) => sum + v * y[i], 0);
      const right = Array.from(adjoint).reduce((sum, v, i) => sum + v * x[i], 0);
      expectClose([left], [right], { absolute: (dtype === "f64" ? 1e-12 : 1e-4) * count }, shape.join());
    }
  });
});

test("derivatives of all orders", async () => {
  const r = seeded(7);
  for (const n of [6, 11]) {
    const x = T.tensor(signal(r, 4 * n, "f64"), { shape: [2, n, 2], dtype: "f64" });
    await gradcheck((t) => fft(T.square(t)), [x]);
    await gradcheck((t) => T.grad((u: Tensor) => T.sum(T.sin(ifft(u, { axis: 0 }))))(t), [x], { tolerance: 1e-5 });
    const tangent = T.tensor(signal(r, 4 * n, "f64"), { shape: [2, n, 2], dtype: "f64" });
    const { tangent: got } = T.jvp((t: Tensor) => fft(t), [x], [tangent]);
    expectClose(await got.data(), await fft(tangent).data(), { absolute: 1e-13 });
  }
});

test("the processor's results have the bits of the plain JavaScript ones", async () => {
  const r = seeded(8);
  for (const dtype of ["f32", "f64"] as const) {
    for (const shape of [
      [4096, 2],
      [3, 2187, 2],
      [100, 9, 2],
      [31, 5, 2],
      [2 ** 16, 2],
    ]) {
      const data = signal(
        r,
        shape.reduce((a, b) => a * b, 1),
        dtype,
      );
      const run = (device: string): Promise<ArrayLike<number>> =>
        ifft(T.tensor(data, { shape, dtype, device }), { axis: 0, norm: "ortho" }).data();
      const [want, got] = [await run("js"), await run("cpu")];
      expect(Array.from(got).findIndex((v, i) => !Object.is(v, want[i]))).toBe(-1);
    }
  }
});

test("compiled and inside scopes", async () => {
  const step = T.compile((x: Tensor) => ifft(fft(x).mul(2)));
  for (const n of [16, 22]) {
    const x = T.tensor(
      Float32Array.from({ length: 2 * n }, (_, i) => i),
      { shape: [n, 2] },
    );
    for (let i = 0; i < 3; i++) {
      const y = T.scope(() => step(x));
      expectClose(await y.data(), await x.mul(2).data(), { absolute: 1e-4 });
    }
    // The constants of a scope's transforms survive it.
    const y = T.scope(() => ifft(fft(x)));
    expectClose(await y.data(), await x.data(), { absolute: 1e-4 });
  }
});

test("wrong arguments", () => {
  expect(() => fft(T.zeros([4]))).toThrow(T.ShapeError);
  expect(() => fft(T.zeros([4, 3]))).toThrow("fft: a complex tensor is needed (got [4,3]");
  expect(() => fft(T.zeros([4, 2], { dtype: "i32" }))).toThrow(T.DTypeError);
  expect(() => fft(T.zeros([0, 2]))).toThrow(T.ShapeError);
  expect(() => fft(T.zeros([4, 2]), { axis: 1 })).toThrow(T.ShapeError);
  expect(() => fft(T.zeros([4, 2]), { norm: "none" as never })).toThrow(T.ArgumentError);
  expect(() => fft(T.zeros([4, 2]), { axes: 0 } as never)).toThrow(T.ArgumentError);
  expect(() => fft2(T.zeros([4, 2]))).toThrow(T.ShapeError);
  expect(() => fftn(T.zeros([4, 4, 2]), { axes: [0, 0] })).toThrow(T.ShapeError);
  expect(() => fftn(T.zeros([4, 4, 2]), { axes: [] })).toThrow(T.ShapeError);
});

test("no transforms at all", async () => {
  expect(fft(T.zeros([0, 4, 2])).shape).toEqual([0, 4, 2]);
  expect(await fft(T.zeros([0, 4, 2])).data()).toHaveLength(0);
});
