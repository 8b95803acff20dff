/** Error bounds from the decay of Fourier or Walsh coefficients. */
import type { Spectrum } from "../transforms/doubling.ts";

/** Absolute values of coefficients, and an order in which they fall off. */
export interface Ordered {
  readonly sizes: Float64Array;
  readonly order: Int32Array;
}

/** |y_k|. */
export function coefficientSizes({ re, im }: Spectrum): Float64Array {
  if (im === undefined) return re.map(Math.abs);
  return re.map((x, k) => Math.hypot(x, im[k]));
}

/**
 * Reorders so that |y(order(k))| falls with k, among wavenumbers that share aliases: positions k and k + 2^l trade places,
 * together with all positions that are a multiple of 2^(l+1) further on, when the latter is larger.
 * @param order the order of half as many coefficients, or `undefined` in the beginning
 * @param lag levels that are looked at after a doubling
 */
export function reorder(sizes: Float64Array, order: Int32Array | undefined, lag: number): Int32Array {
  const n = sizes.length;
  const m = Math.round(Math.log2(n));
  const next = new Int32Array(n);
  let lowest = 1;
  if (order === undefined) {
    for (let k = 0; k < n; k++) next[k] = k;
  } else {
    const half = n / 2;
    next.set(order);
    for (let k = 0; k < half; k++) next[half + k] = half + order[k];
    lowest = Math.max(1, m - lag);
  }
  for (let l = m - 1; l >= lowest; l--) {
    const step = 2 ** l;
    const flips: number[] = [];
    for (let k = 1; k < step; k++) if (sizes[next[k + step]] > sizes[next[k]]) flips.push(k);
    for (const flip of flips) {
      for (let a = flip; a < n; a += 2 * step) {
        const kept = next[a];
        next[a] = next[a + step];
        next[a + step] = kept;
      }
    }
  }
  return next;
}

/** Sum of the ordered coefficients from 2^(l-1) to 2^l - 1. */
export function blockSum({ sizes, order }: Ordered, l: number): number {
  let sum = 0;
  for (let k = 2 ** (l - 1); k < 2 ** l; k++) sum += sizes[order[k]];
  return sum;
}

/** For each block l, the largest lower and the smallest upper bound of its true sum that the sizes so far gave. */
export interface ConeBounds {
  readonly lower: readonly number[];
  readonly upper: readonly number[];
}

/**
 * Adds what 2^m points say about the sums over blocks l <= m: with c = hat(m - l) 2^-(m-l), a sum S_l seen now stands for a true
 * sum between S_l / (1 + c) and, if c < 1, S_l / (1 - c). Bounds that cross contradict the cone condition.
 * @param first log2 of the size at the start
 */
export function narrowCone(
  before: ConeBounds | undefined,
  ordered: Ordered,
  lag: number,
  first: number,
  fudge: (m: number) => number,
): ConeBounds {
  const m = Math.round(Math.log2(ordered.sizes.length));
  const lower = [...(before?.lower ?? [])];
  const upper = [...(before?.upper ?? [])];
  for (let l = Math.max(1, first - lag); l <= m; l++) {
    const c = (fudge(m - l) / ((1 + fudge(lag)) * 2 ** -lag)) * 2 ** -(m - l);
    const sum = blockSum(ordered, l);
    lower[l] = Math.max(lower[l] ?? 0, sum / (1 + c));
    upper[l] = Math.min(upper[l] ?? Infinity, c < 1 ? sum / (1 - c) : Infinity);
  }
  return { lower, upper };
}

/** Whether bounds of some block cross. */
export function violatesCone({ lower, upper }: ConeBounds): boolean {
  return lower.some((value, l) => value > upper[l]);
}
