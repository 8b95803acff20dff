/** NF4: sixteen levels at quantiles of the normal distribution, for blocks scaled by their largest absolute value. */
import { ArgumentError } from "@ansatz/tensor";
import type { Numbers } from "../check.ts";

/** The float32 levels of NF4, in the order of their codes. */
export const NF4_LEVELS: Float32Array = Float32Array.of(
  -1,
  -0.6961928009986877,
  -0.5250730514526367,
  -0.39491748809814453,
  -0.28444138169288635,
  -0.18477343022823334,
  -0.09105003625154495,
  0,
  0.07958029955625534,
  0.16093020141124725,
  0.24611230194568634,
  0.33791524171829224,
  0.44070982933044434,
  0.5626170039176941,
  0.7229568362236023,
  1,
);

/**
 * Codes of the nearest levels for x already divided by the largest absolute value of its block. A value exactly between
 * two levels takes the lower code; values beyond ±1 saturate.
 * @throws ArgumentError for NaN
 * @see Dettmers, Pagnoni, Holtzman & Zettlemoyer 2023 (QLoRA), section 3
 */
export function encodeNf4(x: Numbers): Uint8Array<ArrayBuffer> {
  const codes = new Uint8Array(x.length);
  for (let i = 0; i < x.length; i++) {
    if (Number.isNaN(x[i]))
      throw new ArgumentError(`encodeNf4: x has a NaN (got NaN at index ${i}, expected numbers).`);
    let code = 0;
    while (code < 15 && x[i] > (NF4_LEVELS[code] + NF4_LEVELS[code + 1]) / 2) code++;
    codes[i] = code;
  }
  return codes;
}

/** The levels of codes 0 to 15. Throws for other codes. */
export function decodeNf4(codes: Numbers): Float32Array<ArrayBuffer> {
  return Float32Array.from(codes, (code) => {
    if (!(code in NF4_LEVELS)) throw new ArgumentError(`decodeNf4: not a code (got ${code}, expected 0...15).`);
    return NF4_LEVELS[code];
  });
}
