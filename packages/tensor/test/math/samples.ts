/** Arguments at which the functions are tried. */
import { LIMITS, type Interval, type MathFunction } from "../../src/kernel/math/table.ts";
import { seeded, type Random } from "../support/random.ts";
import { floats, type Float, type Floats } from "./evaluate.ts";

function draw(r: Random, { from, to, spacing }: Interval): number {
  // Two draws, because one has 32 bits only.
  const u = r.next() + r.next() * 2 ** -32;
  if (spacing === "uniform") return from + (to - from) * u;
  const low = Math.log2(Math.abs(from));
  const high = Math.log2(Math.abs(to));
  return Math.sign(from) * Math.min(2 ** (low + (high - low) * u), Math.max(Math.abs(from), Math.abs(to)));
}

/** The numbers next to x, `count` on each side, and x. */
function around(ty: Float, x: number, count: number): number[] {
  const float = floats(ty, [x]);
  const bits = ty === "f32" ? new Int32Array(float.buffer) : new BigInt64Array(float.buffer);
  const list: number[] = [];
  for (let i = -count; i <= count; i++) {
    const moved =
      ty === "f32" ? Int32Array.of((bits[0] as number) + i) : BigInt64Array.of((bits[0] as bigint) + BigInt(i));
    list.push((ty === "f32" ? new Float32Array(moved.buffer) : new Float64Array(moved.buffer))[0]);
  }
  return list;
}

const powersOfTwo = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => 2 ** (from + i));
const nearOne = (ty: Float): number[] => [...around(ty, 1, 20), ...powersOfTwo(-52, -5).flatMap((d) => [1 + d, 1 - d])];
const multiplesOfHalfPi = (ty: Float): number[] => [
  ...Array.from({ length: 500 }, (_, k) => around(ty, ((k + 1) * Math.PI) / 2, 1)).flat(),
  ...Array.from({ length: 100 }, (_, k) => around(ty, ((k * k * k + 5) * Math.PI) / 2, 1)).flat(),
  // Among the closest to a multiple of pi/2 (K. Ng, Argument reduction for huge arguments, 1992, and W. Kahan).
  6381956970095103 * 2 ** 797,
  16367173 * 2 ** 72,
  1e30,
  -1e30,
  2 ** 100,
  LIMITS[ty].max,
];

/** Places where a function is hard or changes its formula. */
const HARD: Record<string, (ty: Float) => number[]> = {
  exp: (ty) => Array.from({ length: 200 }, (_, k) => around(ty, (k - 120.5) * Math.LN2, 1)).flat(),
  expm1: (ty) => [...around(ty, Math.LN2 / 2, 20), ...around(ty, -Math.LN2 / 2, 20)],
  log: nearOne,
  log2: nearOne,
  log10: nearOne,
  log1p: (ty) => [...around(ty, 1 / 3, 20), ...around(ty, Math.SQRT2 - 1, 20), ...around(ty, Math.SQRT1_2 - 1, 20)],
  sin: multiplesOfHalfPi,
  cos: multiplesOfHalfPi,
  tan: multiplesOfHalfPi,
  asin: (ty) => [...around(ty, 0.5, 20), ...around(ty, 1, 20)],
  acos: (ty) => [...around(ty, 0.5, 20), ...around(ty, 1, 20), ...around(ty, -0.5, 20)],
  atan: (ty) => [...around(ty, Math.SQRT2 - 1, 20), ...around(ty, Math.SQRT2 + 1, 20)],
  sinh: (ty) => around(ty, 1, 20),
  tanh: (ty) => around(ty, 0.56, 20),
  asinh: (ty) => [...around(ty, 2 ** 14, 20), ...around(ty, 2 ** 28, 20)],
  acosh: (ty) => [...around(ty, 2 ** 14, 20), ...around(ty, 2 ** 28, 20), ...nearOne(ty)],
  atanh: nearOne,
  erf: (ty) => around(ty, 0.9, 20),
  erfc: (ty) => [...around(ty, 0.75, 20), ...around(ty, -0.75, 20)],
  erfinv: (ty) => [...around(ty, 0.85, 20), ...nearOne(ty)],
  // Close to the zeros, but not closer than the reference is exact.
  lgamma: () => powersOfTwo(-30, -3).flatMap((d) => [1 + d, 1 - d, 2 + d, 2 - d, 0.2 + d, 1.2 - d, 2.5 - d, 2.5 + d]),
  digamma: () =>
    powersOfTwo(-22, -3).flatMap((d) => [1.4616321449683623 + d, 1.4616321449683623 - d, 1 + d, 1 - d, 2 - d]),
};

/** Arguments of `f` by its table row, and the hard places; domain errors and zeros are left out. */
export function argumentsOf(f: MathFunction, ty: Float, count: number): readonly [Floats, Floats] {
  const r = seeded(f.name.length * 1000 + f.name.charCodeAt(1));
  const boxes = f.domain(LIMITS[ty]);
  const x: number[] = [];
  const y: number[] = [];
  for (let i = 0; i < count; i++) {
    const box = boxes[i % boxes.length];
    x.push(draw(r, box[0]));
    y.push(f.arity === 2 ? draw(r, box[1]) : 1);
  }
  const inside = (v: number): boolean =>
    boxes.some(([{ from, to }]) => v >= Math.min(from, to) && v <= Math.max(from, to));
  for (const v of HARD[f.name]?.(ty) ?? []) {
    const rounded = ty === "f32" ? Math.fround(v) : v;
    if (!inside(rounded)) continue;
    x.push(rounded);
    y.push(1);
  }
  return [floats(ty, x), floats(ty, y)];
}
