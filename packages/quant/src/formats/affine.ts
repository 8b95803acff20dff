/** Affine quantisation: integers q with x ≈ (q − z)·s, by the rules of ONNX. */
import { ArgumentError } from "@ansatz/tensor";
import { checkChoice, checkInteger, checkLength, checkNoNaN } from "../check.ts";
import type { Numbers } from "../check.ts";
import { clamp, roundHalfEven } from "../numbers.ts";
import { layoutOf } from "./granularity.ts";
import type { Granularity } from "./granularity.ts";
import { integerRange } from "./integer.ts";
import type { IntegerType } from "./integer.ts";

/** How a quotient is formed before it is rounded: ONNX divides, torch multiplies by the rounded reciprocal. */
export type Rounding = "onnx" | "torchReciprocal";

/** An affine quantiser of a tensor. */
export interface AffineParameters {
  readonly type: IntegerType;
  /** One float32 scale for each part of the granularity, positive and normal. */
  readonly scale: Numbers;
  /** One integer in the type's range for each part. */
  readonly zeroPoint: Numbers;
  /** The whole tensor when left out. */
  readonly granularity?: Granularity;
}

/** Smallest normal float32. */
const SMALLEST_SCALE = 2 ** -126;

const WHOLE: Granularity = { per: "tensor" };

/** Throws unless a scale is a positive, normal, finite float32. */
export function checkScales(name: string, scale: Numbers): void {
  for (let i = 0; i < scale.length; i++) {
    const s = Math.fround(scale[i]);
    if (!(s >= SMALLEST_SCALE && s < Infinity)) {
      throw new ArgumentError(
        `${name}: scale ${i} cannot be used (got ${scale[i]}, expected a finite float32 >= 2^-126).`,
      );
    }
  }
}

function checkParameters(name: string, p: AffineParameters, count: number): void {
  const { lo, hi } = integerRange(name, p.type);
  checkLength(name, "scale", p.scale, count);
  checkLength(name, "zeroPoint", p.zeroPoint, count);
  checkScales(name, p.scale);
  for (let i = 0; i < count; i++) checkInteger(name, `zeroPoint ${i}`, p.zeroPoint[i], lo, hi);
}

/**
 * Codes q = clamp(rhe(fl32(x/s)) + z, lo, hi): division in float32, ties to even, saturation. Infinities saturate.
 *
 * `rounding: "torchReciprocal"` computes fl32(x·fl32(1/s)) instead, as torch does; the two differ next to ties.
 * @param x float32 values in row-major order (rounded to float32 first)
 * @returns one code for each element, as Int8Array (signed types) or Uint8Array
 * @throws ArgumentError for NaN and for scales that are not positive normal numbers; ShapeError for wrong lengths
 * @see ONNX operator QuantizeLinear
 */
export function quantizeAffine(
  x: Numbers,
  shape: readonly number[],
  parameters: AffineParameters,
  rounding: Rounding = "onnx",
): Int8Array | Uint8Array {
  const name = "quantizeAffine";
  const layout = layoutOf(name, shape, parameters.granularity ?? WHOLE);
  checkLength(name, "x", x, layout.size);
  checkParameters(name, parameters, layout.count);
  checkChoice(name, "rounding", rounding, ["onnx", "torchReciprocal"]);
  checkNoNaN(name, "x", x);
  const { lo, hi, signed } = integerRange(name, parameters.type);
  const codes = signed ? new Int8Array(layout.size) : new Uint8Array(layout.size);
  for (const { parameter, start, end } of layout.runs()) {
    const s = Math.fround(parameters.scale[parameter]);
    const inverse = Math.fround(1 / s);
    const z = parameters.zeroPoint[parameter];
    for (let i = start; i < end; i++) {
      const v = Math.fround(x[i]);
      const quotient = Math.fround(rounding === "onnx" ? v / s : v * inverse);
      codes[i] = clamp(roundHalfEven(quotient) + z, lo, hi);
    }
  }
  return codes;
}

/**
 * The float32 values fl32((q − z)·s) of codes.
 * @throws ArgumentError for codes outside the type's range and unusable scales; ShapeError for wrong lengths
 * @see ONNX operator DequantizeLinear
 */
export function dequantizeAffine(
  codes: Numbers,
  shape: readonly number[],
  parameters: AffineParameters,
): Float32Array<ArrayBuffer> {
  const name = "dequantizeAffine";
  const layout = layoutOf(name, shape, parameters.granularity ?? WHOLE);
  checkLength(name, "codes", codes, layout.size);
  checkParameters(name, parameters, layout.count);
  const { lo, hi } = integerRange(name, parameters.type);
  const x = new Float32Array(layout.size);
  for (const { parameter, start, end } of layout.runs()) {
    const s = Math.fround(parameters.scale[parameter]);
    const z = parameters.zeroPoint[parameter];
    for (let i = start; i < end; i++) {
      if (!(codes[i] >= lo && codes[i] <= hi)) checkInteger(name, `code ${i}`, codes[i], lo, hi);
      x[i] = (codes[i] - z) * s;
    }
  }
  return x;
}

/** What {@link fakeQuantize} returns. */
export interface FakeQuantized {
  /** The values after quantisation and dequantisation. */
  readonly values: Float32Array<ArrayBuffer>;
  /** 1 where the value was inside the range of codes, 0 where it saturated: the straight-through gradient. */
  readonly mask: Uint8Array<ArrayBuffer>;
}

/**
 * Quantise and dequantise at once, with the mask of the straight-through gradient: d(values)/dx is taken to be `mask`.
 * Errors as of {@link quantizeAffine}.
 * @see Bengio, Léonard & Courville 2013 (straight-through estimator)
 */
export function fakeQuantize(x: Numbers, shape: readonly number[], parameters: AffineParameters): FakeQuantized {
  const values = dequantizeAffine(quantizeAffine(x, shape, parameters), shape, parameters);
  const { lo, hi } = integerRange("fakeQuantize", parameters.type);
  const mask = new Uint8Array(values.length);
  for (const { parameter, start, end } of layoutOf("fakeQuantize", shape, parameters.granularity ?? WHOLE).runs()) {
    const s = Math.fround(parameters.scale[parameter]);
    const z = parameters.zeroPoint[parameter];
    for (let i = start; i < end; i++) {
      const code = roundHalfEven(Math.fround(Math.fround(x[i]) / s)) + z;
      mask[i] = code >= lo && code <= hi ? 1 : 0;
    }
  }
  return { values, mask };
}
