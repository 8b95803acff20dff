/** From the range of values to scale and zero point. */
import { ArgumentError } from "@ansatz/tensor";
import { checkChoice, checkFinite, checkLength } from "../check.ts";
import type { Numbers } from "../check.ts";
import { clamp, roundHalfEven } from "../numbers.ts";
import type { AffineParameters } from "./affine.ts";
import { layoutOf } from "./granularity.ts";
import type { Granularity } from "./granularity.ts";
import { integerRange } from "./integer.ts";
import type { IntegerType } from "./integer.ts";

/** How a range becomes a scale. */
export interface RangeOptions {
  readonly type: IntegerType;
  /** Zero in the middle (scale from the largest absolute value) instead of a range from min to max. False by default. */
  readonly symmetric?: boolean;
  /**
   * `"onnx"` (default) divides the largest absolute value by the largest code; `"torch"` by half the number of steps
   * (127.5 for signed symmetric i8) and lets no scale fall below the float32 epsilon 2⁻²³, as torch's observers do.
   */
  readonly convention?: "onnx" | "torch";
  /** `"f64"` leaves the arithmetic in double precision, for models in f64. `"f32"` by default. */
  readonly precision?: "f32" | "f64";
}

/** Scale and zero point. */
export interface ScaleAndZero {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** Smaller scales would be subnormal. */
const SMALLEST_SCALE = 2 ** -126;

/** torch's observers let no scale fall below the float32 epsilon. */
const TORCH_SMALLEST = 2 ** -23;

/**
 * Scale and zero point for values in [min, max], first widened to contain 0.
 *
 * Asymmetric: s = fl32((max − min)/(hi − lo)), z = clamp(rhe(lo − min/s)). Symmetric, signed: s = fl32(maxabs/hi),
 * z = 0; the code lo is not used. Symmetric, unsigned: s = fl32(maxabs/⌊(hi − lo)/2⌋), z = (hi + 1)/2.
 * A range that is empty, or so small that the scale would be subnormal, gets scale 1.
 * @throws ArgumentError for min > max and for numbers that are not finite
 */
export function scaleOfRange(min: number, max: number, options: RangeOptions): ScaleAndZero {
  const name = "scaleOfRange";
  const { lo, hi, signed } = integerRange(name, options.type);
  checkFinite(name, "range", [min, max]);
  if (min > max) {
    throw new ArgumentError(`${name}: the range is reversed (got min ${min} and max ${max}, expected min <= max).`);
  }
  const fl =
    checkChoice(name, "precision", options.precision ?? "f32", ["f32", "f64"]) === "f32" ? Math.fround : Number;
  const low = fl(Math.min(min, 0));
  const high = fl(Math.max(max, 0));
  const torch = checkChoice(name, "convention", options.convention ?? "onnx", ["onnx", "torch"]) === "torch";
  if (options.symmetric === true) {
    const largest = Math.max(-low, high);
    const steps = signed ? (torch ? (hi - lo) / 2 : hi) : (hi - lo) >> 1;
    const found = fl(largest / steps);
    const scale = torch ? Math.max(found, TORCH_SMALLEST) : found;
    return { scale: scale >= SMALLEST_SCALE ? scale : 1, zeroPoint: signed ? 0 : (hi + 1) >> 1 };
  }
  const found = fl(fl(high - low) / (hi - lo));
  const scale = torch ? Math.max(found, TORCH_SMALLEST) : found;
  if (scale < SMALLEST_SCALE) return { scale: 1, zeroPoint: clamp(0, lo, hi) };
  return { scale, zeroPoint: clamp(roundHalfEven(lo - fl(low / scale)), lo, hi) };
}

/** Smallest and largest value of each part of a tensor. Throws for values that are not finite. */
export function rangesOf(
  x: Numbers,
  shape: readonly number[],
  granularity: Granularity,
): { readonly min: Float64Array; readonly max: Float64Array } {
  const layout = layoutOf("rangesOf", shape, granularity);
  checkLength("rangesOf", "x", x, layout.size);
  checkFinite("rangesOf", "x", x);
  const min = new Float64Array(layout.count).fill(Infinity);
  const max = new Float64Array(layout.count).fill(-Infinity);
  for (const { parameter, start, end } of layout.runs()) {
    for (let i = start; i < end; i++) {
      if (x[i] < min[parameter]) min[parameter] = x[i];
      if (x[i] > max[parameter]) max[parameter] = x[i];
    }
  }
  return { min, max };
}

/**
 * The affine quantiser whose ranges are those of the data itself ("round to nearest").
 * Parts that are all zero get scale 1. Errors as of {@link scaleOfRange}.
 */
export function fitAffine(
  x: Numbers,
  shape: readonly number[],
  options: RangeOptions & { readonly granularity?: Granularity },
): AffineParameters {
  const granularity = options.granularity ?? { per: "tensor" };
  const { min, max } = rangesOf(x, shape, granularity);
  const fitted = Array.from(min, (low, i) =>
    low > max[i] ? scaleOfRange(0, 0, options) : scaleOfRange(low, max[i], options),
  );
  return {
    type: options.type,
    granularity,
    scale: Float32Array.from(fitted, ({ scale }) => scale),
    zeroPoint: Int32Array.from(fitted, ({ zeroPoint }) => zeroPoint),
  };
}
