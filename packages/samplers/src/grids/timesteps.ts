/** Which entries of a table a run visits. */
import { checkOptions } from "@ansatz/tensor";
import { checkChoice, checkInteger } from "../check.ts";
import { evenly, roundHalfEven } from "../math.ts";

/** Placement of integer timesteps: fixed stride from the clean end, from the noisy end, or evenly over both ends. */
export type IntegerSpacing = "leading" | "trailing" | "linspace";

/** Options of {@link timesteps}. */
export interface TimestepOptions {
  /** Entries of the table (after cutting), N. */
  readonly count: number;
  /** Number of timesteps, n. */
  readonly steps: number;
  readonly spacing: IntegerSpacing;
  /**
   * `"ddim"` places n points; `"dpm"` places n + 1 points and drops the last, so that the end of the run takes its
   * place. `"ddim"` when left out.
   */
  readonly convention?: GridConvention;
  /** Added to every index of the leading spacing; 0 when left out. */
  readonly offset?: number;
}

/** Who placed the points: the DDIM/DDPM/PNDM family, or the DPM-Solver family. */
export type GridConvention = "ddim" | "dpm";

const SPACINGS: readonly IntegerSpacing[] = ["leading", "trailing", "linspace"];
const CONVENTIONS: readonly GridConvention[] = ["ddim", "dpm"];

/**
 * Indices for n steps, from noisy to clean, rounded half to even:
 * - `leading`: `k floor(N/n) + offset` (dpm: `floor(N/(n+1))`), which starts below pure noise at an index that depends
 *   on n — the initial noise belongs to that level;
 * - `trailing`: `round(N - k N/n) - 1`, which starts at the last entry;
 * - `linspace`: `round` of evenly spaced numbers from 0 to N-1.
 * @throws ArgumentError unless 1 <= steps <= count, and where the offset leaves the table
 */
export function timesteps(options: TimestepOptions): number[] {
  const name = "timesteps";
  checkOptions(name, options, ["count", "steps", "spacing", "convention", "offset"]);
  const { count, steps, spacing } = options;
  const convention = options.convention ?? "ddim";
  checkInteger(name, "count", count, 1);
  checkInteger(name, "steps", steps, 1, count);
  checkChoice(name, "spacing", spacing, SPACINGS);
  checkChoice(name, "convention", convention, CONVENTIONS);
  const offset = options.offset ?? 0;
  checkInteger(name, "offset", offset, 0, spacing === "leading" ? count - 1 : 0);
  const points = convention === "ddim" ? steps : steps + 1;
  if (spacing === "trailing") {
    return Array.from({ length: steps }, (_, k) => roundHalfEven(count - (k * count) / steps) - 1);
  }
  if (spacing === "linspace") {
    return evenly(0, count - 1, points)
      .map(roundHalfEven)
      .reverse()
      .slice(0, steps);
  }
  const stride = Math.floor(count / points);
  const rising = Array.from({ length: points }, (_, k) => k * stride + offset);
  checkInteger(name, "offset", offset, 0, count - 1 - (points - 1) * stride);
  return rising.reverse().slice(0, steps);
}
