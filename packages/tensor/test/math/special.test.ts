/** Special values: C99 annex F where it speaks of the function, and its spirit elsewhere; exact results; symmetry. */
import { describe, expect, test } from "vitest";
import { LIMITS, MATH, type Limits } from "../../src/kernel/math/table.ts";
import { seeded } from "../support/random.ts";
import { evaluate, evaluateWasm, floats, mapKernel, type Float, type Floats } from "./evaluate.ts";

const INF = Infinity;
const { PI } = Math;

type Case1 = readonly [x: number, expected: number];
type Case2 = readonly [x: number, y: number, expected: number];

/** f(+-0) = +-0, f(+-tiny) = +-tiny, f(+-inf) = +-end. */
const odd = (l: Limits, end: number): Case1[] => [
  [0, 0],
  [-0, -0],
  [l.tiny, l.tiny],
  [-l.tiny, -l.tiny],
  [INF, end],
  [-INF, -end],
];
const logarithm = (): Case1[] => [
  [1, 0],
  [0, -INF],
  [-0, -INF],
  [INF, INF],
  [-1, NaN],
  [-1e-30, NaN],
  [-INF, NaN],
];

const ONE_ARGUMENT: Record<string, (l: Limits) => readonly Case1[]> = {
  exp: (l) => [[0, 1], [-0, 1], [l.tiny, 1], [INF, INF], [-INF, 0], [l.max, INF], [-l.max, 0], [l.expHigh + 1, INF], [l.expLow - 1, 0]],
  exp2: (l) => [[0, 1], [-0, 1], [INF, INF], [-INF, 0], [l.max, INF], [-l.max, 0], [l.exp2High, INF], [l.exp2Low, 0]],
  expm1: (l) => [...odd(l, INF).slice(0, 5), [-INF, -1], [-l.max, -1], [l.max, INF], [l.expHigh + 1, INF]],
  log: logarithm,
  log2: logarithm,
  log10: logarithm,
  log1p: (l) => [...odd(l, INF).slice(0, 5), [-1, -INF], [-1.5, NaN], [-INF, NaN]],
  sin: (l) => [...odd(l, NaN)],
  cos: (l) => [[0, 1], [-0, 1], [l.tiny, 1], [INF, NaN], [-INF, NaN]],
  tan: (l) => [...odd(l, NaN)],
  asin: (l) => [...odd(l, NaN), [1, PI / 2], [-1, -PI / 2], [1.0001, NaN], [-1.0001, NaN]],
  acos: () => [[1, 0], [-1, PI], [0, PI / 2], [-0, PI / 2], [1.0001, NaN], [-1.0001, NaN], [INF, NaN], [-INF, NaN]],
  atan: (l) => [...odd(l, PI / 2), [1, PI / 4], [l.max, PI / 2]],
  sinh: (l) => [...odd(l, INF), [l.max, INF], [-l.max, -INF]],
  cosh: (l) => [[0, 1], [-0, 1], [INF, INF], [-INF, INF], [l.max, INF]],
  tanh: (l) => [...odd(l, 1), [l.max, 1], [-l.max, -1], [30, 1]],
  asinh: (l) => [...odd(l, INF)],
  acosh: () => [[1, 0], [INF, INF], [0.999, NaN], [0, NaN], [-1, NaN], [-3, NaN], [-INF, NaN]],
  atanh: (l) => [...odd(l, NaN), [1, INF], [-1, -INF], [1.0001, NaN], [-2, NaN]],
  erf: (l) => [...odd(l, 1), [l.max, 1], [-l.max, -1]],
  erfc: (l) => [[0, 1], [-0, 1], [INF, 0], [-INF, 2], [l.max, 0], [-l.max, 2]],
  erfinv: (l) => [...odd(l, NaN), [1, INF], [-1, -INF], [1.0001, NaN], [-1.0001, NaN]],
  cbrt: (l) => [[0, 0], [-0, -0], [INF, INF], [-INF, -INF], [8, 2], [-27, -3], [1e-3, 0.1], [8 * l.normal, 2 * Math.cbrt(l.normal)]],
  rsqrt: () => [[0, INF], [-0, -INF], [INF, 0], [-1, NaN], [-INF, NaN], [4, 0.5], [2 ** -20, 2 ** 10]],
  lgamma: (l) => [[1, 0], [2, 0], [0, INF], [-0, INF], [-1, INF], [-5, INF], [-l.max, INF], [INF, INF], [-INF, INF], [l.max, INF]],
  digamma: () => [[0, -INF], [-0, INF], [-1, NaN], [-7, NaN], [INF, INF], [-INF, NaN]],
  sigmoid: (l) => [[0, 0.5], [-0, 0.5], [INF, 1], [-INF, 0], [l.max, 1], [-l.max, 0]],
  softplus: (l) => [[0, Math.LN2], [-0, Math.LN2], [INF, INF], [-INF, 0], [l.max, l.max], [-l.max, 0]],
}; // prettier-ignore

