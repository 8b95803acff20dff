/** Compositions that networks are made of. None is a primitive: they fuse like everything else. */
import { expOrZero } from "../kernel/math/exp.ts";
import { isFloat } from "../dtype.ts";
import { ArgumentError, checkOptions, requireFlag, ShapeError, show } from "../errors.ts";
import { broadcastShapes, normalizeAxes, normalizeAxis, showShape } from "../shape.ts";
import { requireTensor, type Operand, type Tensor } from "../tensor.ts";
import { add, div, maximum, mul, sqrt, square, sub } from "./arith.ts";
import { equal, where } from "./compare.ts";
import { apply1, cast, defineElementwise, requireOperand, type ElementwiseOp } from "./elementwise.ts";
import { exp, log, sigmoid } from "./math.ts";
import { erf } from "./special.ts";
import { mean, peak, sum, type ReduceOptions } from "./reduce.ts";

/** `max(x, 0)`. The derivative at 0 is 1/2. */
export function relu(x: Operand): Tensor {
  requireOperand("relu", x);
  return maximum(x, 0);
}

/** `x * sigmoid(x)` (also called swish); integers and bools give f32. Source: Hendrycks and Gimpel 2016, Ramachandran et al. 2017. */
export function silu(x: Tensor): Tensor {
  requireTensor("silu", x);
  return mul(x, sigmoid(x));
}

/**
 * Gaussian error linear unit `x * (1 + erf(x / sqrt 2)) / 2`, exact form; integers and bools give f32.
 * Source: Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415.
 */
export function gelu(x: Tensor): Tensor {
  requireTensor("gelu", x);
  return mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1));
}

/**
 * `log(sum(e^x))` over axes (all by default), without overflow; integers and bools give f32. Over nothing it is -Infinity.
 * @throws ShapeError for an axis out of range
 */
export function logsumexp(x: Tensor, options: ReduceOptions = {}): Tensor {
  requireTensor("logsumexp", x);
  checkOptions("logsumexp", options, ["axis", "keepDims"]);
  requireFlag("logsumexp", "keepDims", options.keepDims);
  const axis = normalizeAxes("logsumexp", options.axis, x.ndim);
  const y = floating(x);
  if (axis.some((d) => x.shape[d] === 0)) return log(sum(y, { axis, keepDims: options.keepDims }));
  const m = peak(y, axis);
  // An infinite maximum is subtracted as 0: exp then gives 0 or Infinity by itself instead of NaN.
  const shift = where(equal(sub(m, m), 0), m, 0);
  const s = add(log(sum(exp(sub(y, shift)), { axis, keepDims: true })), shift);
  return options.keepDims === true ? s : sum(s, { axis });
}

/** The exponential of what is at most 0, where it is a normal number, and 0 elsewhere. */
const EXP_BELOW: ElementwiseOp = /*@__PURE__*/ defineElementwise({
  name: "expBelow",
  accepts: "float",
  cost: 15,
  lower: expOrZero,
  vjp: [(g, out) => mul(g, out)],
});

function floating(x: Tensor): Tensor {
  return isFloat(x.dtype) ? x : cast(x, "f32");
}

/** `x` as floats and `x - max` along an axis; null for the maximum of nothing. */
function centred(name: string, x: Tensor, axis: number): { axis: number; y: Tensor; shifted: Tensor | null } {
  requireTensor(name, x);
  const d = normalizeAxis(name, axis, x.ndim);
  const y = floating(x);
  const shifted = x.size === 0 ? null : sub(y, peak(y, [d]));
  return { axis: d, y, shifted };
}

/**
 * `e^x / sum(e^x)` along an axis, the last by default; integers and bools give f32. Where `e^(x - max)` is no normal number,
 * the result is 0 (or nearly so).
 * @throws ShapeError for a scalar
 */
export function softmax(x: Tensor, axis = -1): Tensor {
  const { axis: d, y, shifted } = centred("softmax", x, axis);
  if (shifted === null) return exp(y);
  const e = apply1(EXP_BELOW, shifted);
  // One division per row.
  return mul(e, div(1, sum(e, { axis: d, keepDims: true })));
}

/** Logarithm of {@link softmax}, computed without cancellation: `x - max - log(sum(e^(x - max)))`. */
export function logSoftmax(x: Tensor, axis = -1): Tensor {
  const { axis: d, y, shifted } = centred("logSoftmax", x, axis);
  if (shifted === null) return exp(y);
  return sub(shifted, log(sum(apply1(EXP_BELOW, shifted), { axis: d, keepDims: true })));
}

/** Options of {@link layerNorm}. */
export interface LayerNormOptions {
  /** Multiplied after normalisation; broadcasts to the shape of x. */
  readonly scale?: Tensor;
  /** Added at the end; broadcasts to the shape of x. */
  readonly shift?: Tensor;
  /** Added to the variance; 1e-5 when left out. */
  readonly epsilon?: number;
}

/**
 * `(x - mean) / sqrt(variance + epsilon) * scale + shift` over the given axes, the last by default; the variance is that of
 * the population. Integers and bools give f32. Source: Ba, Kiros and Hinton 2016, https://arxiv.org/abs/1607.06450.
 * @throws ShapeError when scale or shift do not broadcast to the shape of x, or there is nothing to average
 */
export function layerNorm(x: Tensor, axis: number | readonly number[] = -1, options: LayerNormOptions = {}): Tensor {
  requireTensor("layerNorm", x);
  checkOptions("layerNorm", options, ["scale", "shift", "epsilon"]);
  const { scale, shift, epsilon = 1e-5 } = options;
  if (typeof epsilon !== "number" || !(epsilon >= 0)) {
    throw new ArgumentError(`layerNorm: epsilon must be a number from 0 on (got ${show(epsilon)}).`);
  }
  for (const [what, t] of [
    ["scale", scale],
    ["shift", shift],
  ] as const) {
    if (t === undefined) continue;
    requireTensor("layerNorm", t, what);
    if (broadcastShapes("layerNorm", x.s, t.s) !== x.s) {
      throw new ShapeError(
        `layerNorm: ${what} does not fit (got ${showShape(t.shape)}, expected something that broadcasts to ${showShape(x.shape)}).`,
      );
    }
  }
  const axes = normalizeAxes("layerNorm", axis, x.ndim);
  if (axes.some((d) => x.shape[d] === 0)) {
    throw new ShapeError(`layerNorm: nothing to average (got shape ${showShape(x.shape)}, expected non-empty axes).`);
  }
  const away = sub(x, mean(x, { axis: axes, keepDims: true }));
  // One division per row.
  let y = mul(away, div(1, sqrt(add(mean(square(away), { axis: axes, keepDims: true }), epsilon))));
  if (scale !== undefined) y = mul(y, scale);
  if (shift !== undefined) y = add(y, shift);
  return y;
}
