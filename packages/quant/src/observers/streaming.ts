/** Observers that keep a histogram instead of the values. */
import { checkInteger, checkNumber } from "../check.ts";
import type { Numbers } from "../check.ts";
import { ENTROPY_TALK, PTQ4DM_PAPER } from "../citation.ts";
import type { Observer, ValueRange } from "./base.ts";
import { nothingSeen } from "./base.ts";
import { entropyThreshold } from "./entropy.ts";
import { absoluteCounts, addToHistogram, binCentres, histogramOf, histogramPercentile } from "./histogram.ts";
import type { Histogram } from "./histogram.ts";
import type { Metric } from "./metric.ts";
import { searchThreshold, thresholdRange } from "./thresholdSearch.ts";

/** Bins of the histograms; 16 kB of state. */
const BINS = 2048;

function streaming(
  name: string,
  rangeOf: (h: Histogram) => ValueRange,
  citation?: Observer["citation"],
): Observer<Histogram | undefined> {
  return {
    name,
    init: () => undefined,
    observe: (h, batch) => (h === undefined ? histogramOf(batch, BINS) : addToHistogram(h, batch)),
    range: (h) => rangeOf(h ?? nothingSeen(name)),
    ...(citation === undefined ? {} : { citation }),
  };
}

/**
 * Percentiles from a histogram: [−t, t] with the p-th percentile t of |x|, or the (100 − p)-th and p-th percentile of x.
 * Off by at most a bin, 1/1024 of the range (1/512 after the range has doubled).
 */
export function percentileObserver({
  p = 99.99,
  sides = "absolute",
}: { readonly p?: number; readonly sides?: "absolute" | "twoSided" } = {}): Observer<Histogram | undefined> {
  checkNumber("percentileObserver", "p", p, 50, 100);
  return streaming(`percentile ${p} ${sides}`, (h) => {
    if (sides === "twoSided") return { min: histogramPercentile(h, 100 - p), max: histogramPercentile(h, p) };
    const counts = absoluteCounts(h);
    const wanted = (p / 100) * h.total;
    let below = 0;
    let i = 0;
    while (i < counts.length - 1 && below + counts[i] < wanted) below += counts[i++];
    const inside = counts[i] === 0 ? 1 : (wanted - below) / counts[i];
    const t = Math.min(Math.max(-h.min, h.max), ((i + inside) * h.reach) / counts.length);
    return { min: -t, max: t };
  });
}

/** The threshold search of {@link searchThreshold} on the middles of a histogram's bins. */
export function metricObserver(options: {
  readonly bits: number;
  readonly metric: Metric;
  readonly eitherZero?: boolean;
}): Observer<Histogram | undefined> {
  checkInteger("metricObserver", "bits", options.bits, 2, 8);
  const what = options.metric === "cosine" ? "cosine" : `L${options.metric.power}`;
  return streaming(
    `${what} ${options.bits} bits`,
    (h) => {
      const centres = binCentres(h);
      const used = Array.from(h.counts.keys()).filter((i) => h.counts[i] > 0);
      const x = used.map((i) => centres[i]);
      const weights = used.map((i) => h.counts[i]);
      return thresholdRange(searchThreshold(x, { ...options, weights }), options.bits);
    },
    PTQ4DM_PAPER,
  );
}

/**
 * Entropy calibration on the histogram of |x|, a symmetric range.
 * @throws ArgumentError for levels out of range
 */
export function entropyObserver({ levels = 128 }: { readonly levels?: number } = {}): Observer<Histogram | undefined> {
  checkInteger("entropyObserver", "levels", levels, 2, BINS / 2);
  return streaming(
    "entropy",
    (h) => {
      const { threshold } = entropyThreshold(absoluteCounts(h), h.reach, levels);
      return h.min >= 0 ? { min: 0, max: threshold } : { min: -threshold, max: threshold };
    },
    ENTROPY_TALK,
  );
}

/** State of {@link blended}. */
type Blend = ValueRange | undefined;

/**
 * Finds a range on each batch alone and blends it in: r ← (1 − rate)·r + rate·r_batch, the first batch starts. PTQ4DM's
 * code does this with rate 0.1 over batches of 256.
 * @throws ArgumentError for rate out of range
 */
export function blended<State>(observer: Observer<State>, rate: number = 0.1): Observer<Blend> {
  checkNumber("blended", "rate", rate, Number.MIN_VALUE, 1);
  return {
    name: `${observer.name}, blended`,
    init: () => undefined,
    observe(state, batch: Numbers) {
      const { min, max } = observer.range(observer.observe(observer.init(), batch));
      if (state === undefined) return { min, max };
      return { min: (1 - rate) * state.min + rate * min, max: (1 - rate) * state.max + rate * max };
    },
    range: (state) => state ?? nothingSeen(`${observer.name}, blended`),
  };
}
