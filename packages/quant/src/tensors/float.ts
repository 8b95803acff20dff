/** Small floats under a scale of the tensor. */
import { ArgumentError } from "@ansatz/tensor";
import { checkFinite, checkLength, sizeOf } from "../check.ts";
import { FP8_PAPER } from "../citation.ts";
import { decodeFloat, encodeFloat, floatInfo, roundToFloat } from "../formats/float.ts";
import type { FloatFormat } from "../formats/float.ts";
import type { TensorFormat } from "./base.ts";

/**
 * A format of 4 to 8 bits with one float32 scale: s = fl32(largest |x| / largest number of the format), codes of
 * fl32(x/s). A tensor of zeros has scale 1.
 * @throws ShapeError for x of another length; ArgumentError for x out of range, or when the format is too wide
 */
export function floatFormat(format: Exclude<FloatFormat, "f16" | "bf16">): TensorFormat {
  const { bits } = floatInfo("floatFormat", format);
  if (bits > 8) {
    throw new ArgumentError(`floatFormat: the format is too wide (got ${format}, expected one of up to 8 bits).`);
  }
  const largest = roundToFloat(Infinity, format);
  return {
    name: `${format} tensor`,
    bits,
    signed: false,
    encode(x, shape) {
      checkLength("floatFormat", "x", x, sizeOf("floatFormat", shape));
      checkFinite("floatFormat", "x", x);
      const values = Float32Array.from(x);
      const fitted = Math.fround(values.reduce((m, v) => Math.max(m, Math.abs(v)), 0) / largest);
      const scale = fitted >= 2 ** -126 ? fitted : 1;
      return {
        codes: encodeFloat(
          values.map((v) => v / scale),
          format,
        ) as Uint8Array,
        scale: Float32Array.of(scale),
      };
    },
    decode({ codes, scale }) {
      return decodeFloat(codes, format).map((v) => v * scale[0]);
    },
    citation: FP8_PAPER,
  };
}
