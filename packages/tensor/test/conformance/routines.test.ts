import { describe, expect, it } from "vitest";
import * as T from "@ansatz/tensor";
import type { DType, Tensor } from "@ansatz/tensor";
import { conv2d } from "@ansatz/tensor/nn";
import { expectClose } from "@ansatz/tensor/testing";
import { seeded, type Random } from "../support/random.ts";
import { testDevices } from "../support/devices.ts";

const devices = await testDevices();

function values(r: Random, shape: readonly number[]): Float64Array {
  return Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => r.int(-8, 8) / 8);
}

/** The same random tensors on two devices. */
function twice(r: Random, shape: readonly number[], dtype: DType, device: string): [Tensor, Tensor] {
  const data = values(r, shape);
  return [T.tensor(data, { shape, dtype, device: "js" }), T.tensor(data, { shape, dtype, device })];
}

/** A tensor reached through views, so that routines see strides. */
function disguise(x: Tensor, how: number): Tensor {
  const last = x.ndim - 1;
  if (how === 1) return T.transpose(T.transpose(x, 0, last).mul(1), 0, last);
  if (how === 2) return T.flip(T.flip(x, last).mul(1), last);
  if (how === 3)
    return T.slice(
      T.pad(
        x,
        x.shape.map(() => 1),
      ),
      x.shape.map((n): [number, number] => [1, n + 1]),
    );
  return x;
}

describe.each(devices.filter((d) => d !== "js"))("routines on %s equal the oracle", (device) => {
  const dtypes = (["f32", "f64"] as const).filter((d) => T.backendOf(device).dtypes.has(d));
  const rounds = device === "cpu" ? 40 : 6;

  it.each(dtypes)("matmul %s", async (dtype) => {
    const r = seeded(1);
    for (let i = 0; i < rounds; i++) {
      const [m, k, n] = [r.int(1, 40), r.int(1, 50), r.int(1, 40)];
      const batch = r.pick([[], [3], [2, 2]]);
      const [a, a2] = twice(r, [...batch, m, k], dtype, device);
      const [b, b2] = twice(
        r,
        r.pick([
          [k, n],
          [...batch, k, n],
        ]),
        dtype,
        device,
      );
      const how = r.int(0, 3);
      const want = T.matmul(disguise(a, how), disguise(b, (how + 1) % 4));
      const got = T.matmul(disguise(a2, how), disguise(b2, (how + 1) % 4));
      expectClose(await got.data(), await want.data(), { absolute: dtype === "f32" ? 1e-5 : 1e-13 }, `${m} ${k} ${n}`);
    }
  });

  it.each(dtypes)("conv2d and its gradients %s", async (dtype) => {
    const r = seeded(2);
    for (let i = 0; i < rounds; i++) {
      const groups = r.pick([1, 1, 2, 3]);
      const options = {
        groups,
        stride: [r.int(1, 3), r.int(1, 2)] as const,
        padding: [
          [r.int(0, 3), r.int(0, 2)],
          [r.int(0, 2), r.int(0, 3)],
        ] as const,
        dilation: [r.int(1, 2), r.int(1, 3)] as const,
      };
      const kernel = [r.int(1, 4), r.int(1, 3)];
      const size = [r.int(8, 14), r.int(9, 13)];
      const [x, x2] = twice(r, [r.int(1, 3), 2 * groups, ...size], dtype, device);
      const [w, w2] = twice(r, [3 * groups, 2, ...kernel], dtype, device);
      const how = r.int(0, 3);
      const run = (a: Tensor, b: Tensor): { y: Tensor; g: readonly Tensor[] } => {
        const p = disguise(a, how);
        const q = disguise(b, (how + 2) % 4);
        return {
          y: conv2d(p, q, options),
          g: T.grad(([c, d]: readonly Tensor[]) => T.sum(T.square(conv2d(c, d, options))))([p, q]),
        };
      };
      const want = run(x, w);
      const got = run(x2, w2);
      const what = JSON.stringify(options);
      const relative = dtype === "f32" ? 1e-4 : 1e-12;
      const absolute = dtype === "f32" ? 1e-3 : 1e-11;
      expectClose(await got.y.data(), await want.y.data(), { relative, absolute: absolute / 10 }, what);
      for (const k of [0, 1]) {
        expectClose(await got.g[k].data(), await want.g[k].data(), { relative, absolute }, `${what} gradient ${k}`);
      }
    }
  });

  it("scatterAdd", async () => {
    const r = seeded(3);
    for (const dtype of ["i32", "u32", ...dtypes] as const) {
      for (let i = 0; i < rounds / 3; i++) {
        // Rows of whole vectors, and others.
        const width = [1, 3, 4, 8][i % 4];
        const indices = Int32Array.from({ length: 12 }, () => r.int(-6, 7));
        const scale = dtype === "f32" || dtype === "f64" ? 1 / 7 : 1;
        const data = Array.from({ length: 24 * width }, () => scale * r.int(dtype === "u32" ? 0 : -9, 9));
        const run = (d: string): Tensor =>
          T.scatterAdd(
            T.tensor(data, { shape: [2, 3, 4, width], dtype, device: d }),
            T.tensor(indices, { shape: [3, 4], device: d }),
            6,
            1,
          );
        expect([...(await run(device).data())]).toEqual([...(await run("js").data())]);
      }
    }
  });

  it("long reductions, whole and along both axes", async () => {
    const shapes = [
      [2, 9000],
      [1500, 3],
      [90, 91],
      [1, 20000],
    ];
    for (const [rows, columns] of device === "webgpu" ? shapes.slice(0, 2) : shapes) {
      const data = Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i * 0.7) + 1.1);
      for (const axis of [undefined, 0, 1]) {
        const run = async (d: string): Promise<ArrayLike<number>[]> => {
          const x = T.tensor(data, { shape: [rows, columns], device: d });
          const o = axis === undefined ? {} : { axis };
          return Promise.all([T.sum(x, o).data(), T.max(x, o).data(), T.argmax(x, o).data(), T.argmin(x, o).data()]);
        };
        const [want, got] = [await run("js"), await run(device)];
        expectClose(got[0], want[0], { relative: device === "cpu" ? 0 : 2e-6 });
        for (const k of [1, 2, 3]) expect(Array.from(got[k])).toEqual(Array.from(want[k]));
      }
    }
  });
});
