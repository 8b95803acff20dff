import { describe, expect, test } from "vitest";
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import {
  dct,
  dst,
  fftfreq,
  fftn,
  fftshift,
  idct,
  idst,
  ifftshift,
  irfft,
  irfft2,
  irfftn,
  rfft,
  rfft2,
  rfftfreq,
  rfftn,
} from "@ansatz/tensor/fft";
import { expectClose, gradcheck } from "@ansatz/tensor/testing";
import { testDevices } from "../support/devices.ts";
import { seeded, type Random } from "../support/random.ts";
import { largest, naiveDft, TRIGONOMETRIC } from "./naive.ts";

const devices = await testDevices();
const TYPES = devices.flatMap((device) =>
  (["f64", "f32"] as const)
    .filter((dtype) => T.backendOf(device).dtypes.has(dtype))
    .map((dtype) => [device, dtype] as const),
);

/** Bound on the error relative to the largest value, per binary digit of the length. */
const UNIT = { f64: 5e-16, f32: 2e-7 } as const;

function signal(r: Random, count: number): Float64Array {
  return Float64Array.from({ length: count }, () => Math.fround(r.next() * 2 - 1));
}

/** Every length is a new shader, so the GPU gets fewer. */
const FEW = [1, 2, 3, 6, 16, 22, 194];
const LENGTHS = [1, 2, 3, 4, 5, 6, 8, 9, 14, 16, 22, 32, 33, 60, 100, 128, 194, 256, 1009, 2048];