const TWO_ARGUMENTS: Record<string, (l: Limits) => readonly Case2[]> = {
  atan2: (l) => [
    [0, 0, 0], [-0, 0, -0], [0, -0, PI], [-0, -0, -PI], [0, 1, 0], [-0, 1, -0], [0, -1, PI], [-0, -1, -PI],
    [1, 0, PI / 2], [1, -0, PI / 2], [-1, 0, -PI / 2], [-1, -0, -PI / 2], [1, INF, 0], [-1, INF, -0], [1, -INF, PI],
    [-1, -INF, -PI], [INF, 1, PI / 2], [-INF, 1, -PI / 2], [INF, -1, PI / 2], [INF, INF, PI / 4],
    [-INF, INF, -PI / 4], [INF, -INF, (3 * PI) / 4], [-INF, -INF, (-3 * PI) / 4], [1, 1, PI / 4],
    [-1, -1, (-3 * PI) / 4], [l.max, l.max, PI / 4], [l.tiny, l.tiny, PI / 4], [l.tiny, -l.max, PI],
    [l.tiny, l.max, 0], [-l.tiny, l.max, -0], [l.max, l.tiny, PI / 2], [NaN, 0, NaN], [0, NaN, NaN], [INF, NaN, NaN],
  ],
  hypot: (l) => [
    [0, 0, 0], [-0, -0, 0], [3, 4, 5], [-3, 4, 5], [0, -2, 2], [INF, 1, INF], [1, -INF, INF], [INF, NaN, INF],
    [NaN, -INF, INF], [NaN, 1, NaN], [1, NaN, NaN], [l.tiny, 0, l.tiny], [3 * l.tiny, 4 * l.tiny, 5 * l.tiny],
    [l.max, 0, l.max], [l.max, l.max, INF],
    [3 * 2 ** 60, 4 * 2 ** 60, 5 * 2 ** 60], [3 * 2 ** -90, 4 * 2 ** -90, 5 * 2 ** -90],
  ],
  pow: (l) => [
    [0, 3, 0], [-0, 3, -0], [0, 2, 0], [-0, 2, 0], [-0, 2.5, 0], [0, -3, INF], [-0, -3, -INF], [0, -2, INF],
    [-0, -2, INF], [-0, -2.5, INF], [0, -INF, INF], [-0, -INF, INF], [0, INF, 0], [-0, INF, 0], [-1, INF, 1],
    [-1, -INF, 1], [1, NaN, 1], [1, INF, 1], [1, -3, 1], [NaN, 0, 1], [NaN, -0, 1], [INF, 0, 1], [-2, 0, 1],
    [-0, 0, 1], [-2, 0.5, NaN], [-2, -1.5, NaN], [-INF, 0.5, INF], [0.5, -INF, INF], [-0.5, -INF, INF], [2, -INF, 0],
    [-2, -INF, 0], [0.5, INF, 0], [-0.5, INF, 0], [2, INF, INF], [-2, INF, INF], [-INF, -3, -0], [-INF, -2, 0],
    [-INF, 3, -INF], [-INF, 2, INF], [INF, -2, 0], [INF, 2, INF], [NaN, 1, NaN], [2, NaN, NaN], [-2, NaN, NaN],
    [2, 10, 1024], [-2, 3, -8], [-2, 4, 16], [2, -3, 0.125], [3, 5, 243], [9, 0.5, 3], [10, 4, 10000], [-1, 3, -1],
    [-1, l.max, 1], [2, l.max, INF], [-2, l.max, INF], [0.5, l.max, 0], [2, -l.max, 0], [l.max, 2, INF],
    [-l.max, 3, -INF], [-l.max, -3, -0], [l.tiny, 2, 0], [2, l.exp2Low + 1, l.tiny], [l.tiny, 1, l.tiny],
    [-l.tiny, 1, -l.tiny], [l.max, 1, l.max], [-1.5, 2, 2.25], [1.5, l.tiny, 1],
  ],
}; // prettier-ignore

const LINEAR_IN_NAN = MATH.filter((f) => f.arity === 1);
const ODD = ["sin", "tan", "asin", "atan", "sinh", "tanh", "asinh", "atanh", "erf", "erfinv", "cbrt"];
const EVEN = ["cos", "cosh"];

