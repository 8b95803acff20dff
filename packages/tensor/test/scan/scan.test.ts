import { describe, expect, test } from "vitest";
import * as T from "@ansatz/tensor";
import type { DType, Tensor } from "@ansatz/tensor";
import {
  cumargmax,
  cumargmin,
  cummax,
  cummin,
  cumprod,
  cumsum,
  linearRecurrence,
  logcumsumexp,
} from "@ansatz/tensor/sort";
import { expectClose, gradcheck } from "@ansatz/tensor/testing";
import { testDevices } from "../support/devices.ts";
import { seeded, type Random } from "../support/random.ts";

const devices = await testDevices();

const SCANS = { cumsum, cumprod, cummax, cummin } as const;
type Name = keyof typeof SCANS;

const COMBINE: Readonly<Record<Name, (a: number, b: number) => number>> = {
  cumsum: (a, b) => a + b,
  cumprod: (a, b) => a * b,
  cummax: Math.max,
  cummin: Math.min,
};

const START: Readonly<Record<Name, number>> = { cumsum: 0, cumprod: 1, cummax: -Infinity, cummin: Infinity };

/** Rows of the last axis scanned in order, in f64. */
function naive(name: Name, rows: readonly number[][], reverse: boolean, exclusive: boolean): number[] {
  return rows.flatMap((row) => {
    const given = reverse ? row.toReversed() : row;
    let state = START[name];
    const results = given.map((x) => {
      const before = state;
      state = COMBINE[name](state, x);
      return exclusive ? before : state;
    });
    return reverse ? results.toReversed() : results;
  });
}

function values(r: Random, name: Name, count: number, dtype: DType): number[] {
  return Array.from({ length: count }, () => {
    if (dtype === "i32") return r.int(-3, 3);
    if (dtype === "u32") return r.int(0, 3);
    // Products stay near 1.
    return Math.fround(name === "cumprod" ? 1 + (r.next() - 0.5) / 20 : r.next() * 2 - 1);
  });
}

/** Shapes and axes of linear recurrences. */
const RECURRENCES: readonly (readonly [readonly number[], number])[] = [
  [[5], 0],
  [[3, 70], 1],
  [[6, 1500], 1],
  [[1, 3000], 1],
  [[50, 9], 0],
  [[2, 30, 600], 1],
];

/** The same numbers, bit by bit; quicker than `toEqual` for the long ones. */
function expectSame(got: ArrayLike<number>, want: ArrayLike<number>, what: string): void {
  expect(got.length, what).toBe(want.length);
  const at = Array.from(want).findIndex((v, i) => !Object.is(v, got[i]));
  if (at >= 0) expect(got[at], `${what}, element ${at}`).toBe(want[at]);
}

const FLAGS = [false, true].flatMap((reverse) => [false, true].map((exclusive) => ({ reverse, exclusive })));

