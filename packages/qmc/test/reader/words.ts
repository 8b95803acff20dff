/** Integers as golden files write them, and words of 64 bits. */

/** A number of a golden file: above 2^53 as a hexadecimal text. */
export const toBig = (value: number | string): bigint => BigInt(value);

/** The same as what the package takes. */
export const toWhole = (value: number | string): number | bigint => (typeof value === "string" ? BigInt(value) : value);

/** Words of 64 bits as integers of `bits` digits. */
export function integersOf(words: { hi: Uint32Array; lo: Uint32Array }, bits: number): bigint[] {
  return Array.from(words.hi, (hi, i) => ((BigInt(hi) << 32n) | BigInt(words.lo[i])) >> BigInt(64 - bits));
}
