/**
 * Logarithms, ratios and derivatives of the modified Bessel functions I_v and K_v, of numbers and of tensors.
 *
 * With a tensor as order, argument or both (f32 or f64, broadcast against each other) the result is a tensor, computed by one
 * kernel on the tensor's device; it can be differentiated in the argument, as often as wanted, but not in the order. What is
 * refused for numbers gives NaN there.
 */
import { ArgumentError, isTensor, type Tensor } from "@ansatz/tensor";
import { besselTensor } from "./besselTensors.ts";
import { smallLogI, smallLogK, smallRatioI, smallRatioK } from "./besselSmall.ts";
import { debyeLog, debyeRatioI, debyeRatioK, isInside, LOG_REGION, RATIO_REGION } from "./debye.ts";

/** The order that stands for v: K is even in v, I for integers. */
function orderOf(name: string, v: number, even: boolean): number {
  if (Number.isNaN(v)) return v;
  if (v >= 0) return v;
  if (even || Number.isInteger(v)) return -v;
  throw new ArgumentError(
    `${name}: negative orders must be integers (got v = ${v}, expected v >= 0 or an integer). ` +
      `I_-v = I_v + 2 / pi sin(v pi) K_v.`,
  );
}

/**
 * log I_v(x) for v >= 0 (or a negative integer) and x >= 0.
 *
 * Error at most a few units of 2^-52 max(1, |value|, sqrt(v^2 + x^2)), which is the conditioning of the function; nothing overflows.
 * x = 0 gives 0 for v = 0 and -Infinity for others; x < 0 and NaN give NaN.
 * Regions: v >= 13 or x >= 21 Debye's expansion (16 terms), else the power series.
 * @throws ArgumentError for negative orders that are no integers
 * Sources: DLMF 10.25, 10.32, 10.41; A. Plesner, H. H. B. Sørensen, S. Hauberg, arXiv 2409.08729.
 */
export function logBesselI(v: number, x: number): number;
export function logBesselI(v: Tensor | number, x: Tensor | number): Tensor;
export function logBesselI(v: Tensor | number, x: Tensor | number): Tensor | number {
  if (isTensor(v) || isTensor(x)) return besselTensor("logI", "logBesselI", v, x);
  const order = orderOf("logBesselI", v, false);
  if (!(x > 0)) return x === 0 && order >= 0 ? (order === 0 ? 0 : -Infinity) : Number.NaN;
  if (x === Infinity) return order < Infinity ? Infinity : Number.NaN;
  return isInside(LOG_REGION, order, x) ? debyeLog(order, x, 1) : smallLogI(order, x);
}

/**
 * log K_v(x) for any v and x >= 0; the error is that of {@link logBesselI}.
 * x = 0 gives Infinity; x < 0 and NaN give NaN.
 * Regions: v >= 13 or x >= 21 Debye's expansion, x < 1e-17 the leading terms at 0, else a trapezoidal rule.
 */
export function logBesselK(v: number, x: number): number;
export function logBesselK(v: Tensor | number, x: Tensor | number): Tensor;
export function logBesselK(v: Tensor | number, x: Tensor | number): Tensor | number {
  if (isTensor(v) || isTensor(x)) return besselTensor("logK", "logBesselK", v, x);
  const order = orderOf("logBesselK", v, true);
  if (!(x > 0)) return x === 0 && order >= 0 ? Infinity : Number.NaN;
  if (x === Infinity) return order < Infinity ? -Infinity : Number.NaN;
  return isInside(LOG_REGION, order, x) ? debyeLog(order, x, -1) : smallLogK(order, x);
}

/**
 * I_(v+1)(x) / I_v(x) for v >= 0, x >= 0, to about 1e-15: not through logarithms, which would lose as many digits as they have before
 * the point.
 * @throws ArgumentError for v < 0
 * @throws ArgumentError when the order is negative
 */
export function besselRatioI(v: number, x: number): number;
export function besselRatioI(v: Tensor | number, x: Tensor | number): Tensor;
export function besselRatioI(v: Tensor | number, x: Tensor | number): Tensor | number {
  if (isTensor(v) || isTensor(x)) return besselTensor("ratioI", "besselRatioI", v, x);
  if (v < 0) throw new ArgumentError(`besselRatioI: the order is negative (got v = ${v}, expected v >= 0).`);
  if (!(x > 0)) return x === 0 && v >= 0 ? 0 : Number.NaN;
  return isInside(RATIO_REGION, v, x) ? debyeRatioI(v, x) : smallRatioI(v, x);
}

/**
 * K_(v+1)(x) / K_v(x) for v >= 0, x >= 0, to about 5e-14.
 * @throws ArgumentError for v < 0
 * @throws ArgumentError when the order is negative
 */
export function besselRatioK(v: number, x: number): number;
export function besselRatioK(v: Tensor | number, x: Tensor | number): Tensor;
export function besselRatioK(v: Tensor | number, x: Tensor | number): Tensor | number {
  if (isTensor(v) || isTensor(x)) return besselTensor("ratioK", "besselRatioK", v, x);
  if (v < 0) throw new ArgumentError(`besselRatioK: the order is negative (got v = ${v}, expected v >= 0).`);
  if (!(x > 0)) return x === 0 && v >= 0 ? Infinity : Number.NaN;
  return isInside(RATIO_REGION, v, x) ? debyeRatioK(v, x) : smallRatioK(v, x);
}

/** d/dx log I_v(x) = I_(v+1) / I_v + v / x. */
export function logBesselISlope(v: number, x: number): number {
  const order = orderOf("logBesselISlope", v, false);
  return besselRatioI(order, x) + (order === 0 ? 0 : order / x);
}

/** d/dx log K_v(x) = v / x - K_(v+1) / K_v. */
export function logBesselKSlope(v: number, x: number): number {
  const order = orderOf("logBesselKSlope", v, true);
  return (order === 0 ? 0 : order / x) - besselRatioK(order, x);
}
