/** The threshold whose clipped, coarsened histogram is closest to the original one. */
import { ArgumentError } from "@ansatz/tensor";
import { checkInteger } from "../check.ts";
import type { Numbers } from "../check.ts";

/** What {@link entropyThreshold} finds. */
export interface EntropyThreshold {
  /** Number of bins kept. */
  readonly bin: number;
  /** Upper edge of the last bin that is kept. */
  readonly threshold: number;
  /** KL divergence for 'levels', levels + 1, …, all bins kept. */
  readonly divergences: Float64Array<ArrayBuffer>;
}

/** KL(P/ΣP ‖ Q/ΣQ) when the first `kept` bins are kept and made of `levels` cells. */
function divergence(counts: Float64Array, kept: number, levels: number): number {
  const coarse = new Float64Array(kept);
  for (let cell = 0, start = 0; cell < levels; cell++) {
    const end = Math.ceil(((cell + 1) * kept) / levels);
    let sum = 0;
    let filled = 0;
    for (let i = start; i < end; i++) {
      sum += counts[i];
      if (counts[i] !== 0) filled++;
    }
    for (let i = start; i < end; i++) if (counts[i] !== 0) coarse[i] = sum / filled;
    start = end;
  }
  let tail = 0;
  for (let i = kept; i < counts.length; i++) tail += counts[i];
  const fine = counts.slice(0, kept);
  fine[kept - 1] += tail;
  const fineSum = fine.reduce((a, b) => a + b, 0);
  const coarseSum = coarse.reduce((a, b) => a + b, 0);
  let sum = 0;
  for (let i = 0; i < kept; i++) {
    if (fine[i] === 0) continue;
    if (coarse[i] === 0) return Infinity;
    const p = fine[i] / fineSum;
    sum += p * Math.log((p * coarseSum) / coarse[i]);
  }
  return sum;
}

/**
 * Entropy calibration: for every number of bins i = levels…B, P is the histogram of |x| cut after i bins with the
 * clipped counts added to its last bin, and Q the same bins without them, averaged over the non-empty bins of `levels`
 * equal cells. The i with the smallest KL(P‖Q) wins, the last one of several. Bin 0 is first replaced by bin 1.
 * @param counts histogram of |x| over [0, reach]
 * @param levels number of quantisation levels, 128 by default
 * @throws ArgumentError when there are fewer bins than levels
 * @see Migacz 2017, "8-bit inference with TensorRT"
 */
export function entropyThreshold(counts: Numbers, reach: number, levels: number = 128): EntropyThreshold {
  checkInteger("entropyThreshold", "levels", levels, 2);
  if (counts.length < levels) {
    throw new ArgumentError(`entropyThreshold: too few bins (got ${counts.length}, expected at least ${levels}).`);
  }
  const used = Float64Array.from(counts);
  used[0] = used[1];
  const divergences = Float64Array.from({ length: used.length - levels + 1 }, (_, i) =>
    divergence(used, levels + i, levels),
  );
  let best = 0;
  divergences.forEach((d, i) => {
    if (d <= divergences[best]) best = i;
  });
  const bin = levels + best;
  return { bin, threshold: (reach * bin) / used.length, divergences };
}