describe.each(devices)("running reductions on %s", (device) => {
  const { dtypes } = T.backendOf(device);

  test.each(Object.keys(SCANS) as Name[])("%s along every axis, of every length and type", async (name) => {
    const r = seeded(1);
    const shapes = [
      [1],
      [2],
      [5],
      [64],
      [3, 7],
      [9, 130],
      [2, 1030],
      [5, 1500],
      [1, 5000],
      [4, 6, 3],
      [2, 40, 600],
      [3, 1100, 2],
    ];
    const few = device === "webgpu";
    for (const dtype of (["f32", "f64", "i32", "u32"] as const).filter((d) => dtypes.has(d))) {
      for (const shape of few ? shapes.slice(3) : shapes) {
        const count = shape.reduce((a, b) => a * b, 1);
        const data = values(r, name, count, dtype);
        const x = T.tensor(data, { shape, dtype, device });
        for (let axis = 0; axis < shape.length; axis++) {
          for (const flags of few || count > 1000 ? [r.pick(FLAGS)] : FLAGS) {
            const got = await T.transpose(SCANS[name](x, { axis, ...flags }), axis, -1).data();
            const ordered = await T.transpose(x, axis, -1).data();
            const n = shape[axis];
            const rows = Array.from({ length: count / n }, (_, i) => Array.from(ordered.subarray(i * n, (i + 1) * n)));
            const exact = naive(name, rows, flags.reverse, flags.exclusive);
            const what = `${dtype} ${shape.join()} axis ${axis} ${JSON.stringify(flags)}`;
            if (dtype === "i32" || dtype === "u32") {
              const wrapped = new (dtype === "i32" ? Int32Array : Uint32Array)(count);
              // Products grow beyond what doubles hold: keep them modulo 2^32.
              const limit = dtype === "i32" ? [-2147483648, 2147483647] : [0, 4294967295];
              if (name === "cumprod") {
                rows.forEach((row, i) => {
                  let state = 1;
                  for (let k = 0; k < n; k++) {
                    const at = flags.reverse ? n - 1 - k : k;
                    const after = Math.imul(state, row[at]);
                    wrapped[i * n + at] = flags.exclusive ? state : after;
                    state = after;
                  }
                });
              } else exact.forEach((v, i) => (wrapped[i] = v === -Infinity ? limit[0] : v === Infinity ? limit[1] : v));
              expectSame(got, wrapped, what);
            } else if (name === "cummax" || name === "cummin") {
              expectSame(got, exact, what);
            } else {
              const unit = dtype === "f32" ? 6e-8 : 1.2e-16;
              expectClose(got, exact, { absolute: unit * 80 * Math.sqrt(n), relative: unit * 4 * n }, what);
            }
          }
        }
      }
    }
  });

  test("NaN stays, and signs of zeros are kept", async () => {
    const x = T.tensor([1, NaN, 3, -0], { device });
    expect([...(await cummax(x).data())]).toEqual([1, NaN, NaN, NaN]);
    expect([...(await cummin(x, { reverse: true }).data())]).toEqual([NaN, NaN, -0, -0]);
    expect([...(await cummax(T.tensor([-0, 0, -0], { device })).data())]).toEqual([-0, 0, 0]);
    expect([...(await cumsum(T.tensor([-0, -0, 1, -1], { device })).data())]).toEqual([-0, -0, 1, 0]);
    expect([...(await cumsum(T.tensor([1, 2], { device }), { exclusive: true }).data())]).toEqual([0, 1]);
    expect([...(await cumargmax(x).data())]).toEqual([0, 1, 1, 1]);
  });

  test("places of running extremes", async () => {
    const r = seeded(2);
    for (const dtype of (["f32", "f64", "i32", "u32"] as const).filter((d) => dtypes.has(d))) {
      for (const shape of [[7], [3, 40], [2, 1500], [4, 5, 6]]) {
        const count = shape.reduce((a, b) => a * b, 1);
        const data = Array.from({ length: count }, () => r.int(0, 9));
        const x = T.tensor(data, { shape, dtype, device });
        for (const reverse of [false, true]) {
          const axis = r.int(0, shape.length - 1);
          for (const [f, better] of [
            [cumargmax, (a: number, b: number) => a > b],
            [cumargmin, (a: number, b: number) => a < b],
          ] as const) {
            // prettier-ignore
            const got = await T.transpose(f(x, { axis, reverse }), axis, -1).data();
            const ordered = await T.transpose(x, axis, -1).data();
            const n = shape[axis];
            const want = Array.from(ordered, () => 0);
            for (let row = 0; row < count / n; row++) {
              let best = -1;
              for (let k = 0; k < n; k++) {
                const at = reverse ? n - 1 - k : k;
                if (best < 0 || better(ordered[row * n + at], ordered[row * n + best])) best = at;
                want[row * n + at] = best;
              }
            }
            expect(Array.from(got)).toEqual(want);
          }
        }
      }
    }
  });

  test("linear recurrences", async () => {
    const r = seeded(3);
    for (const dtype of (["f32", "f64"] as const).filter((d) => dtypes.has(d))) {
      for (const [shape, axis] of RECURRENCES) {
        const count = shape.reduce((a: number, b) => a * b, 1);
        const [a, b] = [0, 1].map(() => Float64Array.from({ length: count }, () => Math.fround(r.next() * 1.9 - 0.95)));
        for (const reverse of [false, true]) {
          const [ta, tb] = [a, b].map((v) => T.tensor(v, { shape, dtype, device }));
          const got = await linearRecurrence(ta, tb, { axis, reverse }).data();
          const n = shape[axis];
          const inner = shape.slice(axis + 1).reduce((p: number, q) => p * q, 1);
          const want = new Float64Array(count);
          for (let row = 0; row < count / n; row++) {
            let s = 0;
            for (let k = 0; k < n; k++) {
              const at = (Math.floor(row / inner) * n + (reverse ? n - 1 - k : k)) * inner + (row % inner);
              s = a[at] * s + b[at];
              want[at] = s;
            }
          }
          expectClose(got, want, { absolute: dtype === "f32" ? 1e-5 : 1e-14 }, `${shape.join()} ${reverse}`);
        }
      }
    }
  });

  test("logcumsumexp", async () => {
    const x = T.tensor([-2000, 0, 1000, -Infinity, 999, 2000, -3000], { device });
    const want = [-2000, 0, 1000, 1000, 1000 + Math.log1p(Math.exp(-1)), 2000, 2000];
    expectClose(await logcumsumexp(x).data(), want, { relative: 1e-6 });
    expectClose(await logcumsumexp(x, { exclusive: true }).data(), [-Infinity, ...want.slice(0, -1)], {
      relative: 1e-6,
    });
    const odd = T.tensor([-Infinity, -Infinity, 3, Infinity, 1], { device });
    expectClose(await logcumsumexp(odd).data(), [-Infinity, -Infinity, 3, Infinity, Infinity], { relative: 1e-6 });
    expectClose(await logcumsumexp(T.tensor([NaN, 1], { device })).data(), [NaN, NaN], {});
    const r = seeded(4);
    const data = Array.from({ length: 60 }, () => r.next() * 8 - 4);
    const y = T.tensor(data, { shape: [3, 20], device });
    const exact = naive(
      "cumsum",
      [0, 1, 2].map((i) => data.slice(20 * i, 20 * i + 20).map(Math.exp)),
      true,
      false,
    ).map(Math.log);
    expectClose(await logcumsumexp(y, { reverse: true }).data(), exact, { absolute: 2e-6 });
  });
});

