/** Random numbers one after another, for rejection methods. */
import type { Key } from "@ansatz/tensor/random";
import { normalQuantile } from "./special/normal.ts";

/** Numbers of a stream; each call goes on. */
export interface KeyStream {
  /** In (0, 1). */
  uniform(): number;
  normal(): number;
  /** Gamma with shape a > 0 and scale 1. */
  gamma(a: number): number;
  /** Beta with both parameters a > 0. */
  beta(a: number): number;
}

/** A stream of numbers from a key: the i-th uniform number is a function of the key and i. */
export function keyStream(key: Key): KeyStream {
  let count = 0;
  const uniform = (): number => {
    const { k0, k1 } = key.fold(count++);
    return (k0 + ((k1 >>> 12) + 0.5) * 2 ** -20) * 2 ** -32;
  };
  const normal = (): number => normalQuantile(uniform());
  // G. Marsaglia, W. W. Tsang, ACM Trans. Math. Softw. 26 (2000).
  const gamma = (a: number): number => {
    if (a < 1) return gamma(a + 1) * uniform() ** (1 / a);
    const d = a - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = normal();
      const v = (1 + c * x) ** 3;
      if (v > 0 && Math.log(uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
    }
  };
  return {
    uniform,
    normal,
    gamma,
    beta(a) {
      const x = gamma(a);
      return x / (x + gamma(a));
    },
  };
}