describe.each(TYPES)("real transforms on %s, %s", (device, dtype) => {
  const bound = (n: number, of: ArrayLike<number>): { absolute: number } => ({
    absolute: UNIT[dtype] * Math.max(1, Math.log2(n)) * largest(of),
  });

  test("spectra of real signals and back", async () => {
    const r = seeded(1);
    for (const n of device === "webgpu" ? FEW : LENGTHS) {
      const x = signal(r, 3 * n);
      const t = T.tensor(x, { shape: [3, n], dtype, device });
      const m = Math.floor(n / 2) + 1;
      const y = rfft(t);
      expect(y.shape).toEqual([3, m, 2]);
      const got = await y.data();
      for (let row = 0; row < 3; row++) {
        const want = naiveDft(Float64Array.from({ length: 2 * n }, (_, i) => (i % 2 === 0 ? x[row * n + i / 2] : 0)));
        expectClose(got.subarray(2 * row * m, 2 * (row + 1) * m), want.subarray(0, 2 * m), bound(n, want), `${n}`);
      }
      const back = irfft(y, { length: n });
      expect(back.shape).toEqual([3, n]);
      expectClose(await back.data(), x, bound(n, x), `${n} and back`);
    }
  });

  test("rows long enough for several work units", async () => {
    const r = seeded(2);
    const n = device === "webgpu" ? 2000 : 20000;
    const x = T.tensor(signal(r, 2 * n), { shape: [2, n], dtype, device });
    const [half, full] = [await rfft(x).data(), await fftn(T.stack([x, T.zerosLike(x)], -1), { axes: 1 }).data()];
    for (const row of [0, 1]) {
      const m = n / 2 + 1;
      const want = full.subarray(2 * row * n, 2 * (row * n + m));
      expectClose(half.subarray(2 * row * m, 2 * (row + 1) * m), want, bound(n, want));
    }
    const data = await x.data();
    expectClose(await irfft(rfft(x)).data(), data, bound(n, data));
  });

  test("the parts that real signals do not have are ignored", async () => {
    for (const [m, n] of [
      [3, 4],
      [3, 5],
      [1, 1],
      [2, 2],
    ]) {
      const clean = T.tensor(
        Float64Array.from({ length: 2 * m }, (_, i) => (i === 1 || (n % 2 === 0 && i === 2 * m - 1) ? 0 : i + 1)),
        {
          shape: [m, 2],
          dtype,
          device,
        },
      );
      const dirty = T.tensor(
        Float64Array.from({ length: 2 * m }, (_, i) => i + 1),
        { shape: [m, 2], dtype, device },
      );
      const want = await irfft(clean, { length: n }).data();
      expectClose(await irfft(dirty, { length: n }).data(), want, { absolute: 1e-6 });
    }
  });

  test("any axis, several axes, norms", async () => {
    const r = seeded(3);
    const x = T.tensor(signal(r, 240), { shape: [5, 6, 8], dtype, device });
    const complex = T.stack([x, T.zerosLike(x)], -1);
    const close = async (got: Tensor, want: Tensor): Promise<void> => {
      expect(got.shape).toEqual(want.shape);
      const data = await want.data();
      expectClose(await got.data(), data, bound(240, data));
    };
    const cut = (y: Tensor, axis: number): Tensor =>
      T.slice(y, [...new Array<null>(axis).fill(null), [0, Math.floor(x.shape[axis] / 2) + 1]]);
    for (const axis of [0, 1, 2]) {
      for (const norm of ["ortho", "forward", "backward"] as const) {
        await close(rfft(x, { axis, norm }), cut(fftn(complex, { axes: axis, norm }), axis));
        await close(irfft(rfft(x, { axis: axis - 3, norm }), { axis, norm, length: x.shape[axis] }), x);
        for (const axes of [[0, 1, 2], [2, axis === 2 ? 0 : axis], [1]]) {
          const last = axes[axes.length - 1];
          await close(rfftn(x, { axes, norm }), cut(fftn(complex, { axes, norm }), last));
          await close(irfftn(rfftn(x, { axes, norm }), { axes, norm, length: x.shape[last] }), x);
        }
      }
    }
    await close(rfft2(x), cut(fftn(complex, { axes: [1, 2] }), 2));
    await close(irfft2(rfft2(x)), x);
    await close(rfftn(x), cut(fftn(complex), 2));
  });

  test.each([1, 2, 3, 4] as const)("cosine and sine transforms of type %d", async (type) => {
    const r = seeded(4);
    for (const [kind, forward, back] of [
      ["dct", dct, idct],
      ["dst", dst, idst],
    ] as const) {
      const element = TRIGONOMETRIC[`${kind} ${type}`];
      for (const n of device === "webgpu" ? [1, 2, 5, 8] : [1, 2, 3, 4, 5, 7, 8, 11, 16, 24, 63, 64]) {
        if (kind === "dct" && type === 1 && n === 1) continue;
        const x = signal(r, 2 * n);
        const t = T.tensor(x, { shape: [2, n], dtype, device });
        const y = await forward(t, { type }).data();
        for (const row of [0, 1]) {
          const want = Float64Array.from({ length: n }, (_, k) => {
            let sum = 0;
            for (let j = 0; j < n; j++) sum += x[row * n + j] * element(k, j, n);
            return sum;
          });
          expectClose(
            y.subarray(row * n, (row + 1) * n),
            want,
            { absolute: 4 * bound(n, want).absolute },
            `${kind} ${n}`,
          );
        }
        for (const norm of ["backward", "forward", "ortho"] as const) {
          const again = await back(forward(t, { type, norm }), { type, norm }).data();
          expectClose(again, x, { absolute: 4 * bound(n, x).absolute }, `${kind} ${n} ${norm} and back`);
        }
        // Orthogonal: the length is kept, and so are angles.
        const turned = await forward(t, { type, norm: "ortho" }).data();
        const [a, b] = [turned, x].map((v) =>
          Array.from(v.subarray(0, n)).reduce((sum, value, i) => sum + value * v[n + i], 0),
        );
        expect(Math.abs(a - b)).toBeLessThan(UNIT[dtype] * 4 * n);
      }
      const x = T.tensor(signal(r, 120), { shape: [4, 5, 6], dtype, device });
      const want = await T.transpose(forward(T.transpose(x, 0, 2), { type }), 0, 2).data();
      expectClose(await forward(x, { type, axis: 0 }).data(), want, bound(8, want));
    }
  });
});