const real = (shape: readonly number[], data: readonly number[]): Tensor<"f64"> =>
  T.tensor(data, { shape, dtype: "f64" });

describe("gradients", () => {
  const r = seeded(5);
  const random = (...shape: number[]): Tensor<"f64"> =>
    real(
      shape,
      Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => r.next() * 2 - 1),
    );

  test.each(FLAGS)("running reductions, %j", async (flags) => {
    for (const axis of [0, 1]) {
      for (const f of Object.values(SCANS)) {
        // The first result of an exclusive extreme is infinite and has no gradient.
        const y = (x: Tensor): Tensor => T.where(T.isFinite(f(x, { axis, ...flags })), f(x, { axis, ...flags }), 0);
        await gradcheck(y, [random(4, 5)]);
      }
      await gradcheck((x) => T.grad((u: Tensor) => T.sum(T.sin(cumprod(u, { axis, ...flags }))))(x), [random(3, 4)], {
        tolerance: 1e-5,
      });
      await gradcheck(
        (x) => T.grad((u: Tensor) => T.sum(T.exp(cummax(u, { axis, reverse: flags.reverse }))))(x),
        [random(3, 4)],
        { tolerance: 1e-5 },
      );
    }
  });

  test("products with zeros", async () => {
    const x = real([2, 5], [1, 0, 3, 2, -1, 0, 2, 0, 1, 4]);
    for (const flags of FLAGS) await gradcheck((t) => cumprod(t, flags), [x]);
  });

  test("linear recurrences and logcumsumexp", async () => {
    for (const reverse of [false, true]) {
      await gradcheck((a, b) => linearRecurrence(a, b, { reverse }), [random(2, 6), random(2, 6)]);
      await gradcheck((a, b) => linearRecurrence(a, b, { axis: 0, reverse }), [random(4, 3), random(4, 3)]);
      await gradcheck((x) => logcumsumexp(T.mul(x, 3), { reverse }), [random(2, 6)]);
    }
    await gradcheck((x) => T.slice(logcumsumexp(x, { exclusive: true }), [null, [1, 6]]), [random(2, 6)]);
  });

  test("ties and NaN: the first one gets it", async () => {
    const g = await T.grad((x: Tensor) => T.sum(cummax(x)))(T.tensor([2, 2, 1, 3, 3])).data();
    expect([...g]).toEqual([3, 0, 0, 2, 0]);
  });
});

