/** Microscaling (MX) blocks: 32 small numbers that share a power of two. */
import { ShapeError } from "@ansatz/tensor";
import { checkChoice, checkFinite, checkLength } from "../check.ts";
import type { Numbers } from "../check.ts";
import { clamp, exponentOf, powerOfTwo, roundHalfEven } from "../numbers.ts";
import { decodeE8m0 } from "./e8m0.ts";
import { decodeFloat, encodeFloat } from "./float.ts";
import type { FloatFormat } from "./float.ts";

/** Element types of MX blocks. */
export type MxElement = "e4m3fn" | "e5m2" | "e3m2" | "e2m3" | "e2m1" | "int8";

/** Exponent of each element type's largest power of two. */
export const MX_ELEMENTS: Readonly<Record<MxElement, number>> = {
  e4m3fn: 8,
  e5m2: 15,
  e3m2: 4,
  e2m3: 2,
  e2m1: 2,
  int8: 0,
};

/** Elements of one block. */
export const MX_BLOCK = 32;

/** Blocks in memory: one scale byte each, and one code for each element (int8 elements as two's complement bytes). */
export interface MxBlocks {
  readonly element: MxElement;
  readonly scales: Uint8Array<ArrayBuffer>;
  readonly codes: Uint8Array<ArrayBuffer>;
}

function checkElement(name: string, element: MxElement): void {
  checkChoice(name, "element", element, Object.keys(MX_ELEMENTS) as MxElement[]);
}

/**
 * Consecutive blocks of 32 values as MX blocks: X = 2^(⌊log₂ max|x|⌋ − emax), exponent limited to [−127, 127], and
 * elements x/X rounded to nearest even, saturating. MXINT8 elements are rhe(64·x/X)/64 with codes −127…127.
 * A block of zeros has scale byte 0 and codes 0.
 * @param x a multiple of 32 finite values
 * @throws ShapeError for an incomplete block; ArgumentError for values that are not finite
 * @see OCP Microscaling Formats v1.0, sections 5.2 and 6.3
 */
export function encodeMx(x: Numbers, element: MxElement): MxBlocks {
  checkElement("encodeMx", element);
  checkFinite("encodeMx", "x", x);
  if (x.length % MX_BLOCK !== 0) {
    throw new ShapeError(`encodeMx: blocks have ${MX_BLOCK} elements (got ${x.length} numbers, expected a multiple).`);
  }
  const scales = new Uint8Array(x.length / MX_BLOCK);
  const codes = new Uint8Array(x.length);
  for (let b = 0; b < scales.length; b++) {
    const block = Float64Array.from({ length: MX_BLOCK }, (_, i) => Math.fround(x[b * MX_BLOCK + i]));
    const largest = block.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
    if (largest === 0) continue;
    const exponent = clamp(exponentOf(largest) - MX_ELEMENTS[element], -127, 127);
    scales[b] = exponent + 127;
    const scale = powerOfTwo(exponent);
    const scaled = block.map((v) => v / scale);
    codes.set(
      element === "int8"
        ? scaled.map((v) => clamp(roundHalfEven(64 * v), -127, 127) & 255)
        : encodeFloat(scaled, element satisfies FloatFormat),
      b * MX_BLOCK,
    );
  }
  return { element, scales, codes };
}

/** The values of MX blocks, in float32. NaN for blocks with scale byte 255. Throws for lengths that do not fit. */
export function decodeMx({ element, scales, codes }: MxBlocks): Float32Array<ArrayBuffer> {
  checkElement("decodeMx", element);
  checkLength("decodeMx", "codes", codes, scales.length * MX_BLOCK);
  const values =
    element === "int8" ? Float32Array.from(codes, (code) => ((code << 24) >> 24) / 64) : decodeFloat(codes, element);
  return values.map((v, i) => v * decodeE8m0(scales[Math.floor(i / MX_BLOCK)]));
}
