/** Random words, numbers and permutations for the set-up of randomisations, from keys. */
import { ArgumentError } from "@ansatz/tensor";
import type { Key } from "@ansatz/tensor/random";

/** `count` independent words of 32 bits; word i depends on the key and on i alone. */
export function randomWords(key: Key, count: number): Uint32Array {
  const out = new Uint32Array(count);
  for (let i = 0; i < count; i += 2) {
    const pair = key.fold(i / 2);
    out[i] = pair.k0;
    if (i + 1 < count) out[i + 1] = pair.k1;
  }
  return out;
}

/** `count` numbers k 2^-53 in [0, 1). */
export function randomUniforms(key: Key, count: number): Float64Array {
  const out = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const pair = key.fold(i);
    out[i] = pair.k0 * 2 ** -32 + (pair.k1 >>> 11) * 2 ** -53;
  }
  return out;
}

/** An integer in [0, bound) from a word; the bias is below bound / 2^32. */
export function boundedBelow(word: number, bound: number): number {
  return Math.floor((word * bound) / 4294967296);
}

/** A random permutation of 0 … n - 1. */
export function randomPermutation(key: Key, n: number): Uint32Array {
  return shuffle(new Uint32Array(n), randomUniforms(key, n));
}

/** Writes the permutation that numbers in [0, 1) make by the method of Fisher and Yates. */
export function shuffle(out: Uint32Array, numbers: Float64Array): Uint32Array {
  for (let i = 0; i < out.length; i++) {
    const j = Math.floor(numbers[i] * (i + 1));
    out[i] = out[j];
    out[j] = i;
  }
  return out;
}

/** Throws unless `value` is a key. */
export function requireKey(name: string, value: Key | undefined, use: string): Key {
  const given = value as Partial<Key> | null | undefined;
  if (typeof given?.k0 !== "number" || typeof given.k1 !== "number" || typeof given.fold !== "function") {
    throw new ArgumentError(
      `${name}: ${use} needs a key (got ${value === undefined ? "none" : typeof value === "object" ? "an object" : String(value)}, expected a Key). Make one with key(seed).`,
    );
  }
  return value as Key;
}

/** Mixes a word: two multiplications between shifts, every output bit depends on every input bit (constants: C. Wellons). */
export function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return x ^ (x >>> 15);
}
