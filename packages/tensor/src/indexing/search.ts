/** Searching in sorted numbers, and counting. */
import { isFloat, promote, requireDType } from "../dtype.ts";
import { ArgumentError, checkOptions, requireFlag, ShapeError, show } from "../errors.ts";
import { add, div, minimum, sub } from "../ops/arith.ts";
import { equal, isNaN, less, lessEqual, logicalAnd, logicalOr, where } from "../ops/compare.ts";
import { linspace, ones, zeros } from "../ops/create.ts";
import { cast } from "../ops/elementwise.ts";
import { slice } from "../ops/movement.ts";
import { sumOver } from "../ops/structural.ts";
import { scatterAdd, takeNode } from "../ops/take.ts";
import { expandTo, reshapeTo } from "../ops/views.ts";
import { internShape, showShape } from "../shape.ts";
import { requireTensor, type Tensor } from "../tensor.ts";
import { requirePositions } from "./along.ts";

/** Options of {@link searchsorted}. */
export interface SearchsortedOptions {
  /** Behind elements equal to the value instead of before them. */
  readonly right?: boolean;
}

/**
 * Where values would have to be inserted to keep a list sorted: the number of its elements that are smaller (with `right`:
 * not larger) than each value, i32. NaN counts as larger than everything, as in `sort`.
 *
 * Cost: a binary search per value, `log2(n)` dependent loads in one kernel.
 * @param sorted one axis, in ascending order (not checked), NaN last
 * @param values any shape
 * @throws ShapeError unless `sorted` has one axis, DTypeError for bools, complex numbers, and i32 with u32
 */
export function searchsorted(sorted: Tensor, values: Tensor, options: SearchsortedOptions = {}): Tensor<"i32"> {
  requireTensor("searchsorted", sorted, "sorted");
  requireTensor("searchsorted", values, "values");
  checkOptions("searchsorted", options, ["right"]);
  requireFlag("searchsorted", "right", options.right);
  if (sorted.ndim !== 1) {
    throw new ShapeError(`searchsorted: sorted needs one axis (got ${showShape(sorted.shape)}, expected a list).`);
  }
  const dtype = promote("searchsorted", sorted.dtype, values.dtype);
  requireDType("searchsorted", dtype, "number");
  return countBelow(cast(sorted, dtype), cast(values, dtype), options.right === true);
}

function countBelow(sorted: Tensor, values: Tensor, right: boolean): Tensor<"i32"> {
  const n = sorted.size;
  let found: Tensor = expandTo(zeros([], { dtype: "i32", device: values.device }), values.s);
  if (n === 0) return found as Tensor<"i32">;
  const before = (a: Tensor, b: Tensor): Tensor => {
    if (!isFloat(a.dtype)) return right ? lessEqual(a, b) : less(a, b);
    return right ? logicalOr(isNaN(b), lessEqual(a, b)) : logicalOr(less(a, b), logicalAnd(isNaN(b), equal(a, a)));
  };
  // All elements in front of `found` come before the value; each step tries to double what is known.
  for (let step = 2 ** Math.floor(Math.log2(n)); step >= 1; step /= 2) {
    const next = add(found, step);
    const element = takeNode(sorted, minimum(sub(next, 1), n - 1), { axis: 0, checked: false });
    found = where(logicalAnd(lessEqual(next, n), before(element, values)), next, found);
  }
  return found as Tensor<"i32">;
}

/**
 * How often each number from 0 to `size - 1` occurs, i32; with weights the sum of the weights of its occurrences, of their
 * data type, which is differentiable in them. Numbers outside are dropped.
 * @param x i32 or u32, any shape; negative numbers are outside
 * @param weights numbers of the shape of x
 * @throws ArgumentError for a bad size, ShapeError for weights of another shape, DTypeError for data types that do not count
 */
export function bincount(x: Tensor, size: number, weights?: Tensor): Tensor {
  const at = requirePositions("bincount", x, "x");
  if (!Number.isInteger(size) || size < 1) {
    throw new ArgumentError(`bincount: size must be a positive integer (got ${show(size)}).`);
  }
  if (weights !== undefined) requireWeights("bincount", weights, x);
  return count(at, size, weights);
}

