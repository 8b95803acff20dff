/** Variance-preserving schedules given as tables of betas (DDPM and what followed). */
import { ArgumentError, checkOptions, type Citation } from "@ansatz/tensor";
import { checkChoice, checkInteger } from "../check.ts";
import { DDPM_PAPER, IMPROVED_DDPM_PAPER, LATENT_DIFFUSION_PAPER, PNDM_PAPER, ZERO_SNR_PAPER } from "../citation.ts";
import { CLEAN, halfLogSnr, vpLevel, type Level } from "../level.ts";
import { interpolate } from "./interpolate.ts";
import type { DiscreteSchedule } from "./base.ts";

/** Shape of a beta table. */
export type BetaKind = "linear" | "scaled-linear" | "quad" | "cosine";

/** Options of {@link discreteSchedule}. */
export interface DiscreteScheduleOptions {
  /** Shape of the table, or the betas themselves (each in (0, 1), the last may be 1). */
  readonly betas: BetaKind | ArrayLike<number>;
  /** First beta; 1e-4 for linear and quad, 0.00085 for scaled-linear. Not for cosine or given betas. */
  readonly betaStart?: number;
  /** Last beta; 0.02 for linear and quad, 0.012 for scaled-linear. Not for cosine or given betas. */
  readonly betaEnd?: number;
  /** Number of entries; 1000 when left out. Not for given betas. */
  readonly count?: number;
  /** Rescales the table so that its last entry is pure noise (alpha = 0); then only x0, v and flow models work there. */
  readonly zeroTerminalSnr?: boolean;
}

const KINDS: readonly BetaKind[] = ["linear", "scaled-linear", "quad", "cosine"];

const DEFAULT_RANGE: Record<BetaKind, readonly [number, number] | null> = {
  linear: [1e-4, 0.02],
  "scaled-linear": [0.00085, 0.012],
  quad: [1e-4, 0.02],
  cosine: null,
};

const SOURCES: Record<BetaKind, Citation> = {
  linear: DDPM_PAPER,
  "scaled-linear": LATENT_DIFFUSION_PAPER,
  quad: PNDM_PAPER,
  cosine: IMPROVED_DDPM_PAPER,
};

/**
 * A discrete variance-preserving schedule: `alphaBar_i = prod_{j<=i} (1 - beta_j)`, alpha = sqrt(alphaBar),
 * sigma = sqrt(1 - alphaBar), computed in f64.
 *
 * With N = `count` and i = 0 .. N-1 the betas are
 * - `linear`: evenly spaced from betaStart to betaEnd (Ho et al.);
 * - `scaled-linear`: squares of evenly spaced square roots (Rombach et al.); `quad` is the same formula under the name
 *   that PNDM's code gives it, with the linear schedule's end points;
 * - `cosine`: `min(1 - f((i+1)/N) / f(i/N), 0.999)` with `f(t) = cos^2((t + 0.008)/1.008 * pi/2)` (Nichol & Dhariwal).
 *
 * `zeroTerminalSnr` shifts and scales sqrt(alphaBar) so that the first entry stays and the last is 0 (Lin et al.).
 * @throws ArgumentError for betas outside (0, 1), fewer than 2 entries, or options that do not belong together
 * @example
 * const schedule = discreteSchedule({ betas: "cosine" });
 * schedule.level(999); // { alpha: 0.0000493, sigma: 1, time: 999 }
 */
export function discreteSchedule(options: DiscreteScheduleOptions): DiscreteSchedule {
  const name = "discreteSchedule";
  checkOptions(name, options, ["betas", "betaStart", "betaEnd", "count", "zeroTerminalSnr"]);
  const betas = betaTable(name, options);
  const count = betas.length;
  const alphaBars = new Float64Array(count);
  const variances = new Float64Array(count);
  let alphaBar = 1;
  let variance = 0;
  for (let i = 0; i < count; i++) {
    alphaBar *= 1 - betas[i];
    // 1 - alphaBar by its own recurrence: no cancellation at the clean end.
    variance = variance * (1 - betas[i]) + betas[i];
    alphaBars[i] = alphaBar;
    variances[i] = variance;
  }
  const alphas = alphaBars.map(Math.sqrt);
  const sigmas = variances.map(Math.sqrt);
  const citations: Citation[] = typeof options.betas === "string" ? [SOURCES[options.betas]] : [];
  if (options.zeroTerminalSnr === true) {
    rescaleToZeroSnr(betas, alphaBars, alphas, sigmas);
    citations.push(ZERO_SNR_PAPER);
  }
  return fromTable(describe(options, count), citations, betas, alphaBars, alphas, sigmas);
}

function describe(options: DiscreteScheduleOptions, count: number): string {
  const kind = typeof options.betas === "string" ? options.betas : "given";
  return `discrete ${kind}, ${count} levels${options.zeroTerminalSnr === true ? ", zero terminal SNR" : ""}`;
}

