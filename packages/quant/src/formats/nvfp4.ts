/** NVFP4: blocks of 16 E2M1 numbers with an E4M3 scale, under one float32 scale of the tensor. */
import { ShapeError } from "@ansatz/tensor";
import { checkFinite, checkLength } from "../check.ts";
import type { Numbers } from "../check.ts";
import { decodeFloat, encodeFloat } from "./float.ts";

/** Elements of one block. */
export const NVFP4_BLOCK = 16;

/** Largest E4M3 number times largest E2M1 number. */
const LARGEST = 448 * 6;

/** A tensor in NVFP4. */
export interface Nvfp4 {
  /** fl32(largest |x| / 2688). */
  readonly tensorScale: number;
  /** E4M3 codes, one for each block. */
  readonly scales: Uint8Array<ArrayBuffer>;
  /** E2M1 codes, one for each element. */
  readonly codes: Uint8Array<ArrayBuffer>;
}

/**
 * A tensor in NVFP4. The scale of a block is e4m3(fl32(fl32(largest/6)/tensorScale)), saturating; elements are
 * e2m1(fl32(x/(scale·tensorScale))). Blocks whose scale rounds to 0 have codes 0.
 * @param x a multiple of 16 finite values
 * @throws ShapeError for an incomplete block; ArgumentError for values that are not finite
 */
export function encodeNvfp4(x: Numbers): Nvfp4 {
  checkFinite("encodeNvfp4", "x", x);
  if (x.length % NVFP4_BLOCK !== 0) {
    throw new ShapeError(
      `encodeNvfp4: blocks have ${NVFP4_BLOCK} elements (got ${x.length} numbers, expected a multiple).`,
    );
  }
  const values = Float32Array.from(x);
  const tensorScale = Math.fround(values.reduce((m, v) => Math.max(m, Math.abs(v)), 0) / LARGEST);
  const scales = new Uint8Array(x.length / NVFP4_BLOCK);
  const codes = new Uint8Array(x.length);
  if (tensorScale === 0) return { tensorScale, scales, codes };
  for (let b = 0; b < scales.length; b++) {
    const block = values.subarray(b * NVFP4_BLOCK, (b + 1) * NVFP4_BLOCK);
    const largest = block.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
    const wanted = Math.fround(Math.fround(largest / 6) / tensorScale);
    scales[b] = encodeFloat([wanted], "e4m3fn")[0];
    const scale = Math.fround(decodeFloat([scales[b]], "e4m3fn")[0] * tensorScale);
    if (scale > 0)
      codes.set(
        encodeFloat(
          block.map((v) => v / scale),
          "e2m1",
        ),
        b * NVFP4_BLOCK,
      );
  }
  return { tensorScale, scales, codes };
}

/** The float32 values fl32(element · fl32(block scale · tensor scale)). Throws for lengths that do not fit. */
export function decodeNvfp4({ tensorScale, scales, codes }: Nvfp4): Float32Array<ArrayBuffer> {
  checkLength("decodeNvfp4", "codes", codes, scales.length * NVFP4_BLOCK);
  const factors = decodeFloat(scales, "e4m3fn").map((s) => s * tensorScale);
  return decodeFloat(codes, "e2m1").map((v, i) => v * factors[Math.floor(i / NVFP4_BLOCK)]);
}
