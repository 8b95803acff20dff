/** The levels of mean-reverting diffusion (IR-SDE): data drift towards a known picture while noise is added. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import { checkChoice, checkInteger, checkNumber, checkPositive } from "../check.ts";
import { IR_SDE_PAPER } from "../citation.ts";
import { halfLogSnr, type Level } from "../level.ts";
import { evenly } from "../math.ts";
import type { Schedule } from "./base.ts";
import { interpolate } from "./interpolate.ts";

/** How the rate theta grows with the index. */
export type MeanRevertingKind = "cosine" | "linear" | "constant";

/** Options of {@link meanReverting}. */
export interface MeanRevertingOptions {
  /** `"cosine"` when left out. */
  readonly kind?: MeanRevertingKind;
  /** T, the last index; 100 when left out. */
  readonly count?: number;
  /** L, the deviation of the noise in the limit, > 0 (the papers give it in grey values: 50/255); 50/255 when left out. */
  readonly limit?: number;
  /** alpha at the last index, in (0, 1); 0.005 when left out. */
  readonly floor?: number;
  /** Counts the drift from index 0 on (the older IR-SDE code), so that index 0 is clean; false when left out. */
  readonly cleanStart?: boolean;
}

/** A mean-reverting schedule over the indices 0 .. T, with levels in between. */
export interface MeanRevertingSchedule extends Schedule {
  readonly kind: "mean-reverting";
  /** T. */
  readonly count: number;
  /** L. */
  readonly limit: number;
  /** Length of a step in units of the rates, `-ln(floor)/sum(theta)`. */
  readonly dt: number;
  /** theta at each index. */
  readonly thetas: Float64Array;
  /** Levels at the indices. */
  readonly table: readonly Level[];
  /** The level at a real index in [0, T]. */
  level(index: number): Level;
}

/**
 * The schedule of `dx = theta (mu - x) dt + g dw` with `g^2 = 2 L^2 theta` (Luo et al. 2023):
 * `x = alpha x0 + (1 - alpha) mu + sigma n`, `alpha_i = exp(-c_i dt)` with c the running sum of theta,
 * `sigma = L sqrt(1 - alpha^2)`. For `x - mu` these are ordinary levels (alpha, sigma), so that every sampler runs on
 * them with a centred denoiser: see `centred` and `sampleMeanReverting`.
 *
 * theta, i = 0 .. T: `cosine` `1 - f_{i+1}/f_0` with `f_j = cos^2((j/(T+2) + 0.008)/1.008 pi/2)`; `linear` evenly from
 * 1e-4 to 0.02 times 1000/(T+1); `constant` 1. Between the indices c is linear, and alpha, sigma and the log-SNR follow
 * from it. The model's time is the index.
 * @throws ArgumentError for options out of range
 */
export function meanReverting(options: MeanRevertingOptions = {}): MeanRevertingSchedule {
  const name = "meanReverting";
  checkOptions(name, options, ["kind", "count", "limit", "floor", "cleanStart"]);
  const { kind = "cosine", count = 100, limit = 50 / 255, floor = 0.005, cleanStart = false } = options;
  checkChoice(name, "kind", kind, ["cosine", "linear", "constant"]);
  checkInteger(name, "count", count, 1);
  checkPositive(name, "limit", limit);
  checkNumber(name, "floor", floor, Number.MIN_VALUE, 1 - 2 ** -52);
  const thetas = rates(kind, count);
  const sums = new Float64Array(count + 1);
  let sum = cleanStart ? -thetas[0] : 0;
  for (let i = 0; i <= count; i++) sums[i] = sum += thetas[i];
  const dt = -Math.log(floor) / sums[count];
  const indices = Float64Array.from({ length: count + 1 }, (_, i) => i);
  const drifted = (c: number, time: number): Level => ({
    alpha: Math.exp(-c * dt),
    sigma: limit * Math.sqrt(-Math.expm1(-2 * c * dt)),
    time,
  });
  const level = (index: number): Level => {
    checkNumber(name, "index", index, 0, count);
    return drifted(interpolate(indices, sums, index, "clamp"), index);
  };
  // alpha^2 = q/(1 + q) with q = (L alpha/sigma)^2.
  const driftAt = (lambda: number): number => Math.log1p(Math.exp(-2 * (lambda + Math.log(limit)))) / (2 * dt);
  const timeAt = (lambda: number): number => interpolate(sums, indices, driftAt(lambda), "clamp");
  return {
    kind: "mean-reverting",
    name: `mean-reverting ${kind}, ${count} steps, limit ${limit}`,
    citations: [IR_SDE_PAPER],
    count,
    limit,
    dt,
    thetas,
    table: Array.from(indices, level),
    level,
    timeAt,
    levelAt: (lambda) => drifted(driftAt(lambda), timeAt(lambda)),
    midpoint: (from, to) => level((timeAt(halfLogSnr(from)) + timeAt(halfLogSnr(to))) / 2),
  };
}

function rates(kind: MeanRevertingKind, count: number): Float64Array {
  const length = count + 1;
  switch (kind) {
    case "constant":
      return new Float64Array(length).fill(1);
    case "linear": {
      const scale = 1000 / length;
      return Float64Array.from(evenly(scale * 1e-4, scale * 0.02, length));
    }
    case "cosine": {
      const f = (j: number): number => Math.cos((((j / (count + 2) + 0.008) / 1.008) * Math.PI) / 2) ** 2;
      return Float64Array.from({ length }, (_, i) => 1 - f(i + 1) / f(0));
    }
  }
}

/** Throws for anything but a mean-reverting schedule. */
export function checkMeanReverting(name: string, schedule: MeanRevertingSchedule): void {
  if (schedule?.kind !== "mean-reverting") {
    throw new ArgumentError(
      `${name}: not a mean-reverting schedule (got ${typeof schedule}, expected one from meanReverting()).`,
    );
  }
}