function requireWeights(name: string, weights: Tensor, x: Tensor): void {
  requireTensor(name, weights, "weights");
  requireDType(name, weights.dtype, "number");
  if (weights.s !== x.s) {
    throw new ShapeError(
      `${name}: weights do not fit (got ${showShape(weights.shape)}, expected ${showShape(x.shape)}, the shape of x).`,
    );
  }
}

function count(at: Tensor, size: number, weights: Tensor | undefined): Tensor {
  const flat = internShape([at.size]);
  const one = weights ?? (ones(at.shape, { dtype: "i32", device: at.device }) as Tensor);
  // A negative number does not count from the end.
  const positions = where(less(at, 0), size, at);
  return scatterAdd(reshapeTo(one, flat), reshapeTo(positions, flat), size);
}

/** Options of {@link histogram}. */
export interface HistogramOptions {
  /** Ends of the bins: a sorted list of at least two; or leave it out and give `low` and `high`. */
  readonly edges?: Tensor;
  /** Number of bins of equal width; 10 when left out. */
  readonly bins?: number;
  readonly low?: number;
  readonly high?: number;
  /** Numbers of the shape of x that are added up instead of ones. */
  readonly weights?: Tensor;
  /** Divides by the total and the widths of the bins, so that the integral is 1. */
  readonly density?: boolean;
}

/** Counts and the edges of their bins. */
export interface Histogram {
  /** i32, of the weights' data type, or float for densities. */
  readonly counts: Tensor;
  /** One more than there are bins. */
  readonly edges: Tensor;
}

function edgesOf(x: Tensor, { edges, bins, low, high }: HistogramOptions): Tensor {
  const { dtype } = x;
  if (edges !== undefined) {
    requireTensor("histogram", edges, "edges");
    if (bins !== undefined || low !== undefined || high !== undefined) {
      throw new ArgumentError("histogram: edges exclude bins, low and high (got both, expected one of them).");
    }
    if (edges.ndim !== 1 || edges.size < 2) {
      throw new ShapeError(`histogram: edges need one axis of at least two (got ${showShape(edges.shape)}).`);
    }
    return cast(edges, promote("histogram", edges.dtype, dtype));
  }
  const number = bins ?? 10;
  if (!Number.isInteger(number) || number < 1) {
    throw new ArgumentError(`histogram: bins must be a positive integer (got ${show(bins)}).`);
  }
  if (!Number.isFinite(low) || !Number.isFinite(high) || !((low as number) < (high as number))) {
    throw new ArgumentError(
      `histogram: low and high must be finite numbers, low below high (got ${show(low)} and ${show(high)}). Or give edges.`,
    );
  }
  const type = dtype === "f64" ? "f64" : "f32";
  return linspace<"f32" | "f64">(low as number, high as number, number + 1, { dtype: type, device: x.device });
}

/**
 * How many elements of x lie between successive edges: bin i has those with `edges[i] <= x < edges[i + 1]`, the last one also
 * those equal to the last edge. What lies outside, NaN too, is dropped. Unlike in NumPy the range is always given, because a
 * lazy result cannot depend on values.
 * @param x numbers of any shape
 * @throws ArgumentError for options that do not fit together, ShapeError for edges or weights of a wrong shape, DTypeError for
 * bools and complex numbers. Cost: a binary search per element, and one addition.
 */
export function histogram(x: Tensor, options: HistogramOptions = {}): Histogram {
  requireTensor("histogram", x);
  requireDType("histogram", x.dtype, "number");
  checkOptions("histogram", options, ["edges", "bins", "low", "high", "weights", "density"]);
  requireFlag("histogram", "density", options.density);
  if (options.weights !== undefined) requireWeights("histogram", options.weights, x);
  const edges = edgesOf(x, options);
  const values = cast(x, promote("histogram", x.dtype, edges.dtype));
  const bins = edges.size - 1;
  const last = slice(edges, [bins]);
  const bin = sub(countBelow(cast(edges, values.dtype), values, true), 1);
  const inside = where(equal(values, last), bins - 1, bin);
  const beyond = isFloat(values.dtype) ? logicalOr(isNaN(values), less(last, values)) : less(last, values);
  const counts = count(where(beyond, bins, inside), bins, options.weights);
  if (options.density !== true) return { counts, edges };
  const width = sub(slice(edges, [[1, bins + 1]]), slice(edges, [[0, bins]]));
  return { counts: div(div(counts, sumOver(counts, [0])), width), edges };
}
