/**
 * The table behind the bit-exact normal draw: a piecewise cubic of the inverse normal distribution function in 32-bit
 * fixed point, so that a normal number is made from a 32-bit word by integer operations alone.
 *
 * A word w has the sign s = w >>> 31 and the magnitude m = max(w & 0x7fffffff, 1), and stands for
 * (-1)^s z(m), z(m) = -Phi^-1((m + 1/2) / 2^32). The magnitudes are cut at the powers of two, 2^o <= m < 2^(o + 1), and
 * each octave into 16 equal segments; on segment j of octave o, z is a cubic of the position x in [0, 1) inside it.
 *
 * Fixed point: with t = floor(x 2^31) and mulhi(a, b) = floor(a b / 2^32), which halves what it multiplies,
 *
 *     2^28 z = c0 + (mulhi(c1 + mulhi(c2 + mulhi(c3, t), t), t) >> 6)
 *
 * for coefficients in units of 2^-28, 2^-35, 2^-36 and 2^-37. The error is below 2e-8, and z never increases with m:
 * each cubic starts and ends on integers shared with its neighbours.
 */
import { normalQuantile } from "./quantile.ts";

/** Octaves of the magnitude. */
export const OCTAVES = 31;
/** Segments of one octave. */
export const SEGMENTS = 16;
/** What the coefficients of powers 0 to 3 are multiplied with beyond 2^28. */
const SCALES: readonly number[] = [1, 128, 256, 512];

/** The Chebyshev nodes of degree four, stretched so that the outer ones are the ends of [0, 1]. */
const NODES: readonly number[] = [0, 1 - Math.SQRT1_2, Math.SQRT1_2, 1];

/** Coefficients, lowest power first, of the cubic through the points (NODES[i], y[i]). */
function cubicThrough(y: readonly number[]): number[] {
  const d = [...y];
  for (let k = 1; k < 4; k++) {
    for (let i = 3; i >= k; i--) d[i] = (d[i] - d[i - 1]) / (NODES[i] - NODES[i - k]);
  }
  // Newton's form, multiplied out from the highest divided difference down.
  const c = [d[3], 0, 0, 0];
  for (let k = 2; k >= 0; k--) {
    for (let i = 3; i >= 1; i--) c[i] = c[i - 1] - NODES[k] * c[i];
    c[0] = d[k] - NODES[k] * c[0];
  }
  return c;
}

/** z of a magnitude in units of 2^-28, plus the half unit that truncation takes away on average. */
function scaled(m: number): number {
  return -normalQuantile((m + 0.5) / 4294967296) * 268435456 + 0.5;
}

function build(): Int32Array<ArrayBuffer> {
  const table = new Int32Array(OCTAVES * SEGMENTS * 4);
  let at = 0;
  for (let o = 0; o < OCTAVES; o++) {
    const low = 1 << o;
    const width = low / SEGMENTS;
    for (let j = 0; j < SEGMENTS; j++) {
      const y = NODES.map((x) => scaled(low + width * (j + x)));
      const start = Math.floor(y[0] + 0.5);
      const end = Math.floor(y[3] + 0.5);
      // The line added here moves the ends to integers.
      const c = cubicThrough(y.map((v, i) => v + (start - y[0]) * (1 - NODES[i]) + (end - y[3]) * NODES[i]));
      table[at++] = start;
      for (let k = 1; k < 4; k++) table[at++] = Math.floor(c[k] * SCALES[k] + 0.5);
    }
  }
  return table;
}

let cached: Int32Array<ArrayBuffer> | undefined;

/**
 * The 31 * 16 * 4 coefficients: entry `(o * 16 + j) * 4 + k` belongs to octave o, segment j, power k.
 * Made at first use in a few milliseconds, and the same in every engine; do not write to it.
 */
export function normalTable(): Int32Array<ArrayBuffer> {
  cached ??= build();
  return cached;
}
