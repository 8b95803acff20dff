/**
 * Noise levels. A noisy signal is `x = alpha * x0 + sigma * n` with standard normal `n`; everything a solver needs to
 * know about a schedule is the pair (alpha, sigma). The time that the model wants to be told is kept beside it.
 */
import { ArgumentError } from "@ansatz/tensor";

/** A noise level. */
export interface Level {
  /** Factor of the clean signal, at least 0. */
  readonly alpha: number;
  /** Standard deviation of the noise, at least 0; not both factors are 0. */
  readonly sigma: number;
  /** The model's own time for this level (a table index or a continuous time), where a model wants one. */
  readonly time?: number;
  /**
   * Half log-SNR where a table interpolates it apart from alpha and sigma (some published codes do); ln(alpha / sigma)
   * when left out.
   */
  readonly lambda?: number;
}

/** Which way a list of levels goes: from noisy to clean (sampling), or from clean to noisy (inversion). */
export type Direction = "denoising" | "noising";

/** The level without noise. */
export const CLEAN: Level = /*@__PURE__*/ Object.freeze({ alpha: 1, sigma: 0 });

/** Half the log signal-to-noise ratio `ln(alpha / sigma)`: -Infinity for pure noise, Infinity for a clean signal. */
export function halfLogSnr(level: Level): number {
  return level.lambda ?? Math.log(level.alpha) - Math.log(level.sigma);
}

/** Noise relative to the signal, `sigma / alpha` (the sigma of the EDM paper): Infinity for pure noise. */
export function edmSigma(level: Level): number {
  return level.sigma / level.alpha;
}

/**
 * The variance-preserving level (alpha^2 + sigma^2 = 1) with a given half log-SNR.
 * @param lambda half log-SNR, infinities allowed
 * @param time the model's time, if any
 */
export function vpLevel(lambda: number, time?: number): Level {
  const alpha = 1 / Math.sqrt(1 + Math.exp(-2 * lambda));
  const sigma = 1 / Math.sqrt(1 + Math.exp(2 * lambda));
  return time === undefined ? { alpha, sigma } : { alpha, sigma, time };
}

/**
 * The variance-preserving level with `sigma / alpha = u`.
 * @param u relative noise, at least 0, Infinity allowed
 * @param time the model's time, if any
 * @throws ArgumentError when relative noise is negative
 */
export function vpLevelFromEdmSigma(u: number, time?: number): Level {
  if (!(u >= 0)) {
    throw new ArgumentError(`vpLevelFromEdmSigma: relative noise must not be negative (got ${u}, expected u >= 0).`);
  }
  return vpLevel(-Math.log(u), time);
}

/** Two levels closer than this in half log-SNR are one: the step between them is the identity. */
const SAME_LEVEL = 1e-12;

/** Whether the step between two levels changes nothing. */
export function isSameLevel(a: Level, b: Level): boolean {
  const ha = halfLogSnr(a);
  const hb = halfLogSnr(b);
  const close = (p: number, q: number): boolean => Math.abs(p - q) <= SAME_LEVEL * Math.max(p, q);
  return (ha === hb || Math.abs(ha - hb) < SAME_LEVEL) && close(a.alpha, b.alpha) && close(a.sigma, b.sigma);
}

/** How a level reads in messages. */
export function showLevel(level: Level): string {
  const time = level.time === undefined ? "" : `, time = ${level.time}`;
  return `(alpha = ${level.alpha}, sigma = ${level.sigma}${time})`;
}

/** Throws unless `level` is a pair of finite non-negative numbers that are not both zero. */
export function checkLevel(name: string, level: Level, what = "level"): void {
  const { alpha, sigma, time } = level;
  if (!(Number.isFinite(alpha) && alpha >= 0)) {
    throw new ArgumentError(
      `${name}: alpha of ${what} must be a finite non-negative number (got ${String(alpha)}, expected alpha >= 0).`,
    );
  }
  if (!(Number.isFinite(sigma) && sigma >= 0)) {
    throw new ArgumentError(
      `${name}: sigma of ${what} must be a finite non-negative number (got ${String(sigma)}, expected sigma >= 0).`,
    );
  }
  if (alpha === 0 && sigma === 0) {
    throw new ArgumentError(`${name}: alpha and sigma of ${what} are both zero (got (0, 0), expected one above 0).`);
  }
  if (time !== undefined && !Number.isFinite(time)) {
    throw new ArgumentError(`${name}: time of ${what} must be finite (got ${String(time)}, expected a finite number).`);
  }
}

/**
 * Throws unless `levels` is a list that a sampler can walk: at least two valid levels, from noisy to clean, or the other
 * way for `"noising"`.
 * Equal neighbours are allowed (the step between them is the identity).
 */
export function checkLevels(name: string, levels: readonly Level[], direction: Direction = "denoising"): void {
  if (!Array.isArray(levels) || levels.length < 2) {
    throw new ArgumentError(
      `${name}: too few levels (got ${Array.isArray(levels) ? levels.length : typeof levels}, expected at least 2). ` +
        `n steps need n + 1 levels.`,
    );
  }
  levels.forEach((level, i) => checkLevel(name, level, `level ${i}`));
  for (let i = 1; i < levels.length; i++) {
    const [noisy, clean] = direction === "denoising" ? [levels[i - 1], levels[i]] : [levels[i], levels[i - 1]];
    if (halfLogSnr(clean) < halfLogSnr(noisy) && !isSameLevel(levels[i - 1], levels[i])) {
      const [way, turn, change] =
        direction === "denoising" ? ["noisy to clean", "grows", "increase"] : ["clean to noisy", "falls", "decrease"];
      throw new ArgumentError(
        `${name}: levels must go from ${way}, but the noise ${turn} at level ${i} ` +
          `(got sigma / alpha = ${edmSigma(levels[i])} after ${edmSigma(levels[i - 1])}, expected no ${change}). ` +
          `Reverse the list?`,
      );
    }
  }
}
