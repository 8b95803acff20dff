/** A stream of random numbers on the host, for searches that draw one number at a time. */
import type { Key } from "@ansatz/tensor/random";

/** Draws from a key, in order. */
export interface Stream {
  /** A number in [0, 1). */
  uniform(): number;
  /** An integer in [0, n). */
  below(n: number): number;
  /** `count` different integers in [0, n), in random order. */
  sample(n: number, count: number): number[];
}

/** The stream whose draws i = 0, 1, ... come from the words of `key.fold(i)`. */
export function streamOf(key: Key): Stream {
  let counter = 0;
  const uniform = (): number => {
    const { k0, k1 } = key.fold(counter++);
    // 53 bits: 26 of the high word, 27 of the low one.
    return ((k0 >>> 6) * 2 ** 27 + (k1 >>> 5)) * 2 ** -53;
  };
  const below = (n: number): number => Math.floor(uniform() * n);
  return {
    uniform,
    below,
    sample(n, count) {
      // Fisher and Yates, on the entries that move only.
      const moved = new Map<number, number>();
      return Array.from({ length: Math.min(n, count) }, (_, i) => {
        const at = i + below(n - i);
        const taken = moved.get(at) ?? at;
        moved.set(at, moved.get(i) ?? i);
        return taken;
      });
    },
  };
}
