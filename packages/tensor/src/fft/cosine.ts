/** Cosine and sine transforms of types I to IV, through transforms of real signals. */
import { ArgumentError, ShapeError, show } from "../errors.ts";
import { mul, neg } from "../ops/arith.ts";
import { concat, flip, pad, slice, stack } from "../ops/movement.ts";
import { reshapeTo } from "../ops/views.ts";
import { internShape, showShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { constantTensor } from "./constants.ts";
import type { FloatTensor } from "./floatTensor.ts";
import type { Sequence } from "./host.ts";
import { axisOf, checkFftOptions, exchange, requireReal, scaleOf, type FftOptions } from "./options.ts";
import { timesSequence } from "./product.ts";
import { inverseRealTransform, part, realTransform, withImaginary } from "./real.ts";
import { rootOfUnity } from "./roots.ts";
import { transform } from "./transform.ts";

/** Which of the four transforms. */
export type CosineType = 1 | 2 | 3 | 4;

/** Options of cosine and sine transforms. */
export interface CosineOptions extends FftOptions {
  /** Type of the transform; 2 when left out. */
  readonly type?: CosineType;
}

type Real = Tensor<"f32" | "f64">;

const rowsOf = (x: Tensor): null[] => new Array<null>(x.ndim - 1).fill(null);

/** Elements start, start + step, ... before stop of the last axis. */
function pick(x: Tensor, start: number, stop: number | null, step = 1): Real {
  return slice(x, [...rowsOf(x), [start, stop, step] as never]) as Real;
}

/** e^(-2 pi i (a k + b) / n) for k = 0 ... length - 1. */
function turns(length: number, a: number, b: number, n: number, factor = 1): Sequence {
  const roots = Array.from({ length }, (_, k) => rootOfUnity(a * k + b, n));
  return { re: Float64Array.from(roots, (r) => factor * r[0]), im: Float64Array.from(roots, (r) => factor * r[1]) };
}

/** 2 sum_j x[j] cos(pi k (2 j + 1) / (2 n)). Source: Makhoul 1980. */
function cosine2(x: FloatTensor, factor: number): Real {
  const n = x.shape[x.ndim - 1];
  const ordered = n === 1 ? x : concat([pick(x, 0, null, 2), flip(pick(x, 1, null, 2), -1)], -1);
  const spectrum = realTransform(ordered as FloatTensor, 2 * factor) as FloatTensor;
  const w = timesSequence(spectrum, `cosine ${n}`, () => turns(Math.floor(n / 2) + 1, 1, 0, 4 * n));
  if (n <= 2) return part(w, 0) as Real;
  return concat([part(w, 0), neg(flip(pick(part(w, 1), 1, Math.ceil(n / 2)), -1)) as Real] as Real[], -1);
}

/** x[0] + 2 sum_{j > 0} x[j] cos(pi j (2 k + 1) / (2 n)): the reverse of the way above. */
function cosine3(x: FloatTensor, factor: number): Real {
  const n = x.shape[x.ndim - 1];
  if (n === 1) return mul(x, factor) as Real;
  const m = Math.floor(n / 2) + 1;
  const mirrored = pad(flip(pick(x, n - m + 1, null), -1), [...new Array<number>(x.ndim - 1).fill(0), [1, 0]]);
  const pairs = stack([pick(x, 0, m), neg(mirrored) as Real], -1) as FloatTensor;
  const spectrum = timesSequence(pairs, `cosine back ${n}`, () => turns(m, -1, 0, 4 * n)) as FloatTensor;
  const ordered = inverseRealTransform(spectrum, n, factor);
  const half = Math.ceil(n / 2);
  const [even, odd] = [pick(ordered, 0, half), flip(pick(ordered, half, null), -1)];
  return interleave(even, odd);
}

/** even[0], odd[0], even[1], ...; `even` may have one element more. */
function interleave(even: Real, odd: Real): Real {
  const [a, b] = [even.shape[even.ndim - 1], odd.shape[odd.ndim - 1]];
  const padded = a === b ? odd : pad(odd, [...new Array<number>(odd.ndim - 1).fill(0), [0, 1]]);
  const both = stack([even, padded], -1);
  const flat = reshapeTo(both, internShape([...even.shape.slice(0, -1), 2 * a]));
  return a === b ? flat : pick(flat, 0, a + b);
}

/** x[0] + (-1)^k x[n - 1] + 2 sum_{0 < j < n - 1} x[j] cos(pi j k / (n - 1)), by even continuation. */
function cosine1(x: FloatTensor, factor: number): Real {
  const n = x.shape[x.ndim - 1];
  const even = n === 2 ? x : concat([x as Real, flip(pick(x, 1, n - 1), -1)], -1);
  return part(realTransform(even as FloatTensor, factor), 0) as Real;
}

/** 2 sum_j x[j] cos(pi (2 j + 1) (2 k + 1) / (4 n)). */
function cosine4(x: FloatTensor, factor: number): Real {
  const n = x.shape[x.ndim - 1];
  const axis = x.ndim - 1;
  const forward = { axis, inverse: false, scale: 2 * factor, order: "natural" } as const;
  if (n % 2 === 1) {
    // (2 j + 1) (2 k + 1) = 4 j k + 2 j + (2 k + 1): a transform of length 2 n between two turns.
    const turned = timesSequence(withImaginary(x), `cosine 4 ${n}`, () => turns(n, 2, 0, 8 * n));
    const padded = pad(turned, [...new Array<number>(axis).fill(0), [0, n], 0]) as FloatTensor;
    const y = slice(transform(padded, forward), [...rowsOf(x), [0, n]]) as FloatTensor;
    return part(
      timesSequence(y, `cosine 4 after ${n}`, () => turns(n, 2, 1, 8 * n)),
      0,
    ) as Real;
  }
  // Pairs x[2 j] + i x[n - 1 - 2 j] give results 2 k (real parts) and n - 1 - 2 k (minus the imaginary parts).
  const pairs = stack([pick(x, 0, null, 2), flip(pick(x, 1, null, 2), -1)], -1) as FloatTensor;
  const turned = timesSequence(pairs, `cosine 4 ${n}`, () => turns(n / 2, 4, 0, 8 * n)) as FloatTensor;
  const y = transform(turned, forward) as FloatTensor;
  const w = timesSequence(y, `cosine 4 after ${n}`, () => turns(n / 2, 4, 1, 8 * n));
  return interleave(part(w, 0) as Real, neg(flip(part(w, 1), -1)) as Real);
}

/** 2 sum_j x[j] sin(pi (j + 1) (k + 1) / (n + 1)), by odd continuation. */
function sine1(x: FloatTensor, factor: number): Real {
  const n = x.shape[x.ndim - 1];
  const rows = new Array<number>(x.ndim - 1).fill(0);
  const odd = concat([pad(x as Real, [...rows, [1, 0]]), pad(neg(flip(x, -1)) as Real, [...rows, [1, 0]])], -1);
  return neg(pick(part(realTransform(odd as FloatTensor, factor), 1), 1, n + 1)) as Real;
}

/** x times a number that depends on the place along the last axis. */
function weighted(x: Tensor, key: string, weight: (i: number, n: number) => number): FloatTensor {
  const n = x.shape[x.ndim - 1];
  const { dtype, backend } = x as FloatTensor;
  const weights = constantTensor(backend, dtype, `${key} ${n}`, [n], () =>
    Float64Array.from({ length: n }, (_, i) => weight(i, n)),
  );
  return mul(x, weights) as FloatTensor;
}

const alternate = (x: Tensor): FloatTensor => weighted(x, "alternate", (i) => (i % 2 === 0 ? 1 : -1));

/** The transforms along the last axis, times a factor. */
const COSINES: Readonly<Record<CosineType, (x: FloatTensor, factor: number) => Real>> = {
  1: cosine1,
  2: cosine2,
  3: cosine3,
  4: cosine4,
};
const SINES: Readonly<Record<CosineType, (x: FloatTensor, factor: number) => Real>> = {
  1: sine1,
  2: (x, factor) => flip(cosine2(alternate(x), factor), -1) as Real,
  3: (x, factor) => alternate(cosine3(flip(x, -1) as FloatTensor, factor)) as Real,
  4: (x, factor) => alternate(cosine4(flip(x, -1) as FloatTensor, factor)) as Real,
};

/** Which ends the orthogonal transforms weight by sqrt 2 before and by its reciprocal afterwards. */
const ENDS: Readonly<Record<"cos" | "sin", Readonly<Record<CosineType, { before: string; after: string }>>>> = {
  cos: {
    1: { before: "first last", after: "first last" },
    2: { before: "", after: "first" },
    3: { before: "first", after: "" },
    4: { before: "", after: "" },
  },
  sin: {
    1: { before: "", after: "" },
    2: { before: "", after: "last" },
    3: { before: "last", after: "" },
    4: { before: "", after: "" },
  },
};

function weightEnds(x: FloatTensor, ends: string, factor: number): FloatTensor {
  if (ends === "") return x;
  return weighted(x, `${ends} ${factor}`, (i, n) =>
    (i === 0 && ends.includes("first")) || (i === n - 1 && ends.includes("last")) ? factor : 1,
  );
}

/** Type that inverts a type. */
const INVERSE: Readonly<Record<CosineType, CosineType>> = { 1: 1, 2: 3, 3: 2, 4: 4 };

function trigonometric(name: string, kind: "cos" | "sin", x: Tensor, options: CosineOptions, inverse: boolean): Tensor {
  checkFftOptions(name, options, ["axis", "type"]);
  const asked = options.type ?? 2;
  if (!(asked in INVERSE)) {
    throw new ArgumentError(`${name}: type must be 1, 2, 3 or 4 (got ${show(asked)}).`);
  }
  const y = requireReal(name, x);
  const axis = axisOf(name, y.shape, y.ndim, options.axis);
  const n = y.shape[axis];
  if (kind === "cos" && asked === 1 && n < 2) {
    throw new ShapeError(`${name}: type 1 needs at least two elements (got ${showShape(y.shape)}).`);
  }
  const period = asked === 1 ? 2 * (kind === "cos" ? n - 1 : n + 1) : 2 * n;
  const factor = scaleOf(name, options.norm, period, inverse);
  const type = inverse ? INVERSE[asked] : asked;
  const ends = options.norm === "ortho" ? ENDS[kind][type] : ENDS.cos[4];
  const last = y.ndim - 1;
  const along = weightEnds(exchange(y, axis, last), ends.before, Math.SQRT2);
  const result = (kind === "cos" ? COSINES : SINES)[type](along, factor) as FloatTensor;
  return exchange(weightEnds(result, ends.after, Math.SQRT1_2), axis, last);
}

/**
 * Discrete cosine transform along one axis of a real tensor (integers count as f32), for n elements:
 *
 * - type 1: `y[k] = x[0] + (-1)^k x[n - 1] + 2 sum_{0 < j < n - 1} x[j] cos(pi j k / (n - 1))`, n >= 2
 * - type 2 (default): `y[k] = 2 sum_j x[j] cos(pi k (2 j + 1) / (2 n))`
 * - type 3: `y[k] = x[0] + 2 sum_{j > 0} x[j] cos(pi j (2 k + 1) / (2 n))`
 * - type 4: `y[k] = 2 sum_j x[j] cos(pi (2 j + 1) (2 k + 1) / (4 n))`
 *
 * Types 1 and 4 invert themselves, 2 and 3 each other, up to the factor 2 (n - 1) or 2 n, which `norm` distributes as for `fft`.
 * With `"ortho"` all are orthogonal matrices: also the ends are weighted. Cost: a real transform of n elements (types 2, 3, even
 * lengths of 4), of 2 (n - 1) (type 1), or a complex one of 2 n (odd lengths of type 4). The conventions are those of SciPy.
 *
 * Source: Ahmed, Natarajan and Rao 1974; Makhoul 1980, "A fast cosine transform in one and two dimensions".
 * @throws ArgumentError for another type, ShapeError for an empty axis
 */
export function dct(x: Tensor, options: CosineOptions = {}): Tensor {
  return trigonometric("dct", "cos", x, options, false);
}

/** Inverse of {@link dct} of the same type and norm. */
export function idct(x: Tensor, options: CosineOptions = {}): Tensor {
  return trigonometric("idct", "cos", x, options, true);
}

/**
 * Discrete sine transform along one axis of a real tensor, for n elements:
 *
 * - type 1: `y[k] = 2 sum_j x[j] sin(pi (j + 1) (k + 1) / (n + 1))`
 * - type 2 (default): `y[k] = 2 sum_j x[j] sin(pi (k + 1) (2 j + 1) / (2 n))`
 * - type 3: `y[k] = (-1)^k x[n - 1] + 2 sum_{j < n - 1} x[j] sin(pi (2 k + 1) (j + 1) / (2 n))`
 * - type 4: `y[k] = 2 sum_j x[j] sin(pi (2 j + 1) (2 k + 1) / (4 n))`
 *
 * Everything else as for {@link dct}, with 2 (n + 1) for type 1.
 */
export function dst(x: Tensor, options: CosineOptions = {}): Tensor {
  return trigonometric("dst", "sin", x, options, false);
}

/** Inverse of {@link dst} of the same type and norm. */
export function idst(x: Tensor, options: CosineOptions = {}): Tensor {
  return trigonometric("idst", "sin", x, options, true);
}