test("the processor's results have the bits of the plain JavaScript ones", async () => {
  const r = seeded(6);
  for (const dtype of ["f32", "f64"] as const) {
    for (const shape of [
      [3, 1023],
      [7, 2049],
      [1, 100001],
      [4, 700, 3],
      [2, 2100, 530],
    ]) {
      const axis = 1;
      const count = shape.reduce((a, b) => a * b, 1);
      for (const name of ["cumsum", "cumprod"] as const) {
        const data = Float64Array.from({ length: count }, () =>
          name === "cumsum" ? r.next() - 0.5 : 1 + (r.next() - 0.5) / 50,
        );
        for (const flags of count > 1e6 ? [FLAGS[3]] : FLAGS) {
          const run = (device: string): Promise<ArrayLike<number>> =>
            SCANS[name](T.tensor(data, { shape, dtype, device }), { axis, ...flags }).data();
          const [want, got] = [await run("js"), await run("cpu")];
          expect(
            Array.from(got).findIndex((v, i) => !Object.is(v, want[i])),
            `${name} ${dtype} ${shape.join()}`,
          ).toBe(-1);
        }
      }
    }
  }
});

test("errors of long sums grow with the length of a block plus their number", async () => {
  const n = 1_000_000;
  const y = await cumsum(T.full([n], 0.1)).data();
  const error = Math.abs(y[n - 1] / (n * Math.fround(0.1)) - 1);
  // About a thousand blocks of a thousand elements, each addition off by half a unit at most; in plain order it is 1e-2.
  expect(error).toBeLessThan(2000 * 2 ** -24);
});

test("wrong arguments", () => {
  expect(() => cumsum(T.scalar(1))).toThrow(T.ShapeError);
  expect(() => cumsum(T.ones([3]), { axis: 1 })).toThrow(T.ShapeError);
  expect(() => cumsum(T.ones([3]), { reverse: 1 as never })).toThrow(T.ArgumentError);
  expect(() => cumsum(T.ones([3]), { keepDims: true } as never)).toThrow(T.ArgumentError);
  expect(() => cummax(T.ones([3], { dtype: "bool" }))).toThrow(T.DTypeError);
  expect(() => cumargmax(T.ones([3]), { exclusive: true } as never)).toThrow(T.ArgumentError);
  expect(() => linearRecurrence(T.ones([3]), T.ones([4]))).toThrow(T.ShapeError);
  expect(() => linearRecurrence(T.ones([3]), T.ones([3], { dtype: "f64" }))).toThrow(T.DTypeError);
});

test("bools count, and nothing sums to nothing", async () => {
  const x = T.tensor([true, false, true, true]);
  expect(cumsum(x).dtype).toBe("i32");
  expect([...(await cumsum(x).data())]).toEqual([1, 1, 2, 3]);
  expect(cumsum(T.zeros([3, 0])).shape).toEqual([3, 0]);
});
