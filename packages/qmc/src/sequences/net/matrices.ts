/** Generating matrices of digital nets in base 2, as columns of up to 64 bits. */
import { ArgumentError } from "@ansatz/tensor";
import { checkInteger } from "../../check.ts";

/**
 * Generating matrices. Column c of coordinate j is the fraction (hi 2^32 + lo) 2^-64 at index j columns + c: its most
 * significant bit belongs to the first binary digit. Only the first `bits` digits may be ones.
 */
export interface NetMatrices {
  readonly dimension: number;
  /** Columns per coordinate: there are 2^columns points. */
  readonly columns: number;
  /** Number of binary digits, at most 64. */
  readonly bits: number;
  readonly hi: Uint32Array;
  readonly lo: Uint32Array;
}

/** Empty matrices. */
export function emptyMatrices(dimension: number, columns: number, bits: number): NetMatrices {
  const size = dimension * columns;
  return { dimension, columns, bits, hi: new Uint32Array(size), lo: new Uint32Array(size) };
}

/**
 * Matrices from integers.
 * @param matrices for each coordinate its columns, integers below 2^bits
 * @param bits digits of the integers
 * @param digits whether the first binary digit is the most significant bit (`"msb"`) or the least (`"lsb"`)
 */
export function matricesFromIntegers(
  name: string,
  matrices: readonly (readonly (number | bigint)[])[],
  bits: number,
  digits: "msb" | "lsb",
): NetMatrices {
  checkInteger(name, "bits", bits, 1, 64);
  if (matrices.length === 0) {
    throw new ArgumentError(
      `${name}: there are no generating matrices (got an empty list, expected one per coordinate).`,
    );
  }
  const columns = matrices[0].length;
  checkInteger(name, "the number of columns", columns, 1, 53);
  const out = emptyMatrices(matrices.length, columns, bits);
  matrices.forEach((matrix, j) => {
    if (matrix.length !== columns) {
      throw new ArgumentError(
        `${name}: the matrices differ in size (got ${matrix.length} columns for coordinate ${j}, expected ${columns}).`,
      );
    }
    matrix.forEach((value, c) => {
      storeInteger(name, value, bits, digits, out.hi, out.lo, j * columns + c);
    });
  });
  return out;
}

/** Writes an integer below 2^bits as a fraction of 64 bits. */
export function storeInteger(
  name: string,
  value: number | bigint,
  bits: number,
  digits: "msb" | "lsb",
  hi: Uint32Array,
  lo: Uint32Array,
  at: number,
): void {
  const whole = typeof value === "bigint" || Number.isSafeInteger(value) ? BigInt(value) : -1n;
  if (whole < 0n || whole >= 1n << BigInt(bits)) {
    throw new ArgumentError(
      `${name}: an integer does not fit (got ${String(value)}, expected 0 to 2^${bits} - 1; above 2^53 as a bigint).`,
    );
  }
  let word = whole << BigInt(64 - bits);
  if (digits === "lsb") {
    word = 0n;
    for (let b = 0; b < bits; b++) if ((whole >> BigInt(b)) & 1n) word |= 1n << BigInt(63 - b);
  }
  hi[at] = Number(word >> 32n);
  lo[at] = Number(word & 0xffffffffn);
}

/**
 * Interlaces alpha coordinates into one: digit a (from 0) of the result's coordinate j is digit floor(a / alpha) of
 * coordinate j alpha + a mod alpha. The result has min(alpha bits, 64) digits.
 * Source: J. Dick, SIAM J. Numer. Anal. 46 (2008).
 */
export function interlace(source: NetMatrices, alpha: number): NetMatrices {
  if (alpha === 1) return source;
  const { columns } = source;
  const bits = Math.min(64, alpha * source.bits);
  const out = emptyMatrices(source.dimension / alpha, columns, bits);
  const at = (j: number, c: number): number => j * columns + c;
  for (let j = 0; j < out.dimension; j++) {
    for (let c = 0; c < columns; c++) {
      const target = at(j, c);
      for (let a = 0; a < bits; a++) {
        const from = at(j * alpha + (a % alpha), c);
        if (bitOf(source.hi[from], source.lo[from], Math.floor(a / alpha)) === 0) continue;
        if (a < 32) out.hi[target] |= 1 << (31 - a);
        else out.lo[target] |= 1 << (63 - a);
      }
    }
  }
  return out;
}

/** Binary digit `a` (from 0) of a fraction of 64 bits. */
export function bitOf(hi: number, lo: number, a: number): 0 | 1 {
  return ((a < 32 ? hi >>> (31 - a) : lo >>> (63 - a)) & 1) as 0 | 1;
}

/** The matrices with `bits` digits: cut, or followed by zeros. */
export function withBits(source: NetMatrices, bits: number): NetMatrices {
  if (bits >= source.bits) return { ...source, bits };
  const [keepHi, keepLo] = digitMask(bits);
  return { ...source, bits, hi: source.hi.map((v) => v & keepHi), lo: source.lo.map((v) => v & keepLo) };
}

/** Masks of the first `bits` digits in both words. */
export function digitMask(bits: number): [number, number] {
  // A shift by 32 would be one by 0.
  const hi = bits >= 32 ? 0xffffffff : bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0;
  const lo = bits <= 32 ? 0 : bits >= 64 ? 0xffffffff : (0xffffffff << (64 - bits)) >>> 0;
  return [hi, lo];
}
