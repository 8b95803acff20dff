/**
 * Maps of the digits of an index: coordinates of sequences in any base are x = sum_k y_k b^-(k+1), where the digits y come
 * from the digits a of the index (least significant first).
 */
import type { Key } from "@ansatz/tensor/random";
import { boundedBelow, randomPermutation, randomWords } from "../../words.ts";

/** Maps digits a[0 … T-1] to digits y[0 … T-1]. */
export type DigitMap = (a: Int32Array, y: Int32Array) => void;

/** A map that treats every position by itself: digit a at position k becomes table[k b + a]. */
export interface PositionMap {
  readonly table: Int32Array;
}

/** Number of digits in base b that fit into 52 bits. */
export function digitCount(base: number): number {
  let count = 0;
  for (let power = base; power <= 2 ** 52; power *= base) count++;
  return Math.max(1, count);
}

/** y_k = a_k. */
export function identityMap(base: number, digits: number): PositionMap {
  return { table: Int32Array.from({ length: base * digits }, (_, i) => i % base) };
}

/** A permutation for each position. */
export function permutationMap(base: number, digits: number, permutations: readonly ArrayLike<number>[]): PositionMap {
  const table = new Int32Array(base * digits);
  for (let k = 0; k < digits; k++) table.set(Array.from(permutations[k]), k * base);
  return { table };
}

/** Independent uniform permutations, one for each position. */
export function randomPermutations(key: Key, base: number, digits: number): Uint32Array[] {
  return key.split(digits).map((one) => randomPermutation(one, base));
}

/** y_k = (f a_k + s_k) mod b. */
export function affineMap(base: number, digits: number, factor: number, shift: ArrayLike<number>): PositionMap {
  return {
    table: Int32Array.from(
      { length: base * digits },
      (_, i) => (factor * (i % base) + shift[Math.floor(i / base)]) % base,
    ),
  };
}

/** Uniform digits. */
export function randomDigits(key: Key, base: number, digits: number): number[] {
  return Array.from(randomWords(key, digits), (word) => boundedBelow(word, base));
}

/** A random lower-triangular matrix with a non-zero diagonal. */
export function randomTriangle(key: Key, base: number, digits: number): number[][] {
  return key.split(digits).map((one, row) => {
    const words = randomWords(one, row + 1);
    return Array.from({ length: digits }, (_, column) => {
      if (column > row) return 0;
      return column === row ? 1 + boundedBelow(words[row], base - 1) : boundedBelow(words[column], base);
    });
  });
}

/** y = (M a + s) mod b, with s = 0 when left out. */
export interface LinearMap {
  readonly matrix: readonly ArrayLike<number>[];
  readonly shift: ArrayLike<number> | undefined;
}

/** First one matrix, then a map: (M (C a) + s) mod b. */
export function compose({ matrix, shift }: LinearMap, first: readonly ArrayLike<number>[], base: number): LinearMap {
  const digits = matrix.length;
  const product = Array.from({ length: digits }, (_, r) =>
    Float64Array.from({ length: digits }, (__, c) => {
      let sum = 0;
      for (let k = 0; k < digits; k++) sum = (sum + matrix[r][k] * first[k][c]) % base;
      return sum;
    }),
  );
  return { matrix: product, shift };
}

/** A {@link LinearMap} as a {@link DigitMap}. */
export function linear(base: number, { matrix, shift }: LinearMap): DigitMap {
  const digits = matrix.length;
  const flat = new Float64Array(digits * digits);
  matrix.forEach((row, r) => {
    for (let c = 0; c < digits; c++) flat[r * digits + c] = row[c];
  });
  return (a, y) => {
    let used = digits;
    while (used > 0 && a[used - 1] === 0) used--;
    for (let r = 0; r < digits; r++) {
      let sum = shift === undefined ? 0 : shift[r];
      for (let c = 0; c < used; c++) sum += flat[r * digits + c] * a[c];
      y[r] = sum % base;
    }
  };
}

/** Composition: first the matrix, then a map of the digits. */
export function chain(first: DigitMap, second: DigitMap, digits: number): DigitMap {
  const middle = new Int32Array(digits);
  return (a, y) => {
    first(a, middle);
    second(middle, y);
  };
}

/** A {@link PositionMap} as a {@link DigitMap}. */
export function positionwise(map: PositionMap, base: number): DigitMap {
  return (a, y) => {
    for (let k = 0; k < y.length; k++) y[k] = map.table[k * base + a[k]];
  };
}
