/** A histogram of bounded size for values whose range is not known beforehand. */
import { ArgumentError } from "@ansatz/tensor";
import { checkInteger } from "../check.ts";
import type { Numbers } from "../check.ts";
import { extremes } from "./minMax.ts";

/** Counts of values in equal bins over [−reach, reach], and the exact extremes. */
export interface Histogram {
  readonly counts: Float64Array;
  readonly reach: number;
  readonly min: number;
  readonly max: number;
  readonly total: number;
}

/** Below this reach bins would be narrower than the spacing of doubles near zero, and their number per unit infinite. */
const SMALLEST_REACH = 2 ** -960;

/**
 * A histogram of the first batch. Its reach is the largest absolute value (1 for zeros), but at least 2^-960.
 * @param bins a multiple of 4, so that bins can be merged about the middle
 * @throws ArgumentError for histogram out of range, or unless bins is a multiple of 4
 */
export function histogramOf(x: Numbers, bins: number): Histogram {
  checkInteger("histogram", "bins", bins, 4);
  if (bins % 4 !== 0) throw new ArgumentError(`histogram: bins must be a multiple of 4 (got ${bins}).`);
  const { min, max } = extremes("histogram", x);
  const reach = Math.max(Math.max(-min, max) || 1, SMALLEST_REACH);
  return filled({ counts: new Float64Array(bins), reach, min, max, total: 0 }, x);
}

/** Doubles the reach: two old bins make a new one. */
function doubled({ counts, ...rest }: Histogram): Histogram {
  const merged = new Float64Array(counts.length);
  const quarter = counts.length / 4;
  for (let i = 0; i < counts.length; i++) merged[quarter + (i >> 1)] += counts[i];
  return { ...rest, counts: merged, reach: 2 * rest.reach };
}

function filled(h: Histogram, x: Numbers): Histogram {
  const counts = h.counts.slice();
  const scale = counts.length / (2 * h.reach);
  for (let i = 0; i < x.length; i++) {
    counts[Math.min(counts.length - 1, Math.floor((x[i] + h.reach) * scale))]++;
  }
  return { ...h, counts, total: h.total + x.length };
}

/** The histogram after one more batch. The reach doubles until the batch fits; no value is kept or lost. */
export function addToHistogram(h: Histogram, x: Numbers): Histogram {
  const { min, max } = extremes("histogram", x);
  let grown = h;
  while (Math.max(-min, max) > grown.reach) grown = doubled(grown);
  return filled({ ...grown, min: Math.min(h.min, min), max: Math.max(h.max, max) }, x);
}

/** Middle of each bin, limited to the values seen. */
export function binCentres({ counts, reach, min, max }: Histogram): Float64Array {
  const width = (2 * reach) / counts.length;
  return Float64Array.from(counts, (_, i) => Math.min(max, Math.max(min, (i + 0.5) * width - reach)));
}

/** The p-th percentile, 0 ≤ p ≤ 100, uniform within bins and limited to the values seen: off by at most one bin. */
export function histogramPercentile(h: Histogram, p: number): number {
  const { counts, reach, min, max, total } = h;
  const width = (2 * reach) / counts.length;
  const wanted = (p / 100) * total;
  let below = 0;
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] > 0 && below + counts[i] >= wanted) {
      const x = (i + (wanted - below) / counts[i]) * width - reach;
      return Math.min(max, Math.max(min, x));
    }
    below += counts[i];
  }
  return max;
}

/** Counts of |x| over [0, reach], in half as many bins. */
export function absoluteCounts({ counts }: Histogram): Float64Array {
  const half = counts.length / 2;
  return Float64Array.from({ length: half }, (_, i) => counts[half + i] + counts[half - 1 - i]);
}