function betaTable(name: string, options: DiscreteScheduleOptions): Float64Array {
  const { betas, betaStart, betaEnd } = options;
  if (typeof betas !== "string") {
    for (const key of ["betaStart", "betaEnd", "count"] as const) {
      if (options[key] !== undefined) {
        throw new ArgumentError(`${name}: ${key} has no meaning for given betas (got ${options[key]}). Leave it out.`);
      }
    }
    return checkBetas(name, betas);
  }
  checkChoice(name, "betas", betas, KINDS);
  const count = options.count ?? 1000;
  checkInteger(name, "count", count, 2);
  const range = DEFAULT_RANGE[betas];
  if (range === null) {
    if (betaStart !== undefined || betaEnd !== undefined) {
      throw new ArgumentError(
        `${name}: the cosine table has no end points (got betaStart = ${betaStart}, betaEnd = ${betaEnd}, expected neither).`,
      );
    }
    return Float64Array.from({ length: count }, (_, i) =>
      Math.min(1 - cosineSquared((i + 1) / count) / cosineSquared(i / count), 0.999),
    );
  }
  const first = betaStart ?? range[0];
  const last = betaEnd ?? range[1];
  const even = (a: number, b: number, i: number): number => a + ((b - a) * i) / (count - 1);
  const table = Float64Array.from({ length: count }, (_, i) =>
    betas === "linear" ? even(first, last, i) : even(Math.sqrt(first), Math.sqrt(last), i) ** 2,
  );
  return checkBetas(name, table);
}

function cosineSquared(t: number): number {
  return Math.cos((((t + 0.008) / 1.008) * Math.PI) / 2) ** 2;
}

function checkBetas(name: string, betas: ArrayLike<number>): Float64Array {
  if (!(betas?.length >= 2)) {
    throw new ArgumentError(`${name}: a table needs at least 2 betas (got ${String(betas?.length)}).`);
  }
  const table = Float64Array.from(betas);
  table.forEach((beta, i) => {
    const allowed = beta > 0 && (beta < 1 || (beta === 1 && i === table.length - 1));
    if (!allowed) {
      throw new ArgumentError(`${name}: beta ${i} is out of range (got ${beta}, expected 0 < beta < 1).`);
    }
  });
  return table;
}

/** Lin et al., algorithm 1, in place. */
function rescaleToZeroSnr(
  betas: Float64Array,
  alphaBars: Float64Array,
  alphas: Float64Array,
  sigmas: Float64Array,
): void {
  const first = alphas[0];
  const last = alphas[alphas.length - 1];
  const scale = first / (first - last);
  for (let i = 1; i < alphas.length; i++) {
    alphas[i] = (alphas[i] - last) * scale;
    alphaBars[i] = alphas[i] ** 2;
    sigmas[i] = Math.sqrt((1 - alphas[i]) * (1 + alphas[i]));
    betas[i] = 1 - alphaBars[i] / alphaBars[i - 1];
  }
}

function fromTable(
  name: string,
  citations: readonly Citation[],
  betas: Float64Array,
  alphaBars: Float64Array,
  alphas: Float64Array,
  sigmas: Float64Array,
): DiscreteSchedule {
  const count = betas.length;
  const level = (index: number): Level => {
    if (index === -1) return CLEAN;
    checkInteger(name, "index", index, -1, count - 1);
    return { alpha: alphas[index], sigma: sigmas[index], time: index };
  };
  // ln(sigma / alpha) grows with the index; an infinite last entry bounds no interval.
  const logU = Float64Array.from({ length: count }, (_, i) => -halfLogSnr({ alpha: alphas[i], sigma: sigmas[i] }));
  const indices = Float64Array.from({ length: count }, (_, i) => i);
  const timeAt = (lambda: number): number => interpolate(logU, indices, -lambda, "clamp");
  return {
    kind: "discrete",
    name,
    citations,
    count,
    betas,
    alphaBars,
    alphas,
    sigmas,
    level,
    timeAt,
    levelAt: (lambda) => vpLevel(lambda, timeAt(lambda)),
    midpoint: (from, to) => level(Math.floor((tableIndex(from) + tableIndex(to)) / 2)),
  };
}

function tableIndex(level: Level): number {
  if (level.time === undefined) {
    throw new ArgumentError(`midpoint: a level of a discrete schedule needs its index (got time = undefined).`);
  }
  return level.time;
}

/**
 * Variance of one ancestral step of the DDPM posterior at each index:
 * `beta_i (1 - alphaBar_{i-1}) / (1 - alphaBar_i)`, 0 at index 0 (Ho et al., equation 7).
 */
export function posteriorVariances(schedule: DiscreteSchedule): Float64Array {
  return schedule.betas.map((beta, i) =>
    i === 0 ? 0 : (beta * schedule.sigmas[i - 1] ** 2) / schedule.sigmas[i] ** 2,
  );
}