const named = (name: string): (typeof MATH)[number] => MATH.find((f) => f.name === name)!;
const rounded = (ty: Float, x: number): number => (ty === "f32" ? Math.fround(x) : x);

/** Values on both back ends, which must agree. */
function values(ty: Float, name: string, x: readonly number[] | Floats, y?: readonly number[]): Floats {
  const kernel = mapKernel(ty, named(name).lower);
  const a = floats(ty, x);
  const b = y ? floats(ty, y) : a;
  const oracle = evaluate(kernel, ty, a, b);
  expect([...evaluateWasm(kernel, ty, a, b)], name).toEqual([...oracle]);
  return oracle;
}

for (const ty of ["f32", "f64"] as const) {
  const limits = LIMITS[ty];

  describe(`special values in ${ty}`, () => {
    for (const [name, cases] of Object.entries(ONE_ARGUMENT)) {
      test(name, () => {
        const list = [...cases(limits), [NaN, NaN] as const];
        const got = values(
          ty,
          name,
          list.map(([x]) => x),
        );
        list.forEach(([x, expected], i) => expect(got[i], `${name}(${x})`).toBe(rounded(ty, expected)));
      });
    }
    for (const [name, cases] of Object.entries(TWO_ARGUMENTS)) {
      test(name, () => {
        const list = [...cases(limits), [NaN, NaN, NaN] as const];
        const got = values(
          ty,
          name,
          list.map(([x]) => x),
          list.map(([, y]) => y),
        );
        list.forEach(([x, y, expected], i) => expect(got[i], `${name}(${x}, ${y})`).toBe(rounded(ty, expected)));
      });
    }
  });

  describe(`properties in ${ty}`, () => {
    const r = seeded(99);
    const points = Array.from({ length: 2000 }, () => (r.next() - 0.5) * 2 ** r.int(-20, 6));

    test("odd functions are odd and even functions even, bit for bit", () => {
      for (const name of [...ODD, ...EVEN]) {
        const there = values(ty, name, points);
        const back = values(
          ty,
          name,
          points.map((x) => -x),
        );
        const expected = ODD.includes(name) ? back.map((v) => -v) : back;
        expect([...there], name).toEqual([...expected]);
      }
    });

    test("any pattern of a NaN gives NaN", () => {
      const n = 64;
      const patterns = ty === "f32" ? new Float32Array(n) : new Float64Array(n);
      const bits = new Uint32Array(patterns.buffer);
      for (let i = 0; i < n; i++) {
        const payload = 1 + r.int(0, 2 ** 19);
        const sign = i % 2 === 0 ? 0 : 0x80000000;
        if (ty === "f32") bits[i] = (sign | 0x7f800000 | payload) >>> 0;
        else {
          bits[2 * i] = i % 3 === 0 ? 0 : payload;
          bits[2 * i + 1] = (sign | 0x7ff00000 | (i % 3 === 0 ? payload : 0)) >>> 0;
        }
      }
      for (const f of LINEAR_IN_NAN) {
        const kernel = mapKernel(ty, f.lower);
        for (const run of [evaluate, evaluateWasm]) {
          expect(
            [...run(kernel, ty, patterns)].filter((v) => !Number.isNaN(v)),
            f.name,
          ).toEqual([]);
        }
      }
    });

    test("powers of two are exact", () => {
      const from = limits.exp2Low + 1;
      const exponents = Array.from({ length: limits.exp2High - from }, (_, i) => from + i);
      const powers = exponents.map((k) => 2 ** k);
      expect([...values(ty, "exp2", exponents)]).toEqual(powers);
      expect([
        ...values(
          ty,
          "pow",
          exponents.map(() => 2),
          exponents,
        ),
      ]).toEqual(powers);
      expect([...values(ty, "log2", powers)]).toEqual(exponents);
    });

    test("cubes and powers of ten", () => {
      const integers = Array.from({ length: 60 }, (_, i) => i - 30);
      expect([
        ...values(
          ty,
          "cbrt",
          integers.map((i) => i ** 3),
        ),
      ]).toEqual(integers);
      const exponents = Array.from({ length: ty === "f32" ? 11 : 23 }, (_, i) => i);
      const tens = exponents.map((k) => 10 ** k);
      expect([...values(ty, "log10", tens)]).toEqual(exponents);
      expect([
        ...values(
          ty,
          "pow",
          tens.map(() => 10),
          exponents,
        ),
      ]).toEqual(tens);
    });
  });
}
