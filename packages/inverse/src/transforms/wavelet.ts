/** The orthonormal wavelet transform of images and volumes. */
import {
  add,
  ArgumentError,
  checkOptions,
  concat,
  mul,
  reshape,
  ShapeError,
  showShape,
  slice,
  stack,
} from "@ansatz/tensor";
import type { Range, Tensor } from "@ansatz/tensor";
import { roll } from "@ansatz/tensor/indexing";
import { linearOperator, type LinearOperator } from "@ansatz/tensor/linear";
import { checkChoice, checkCount } from "../check.ts";
import { highPass, LOW_PASS, type Wavelet } from "./filters.ts";

/** Options of the transforms. */
export interface WaveletOptions {
  /** `"haar"` when left out. */
  readonly wavelet?: Wavelet;
  /** Number of halvings; when left out, as many as all sizes admit, at most 4. */
  readonly levels?: number;
}

const MOST_LEVELS = 4;

/** Checked options for a shape. */
interface Plan {
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly levels: number;
}

/** Throws unless a shape can be transformed so. */
export function waveletPlan(name: string, shape: readonly number[], options: WaveletOptions): Plan {
  checkOptions(name, options, ["wavelet", "levels"]);
  const { wavelet = "haar" } = options;
  checkChoice(name, "wavelet", wavelet, Object.keys(LOW_PASS));
  if (shape.length === 0) throw new ShapeError(`${name}: an image has at least one axis (got ${showShape(shape)}).`);
  const possible = Math.min(...shape.map(halvings));
  const levels = options.levels ?? Math.min(possible, MOST_LEVELS);
  if (possible === 0) throw new ShapeError(`${name}: all sizes must be even (got ${showShape(shape)}).`);
  checkCount(name, "levels", levels);
  if (levels > possible) {
    throw new ArgumentError(
      `${name}: levels is too large (got ${levels}, expected at most ${possible}, since ${showShape(shape)} cannot be halved more often).`,
    );
  }
  const low = LOW_PASS[wavelet];
  return { low, high: highPass(low), levels };
}

function halvings(size: number): number {
  let count = 0;
  for (let n = size; n > 0 && n % 2 === 0; n /= 2) count++;
  return count;
}

/** Everything, but a range along one axis. */
const along = (ndim: number, axis: number, range: Range): Range[] =>
  Array.from({ length: ndim }, (_, a) => (a === axis ? range : null));

/** `sum_m filter[2 m + parity] x[i + m]`, periodic; `i - m` with a sign of -1. */
function taps(x: Tensor, axis: number, filter: readonly number[], parity: 0 | 1, sign: 1 | -1): Tensor {
  return Array.from({ length: filter.length / 2 }, (_, m) =>
    mul(m === 0 ? x : roll(x, -sign * m, axis), filter[2 * m + parity]),
  ).reduce((a, b) => add(a, b));
}

/** Means, then differences, along an axis. */
function analyse(x: Tensor, axis: number, { low, high }: Plan): Tensor {
  const [even, odd] = [0, 1].map((from) => slice(x, along(x.ndim, axis, [from, null, 2])));
  const half = (filter: readonly number[]): Tensor =>
    add(taps(even, axis, filter, 0, 1), taps(odd, axis, filter, 1, 1));
  return concat([half(low), half(high)], axis);
}

/** The adjoint of {@link analyse}, which is its inverse. */
function synthesise(x: Tensor, axis: number, { low, high }: Plan): Tensor {
  const n = x.shape[axis];
  const [means, differences] = [
    [0, n / 2],
    [n / 2, n],
  ].map(([from, to]) => slice(x, along(x.ndim, axis, [from, to])));
  const phase = (parity: 0 | 1): Tensor =>
    add(taps(means, axis, low, parity, -1), taps(differences, axis, high, parity, -1));
  return reshape(stack([phase(0), phase(1)], axis + 1), x.shape);
}

/** The block of all first halves, `1 / 2^levels` of every axis. */
export function corner(x: Tensor, levels = 1): Tensor {
  return slice(
    x,
    x.shape.map((n) => [0, n / 2 ** levels] as const),
  );
}

/** x with another first block. */
export function withCorner(x: Tensor, block: Tensor): Tensor {
  let whole = block;
  for (let axis = x.ndim - 1; axis >= 0; axis--) {
    const rest = x.shape.map((n, a): Range => {
      if (a > axis) return null;
      return a === axis ? [block.shape[a], n] : [0, block.shape[a]];
    });
    whole = concat([whole, slice(x, rest)], axis);
  }
  return whole;
}

const axesOf = (x: Tensor): number[] => Array.from({ length: x.ndim }, (_, a) => a);

function forward(x: Tensor, plan: Plan, levels: number): Tensor {
  const once = axesOf(x).reduce((y, axis) => analyse(y, axis, plan), x);
  return levels === 1 ? once : withCorner(once, forward(corner(once), plan, levels - 1));
}

function backward(c: Tensor, plan: Plan, levels: number): Tensor {
  const inner = levels === 1 ? c : withCorner(c, backward(corner(c), plan, levels - 1));
  return axesOf(c).reduce((y, axis) => synthesise(y, axis, plan), inner);
}

/**
 * Coefficients of an image or volume in an orthonormal wavelet basis, along all axes, with periodic ends (Mallat 1989). They have the shape of
 * the image: means in the first half of every axis, differences in the second, and the block of all means again split so. All sizes must be
 * divisible by `2^levels`. Differentiable; a few passes over the image per level and axis.
 * @throws ArgumentError, ShapeError for options or sizes that do not fit
 */
export function waveletTransform(x: Tensor, options: WaveletOptions = {}): Tensor {
  const plan = waveletPlan("waveletTransform", x.shape, options);
  return forward(x, plan, plan.levels);
}

/** The image with given coefficients: the inverse and the adjoint of {@link waveletTransform}. @throws ArgumentError, ShapeError likewise */
export function inverseWaveletTransform(coefficients: Tensor, options: WaveletOptions = {}): Tensor {
  const plan = waveletPlan("inverseWaveletTransform", coefficients.shape, options);
  return backward(coefficients, plan, plan.levels);
}

/** {@link waveletTransform} as an operator, whose adjoint is its inverse. @throws ArgumentError, ShapeError for options or sizes that do not fit */
export function waveletOperator(
  shape: readonly number[],
  options: WaveletOptions & { readonly dtype?: "f32" | "f64" } = {},
): LinearOperator {
  const name = "waveletOperator";
  const { dtype = "f32", ...rest } = options;
  checkChoice(name, "dtype", dtype, ["f32", "f64"]);
  const plan = waveletPlan(name, shape, rest);
  return linearOperator({
    name,
    domain: shape,
    range: shape,
    dtype,
    apply: (x) => forward(x, plan, plan.levels),
    adjoint: (y) => backward(y, plan, plan.levels),
  });
}