test("gradients", async () => {
  const r = seeded(5);
  const real = (...shape: number[]): Tensor<"f64"> =>
    T.tensor(
      signal(
        r,
        shape.reduce((a, b) => a * b, 1),
      ),
      { shape, dtype: "f64" },
    );
  for (const n of [1, 2, 5, 8, 22]) {
    const m = Math.floor(n / 2) + 1;
    await gradcheck((x) => rfft(T.square(x)), [real(2, n)]);
    await gradcheck((x) => irfft(T.square(x), { length: n, norm: "ortho" }), [real(2, m, 2)]);
    await gradcheck((x) => T.grad((u: Tensor) => T.sum(T.sin(rfft(u))))(x), [real(n)], { tolerance: 1e-5 });
  }
  for (const type of [1, 2, 3, 4] as const) {
    await gradcheck((x) => dct(T.square(x), { type, axis: 0 }), [real(6, 2)]);
    await gradcheck((x) => idst(T.square(x), { type, norm: "ortho" }), [real(2, 5)]);
  }
});

test("the processor's results have the bits of the plain JavaScript ones", async () => {
  const r = seeded(6);
  for (const dtype of ["f32", "f64"] as const) {
    for (const n of [2, 4, 6, 10, 12, 14, 16, 50, 1000, 20480]) {
      const data = signal(r, 2 * n);
      const run = async (device: string): Promise<number[]> => {
        const spectrum = rfft(T.tensor(data, { shape: [2, n], dtype, device }));
        return [...(await spectrum.data()), ...(await irfft(spectrum.mul(0.7)).data())];
      };
      const [want, got] = [await run("js"), await run("cpu")];
      expect(
        got.findIndex((v, i) => !Object.is(v, want[i])),
        `${dtype} ${n}`,
      ).toBe(-1);
    }
  }
});

test("frequencies and shifts", async () => {
  expect([...(await fftfreq(5, 0.5, { dtype: "f64" }).data())]).toEqual([0, 0.4, 0.8, -0.8, -0.4]);
  expect([...(await fftfreq(4).data())]).toEqual([0, 0.25, -0.5, -0.25]);
  expect([...(await rfftfreq(4).data())]).toEqual([0, 0.25, 0.5]);
  expect([...(await rfftfreq(5, 0.2, { dtype: "f64" }).data())]).toEqual([0, 1, 2]);
  expect([...(await fftshift(T.arange(5), 0).data())]).toEqual([3, 4, 0, 1, 2]);
  expect([...(await ifftshift(fftshift(T.arange(5), 0), 0).data())]).toEqual([0, 1, 2, 3, 4]);
  const x = T.arange(24).reshape([4, 3, 2]);
  expect([...(await ifftshift(fftshift(x, [0, 1]), [0, 1]).data())]).toEqual([...(await x.data())]);
  expect([...(await fftshift(x, [0, 1]).slice([0, 0]).data())]).toEqual([16, 17]);
  expect(() => fftfreq(0)).toThrow(T.ArgumentError);
  expect(() => rfftfreq(4, 0)).toThrow(T.ArgumentError);
});

test("wrong arguments", () => {
  expect(() => rfft(T.scalar(1))).toThrow(T.ShapeError);
  expect(() => rfft(T.zeros([0]))).toThrow(T.ShapeError);
  expect(() => irfft(T.zeros([3, 2]), { length: 6 })).toThrow(
    "irfft: length does not fit the spectrum (got 6 for 3 numbers, expected 4 or 5)",
  );
  expect(() => irfft(T.zeros([3, 2]), { length: 4.5 })).toThrow(T.ArgumentError);
  expect(() => dct(T.zeros([4]), { type: 5 as never })).toThrow(T.ArgumentError);
  expect(() => dct(T.zeros([1]), { type: 1 })).toThrow(T.ShapeError);
  expect(() => dst(T.zeros([4]), { length: 3 } as never)).toThrow(T.ArgumentError);
});
