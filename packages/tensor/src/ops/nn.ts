/** Compositions that networks are made of. None is a primitive: they fuse like everything else. */
import { isFloat } from "../dtype.ts";
import { checkOptions, ShapeError } from "../errors.ts";
import { normalizeAxes, normalizeAxis, showShape } from "../shape.ts";
import { stopGradient } from "../transform/vjp.ts";
import type { Operand, Tensor } from "../tensor.ts";
import { add, div, maximum, mul, sqrt, sub } from "./arith.ts";
import { where } from "./compare.ts";
import { cast } from "./elementwise.ts";
import { equal } from "./compare.ts";
import { exp, log, sigmoid } from "./math.ts";
import { erf } from "./special.ts";
import { max, mean, sum, variance, type ReduceOptions } from "./reduce.ts";

/** `max(x, 0)`. The derivative at 0 is 1/2. */
export function relu(x: Operand): Tensor {
  return maximum(x, 0);
}

/** `x * sigmoid(x)` (also called swish). */
export function silu(x: Tensor): Tensor {
  return mul(x, sigmoid(x));
}

/** Gaussian error linear unit `x * (1 + erf(x / sqrt 2)) / 2` (Hendrycks and Gimpel 2016), exact form. */
export function gelu(x: Tensor): Tensor {
  return mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1));
}

/** `log(sum(e^x))` over axes, without overflow. */
export function logsumexp(x: Tensor, options: ReduceOptions = {}): Tensor {
  checkOptions("logsumexp", options, ["axis", "keepDims"]);
  const axis = normalizeAxes("logsumexp", options.axis, x.ndim);
  const y = isFloat(x.dtype) ? x : cast(x, "f32");
  const m = stopGradient(max(y, { axis, keepDims: true }));
  // An infinite maximum is subtracted as 0: exp then gives 0 or Infinity by itself instead of NaN.
  const shift = where(equal(sub(m, m), 0), m, 0);
  const s = add(log(sum(exp(sub(y, shift)), { axis, keepDims: true })), shift);
  return options.keepDims === true ? s : sum(s, { axis });
}

/** `e^x / sum(e^x)` along an axis, the last by default. */
export function softmax(x: Tensor, axis = -1): Tensor {
  const d = normalizeAxis("softmax", axis, x.ndim);
  const y = isFloat(x.dtype) ? x : cast(x, "f32");
  const e = exp(sub(y, stopGradient(max(y, { axis: d, keepDims: true }))));
  return div(e, sum(e, { axis: d, keepDims: true }));
}

/** Logarithm of {@link softmax}, computed without cancellation. */
export function logSoftmax(x: Tensor, axis = -1): Tensor {
  const d = normalizeAxis("logSoftmax", axis, x.ndim);
  const y = isFloat(x.dtype) ? x : cast(x, "f32");
  const centred = sub(y, stopGradient(max(y, { axis: d, keepDims: true })));
  return sub(centred, log(sum(exp(centred), { axis: d, keepDims: true })));
}

/** Options of {@link layerNorm}. */
export interface LayerNormOptions {
  /** Multiplied after normalisation; broadcasts. */
  readonly scale?: Tensor;
  /** Added at the end; broadcasts. */
  readonly shift?: Tensor;
  /** Added to the variance; 1e-5 when left out. */
  readonly epsilon?: number;
}

/** `(x - mean) / sqrt(variance + epsilon) * scale + shift` over the given axes (Ba, Kiros and Hinton 2016). */
export function layerNorm(
  x: Tensor,
  axis: number | readonly number[] = -1,
  options: LayerNormOptions = {},
): Tensor {
  checkOptions("layerNorm", options, ["scale", "shift", "epsilon"]);
  const { scale, shift, epsilon = 1e-5 } = options;
  if (!(epsilon >= 0)) {
    throw new ShapeError(`layerNorm: epsilon must not be negative (got ${epsilon} for shape ${showShape(x.shape)}).`);
  }
  const axes = normalizeAxes("layerNorm", axis, x.ndim);
  const centred = sub(x, mean(x, { axis: axes, keepDims: true }));
  let y = div(centred, sqrt(add(variance(x, { axis: axes, keepDims: true }), epsilon)));
  if (scale !== undefined) y = mul(y, scale);
  if (shift !== undefined) y = add(y, shift);
  return y;
}
