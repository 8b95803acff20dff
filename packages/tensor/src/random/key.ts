/** Keys: immutable values from which every random draw is computed. There is no global generator. */
import { ArgumentError } from "../errors.ts";
import { threefry } from "./threefry.ts";

/**
 * The key of a stream of random numbers: two unsigned 32-bit words.
 *
 * A key is a value: a draw does not change it, and drawing twice with one key gives the same numbers twice.
 * Use `split` or `fold` for independent streams, and then draw from the new keys only: key number `i` of a split is
 * made from the very words that element `i` of a draw with the parent key is made from.
 */
export class Key {
  /** High word. */
  readonly k0: number;
  /** Low word. */
  readonly k1: number;

  /**
   * @param k0 high word, an integer in [0, 2^32)
   * @param k1 low word, an integer in [0, 2^32)
   */
  constructor(k0: number, k1: number) {
    if (!(isWord(k0) && isWord(k1))) {
      throw new ArgumentError(
        `Key: key words must be unsigned 32-bit integers (got ${String(k0)} and ${String(k1)}, expected 0 to 4294967295). Make keys with key(seed).`,
      );
    }
    this.k0 = k0;
    this.k1 = k1;
    Object.freeze(this);
  }

  /**
   * `n` new keys. Key `i` is the pair that Threefry gives for counter `(0, i)`.
   * @param n number of keys, an integer in [0, 2^32]; 2 when left out
   */
  split(n = 2): Key[] {
    if (!(Number.isInteger(n) && n >= 0 && n <= 4294967296)) {
      throw new ArgumentError(
        `split: the number of keys must be a non-negative integer (got ${String(n)}, expected 0 to 4294967296).`,
      );
    }
    return Array.from({ length: n }, (_, i) => derive(this, 0, i));
  }

  /**
   * The key of stream number `x`: the pair that Threefry gives for counter `(floor(x / 2^32), x mod 2^32)`.
   * `key.fold(i)` equals `key.split(n)[i]`.
   * @param x an integer in [0, 2^53), e.g. the number of a step
   */
  fold(x: number): Key {
    if (!(Number.isSafeInteger(x) && x >= 0)) {
      throw new ArgumentError(
        `fold: the number must be a non-negative integer (got ${String(x)}, expected 0 to 9007199254740991).`,
      );
    }
    return derive(this, Math.floor(x / 4294967296), x >>> 0);
  }
}

function isWord(x: unknown): boolean {
  return typeof x === "number" && x >>> 0 === x;
}

function derive(key: Key, c0: number, c1: number): Key {
  const [k0, k1] = threefry(key.k0, key.k1, c0, c1);
  return new Key(k0, k1);
}

function fromBits(bits: bigint): Key {
  return new Key(Number(BigInt.asUintN(32, bits >> 32n)), Number(BigInt.asUintN(32, bits)));
}

/**
 * Key of a text: its UTF-8 bytes, little endian in pairs of 32-bit words, padded with zeros, each pair encrypted by the
 * key so far; the first key holds the length, so that padding cannot make two texts equal.
 */
function fromText(text: string): Key {
  const bytes = new TextEncoder().encode(text);
  const padded = new Uint8Array(Math.max(8, Math.ceil(bytes.length / 8) * 8));
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  let key = new Key(0x74657874, bytes.length);
  for (let at = 0; at < padded.length; at += 8) {
    key = derive(key, view.getUint32(at, true), view.getUint32(at + 4, true));
  }
  return key;
}

/**
 * The key of a seed.
 *
 * Integers give their 64 bits in two's complement, high word first; texts are hashed (not for secrets).
 * @param seed an integer in (-2^53, 2^53) as a number, in [-2^63, 2^64) as a bigint, or any text
 * @throws ArgumentError for any other seed
 * @example
 * const [initial, noise] = key(42).split(2);
 */
export function key(seed: number | bigint | string): Key {
  if (typeof seed === "string") return fromText(seed);
  if (typeof seed === "number" && Number.isSafeInteger(seed)) return fromBits(BigInt(seed));
  if (typeof seed === "bigint" && seed >= -(2n ** 63n) && seed < 2n ** 64n) return fromBits(seed);
  throw new ArgumentError(
    `key: not a seed (got ${typeof seed === "bigint" ? `${seed}n` : String(seed)}, expected an integer below 2^53 in size, a bigint of 64 bits or a string).`,
  );
}

/** Throws unless `value` is a {@link Key}. */
export function checkKey(name: string, value: unknown): Key {
  const k = value as Key | null | undefined;
  if (typeof k !== "object" || k === null || !isWord(k.k0) || !isWord(k.k1)) {
    throw new ArgumentError(
      `${name}: the first argument must be a key (got ${describe(value)}, expected a Key). Make one with key(seed).`,
    );
  }
  return k;
}

function describe(value: unknown): string {
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
