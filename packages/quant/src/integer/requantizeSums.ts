/** From 32-bit sums to the packed codes of the next layer, where the sums are. */
import {
  ArgumentError,
  add,
  astype,
  bitwiseAnd,
  clip,
  concat,
  mul,
  reshape,
  round,
  sum,
  tensor,
  zeros,
} from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import { checkChoice, checkInteger, checkLength } from "../check.ts";
import type { Numbers } from "../check.ts";
import { integerRange } from "../formats/integer.ts";

/** Options of {@link requantizeSums}. */
export interface RequantizeOptions {
  /** M = sₐ·s_w/s_y of each row of the weight, as `requantizeFactor` gives it. */
  readonly factors: Numbers;
  /** Added to the sums of each row of the weight: the bias divided by sₐ·s_w, in integers. None when left out. */
  readonly bias?: Numbers;
  readonly type: "i8" | "u8";
  readonly zeroPoint: number;
  /** Whether negative outputs become 0; false when left out. */
  readonly relu?: boolean;
}

/**
 * Codes clamp(rhe(fl32(fl32(c + bias)·M)) + z) of sums [m, rows], packed as `int8Matmul` reads them: u32 [m, ⌈rows/4⌉],
 * bytes behind the last one zero. Bias, rectification, requantisation and packing are fused into one operation on the device of
 * the sums; no number leaves it between two layers. Bit-identical on all devices.
 * @throws ShapeError and ArgumentError for factors and biases that do not fit, and zero points outside the type
 */
export function requantizeSums(sums: Tensor, options: RequantizeOptions): Tensor<"u32"> {
  const name = "requantizeSums";
  const { factors, bias, type, zeroPoint, relu = false } = options;
  if (sums.ndim !== 2 || sums.dtype !== "i32") {
    throw new ArgumentError(
      `${name}: not the sums of a layer (got ${sums.dtype} of rank ${sums.ndim}, expected i32 [m, rows]).`,
    );
  }
  const [m, rows] = sums.shape;
  checkLength(name, "factors", factors, rows);
  checkChoice(name, "type", type, ["i8", "u8"]);
  const { lo, hi } = integerRange(name, type);
  checkInteger(name, "zeroPoint", zeroPoint, lo, hi);
  const { device } = sums;
  let c: Tensor = sums;
  if (bias !== undefined) {
    checkLength(name, "bias", bias, rows);
    for (const [i, v] of Array.from(bias).entries()) checkInteger(name, `bias[${i}]`, v, -(2 ** 31), 2 ** 31 - 1);
    c = add(c, tensor(Int32Array.from(bias), { device }));
  }
  const scaled = mul(astype(c, "f32"), tensor(Float32Array.from(factors), { device }));
  const least = relu ? zeroPoint : lo;
  const codes = astype(clip(add(round(scaled), zeroPoint), least, hi), "i32");
  const words = Math.ceil(rows / 4);
  const bytes = astype(bitwiseAnd(codes, 255), "u32");
  const missing = 4 * words - rows;
  const whole = missing === 0 ? bytes : concat([bytes, zeros([m, missing], { dtype: "u32", device })], 1);
  const places = tensor(Uint32Array.of(1, 256, 65_536, 16_777_216), { device });
  return sum(mul(reshape(whole, [m, words, 4]), places), { axis: 2 }) as Tensor<"u32">;
}
