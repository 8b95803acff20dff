/** Integers with scales and zero points as a tensor format. */
import { ONNX_OPERATORS } from "../citation.ts";
import { dequantizeAffine, quantizeAffine } from "../formats/affine.ts";
import type { Rounding } from "../formats/affine.ts";
import type { Granularity } from "../formats/granularity.ts";
import { integerRange } from "../formats/integer.ts";
import { fitAffine } from "../formats/range.ts";
import type { RangeOptions } from "../formats/range.ts";
import type { TensorFormat } from "./base.ts";

/** Options of {@link affineFormat}. */
export interface AffineFormatOptions extends RangeOptions {
  /** The whole tensor when left out. */
  readonly granularity?: Granularity;
  readonly rounding?: Rounding;
}

/** Integers of 2 to 8 bits whose ranges are those of the data, at the given granularity. */
export function affineFormat(options: AffineFormatOptions): TensorFormat {
  const { type, symmetric = false, granularity = { per: "tensor" }, rounding = "onnx" } = options;
  const { bits, signed } = integerRange("affineFormat", type);
  const part = granularity.per === "group" ? `g${granularity.group}` : granularity.per;
  return {
    name: `${type} ${symmetric ? "sym" : "asym"} ${part}`,
    bits,
    signed,
    encode(x, shape) {
      const parameters = fitAffine(x, shape, { ...options, granularity });
      return {
        codes: quantizeAffine(x, shape, parameters, rounding),
        scale: Float32Array.from(parameters.scale),
        zeroPoint: Int32Array.from(parameters.zeroPoint),
      };
    },
    decode({ codes, scale, zeroPoint }, shape) {
      const zeros = zeroPoint ?? new Int32Array(scale.length);
      return dequantizeAffine(codes, shape, { type, scale, zeroPoint: zeros, granularity });
    },
    citation: ONNX_OPERATORS,
  };
}
