/** BDIA-DDIM: sampling that can be inverted exactly. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import { checkNumber } from "../check.ts";
import { BDIA_PAPER } from "../citation.ts";
import type { Level } from "../level.ts";
import type { PlannedSampler } from "./base.ts";
import { bidirectional, SECOND } from "./bidirectional.ts";
import { countSteps, planned } from "./planned.ts";

/** Options of {@link bdia}. */
export interface BdiaOptions {
  /**
   * gamma in [0, 1]: 0 is DDIM, 1 the leapfrog rule; 1 when left out. For sampling 0.5 at 10 steps and 1 from 40 on; for
   * inversion 0.92 to 1.
   */
  readonly gamma?: number;
}

/**
 * BDIA-DDIM (Zhang, Lewis & Kleijn 2023): with the current state z_i and the one before it, z_prev,
 *
 * `z_next = gamma z_prev - gamma T(z_i; i to prev) + T(z_i; i to next)`,
 *
 * T being the DDIM map with the same noise prediction in both places. The first step is a DDIM step; a run that is given
 * the input `second` (the signal on the second level, as {@link bdiaInversion} leaves it) takes that instead and spends
 * one call less.
 *
 * One model call per step. Order 1 with `(1 - gamma)/(1 + gamma)` times the error of DDIM; order 2 for gamma = 1, with a
 * parasitic mode that nothing damps.
 * @throws ArgumentError for gamma outside [0, 1]
 */
export function bdia(options: BdiaOptions = {}): PlannedSampler {
  checkOptions("bdia", options, ["gamma"]);
  const gamma = options.gamma ?? 1;
  checkNumber("bdia", "gamma", gamma, 0, 1);
  return planned({
    name: `bdia-${gamma}`,
    order: gamma === 1 ? 2 : 1,
    citations: [BDIA_PAPER],
    inputs: [SECOND],
    write: (builder, levels) => bidirectional(builder, levels, gamma),
  });
}

/** Options of {@link bdiaInversion}. */
export interface BdiaInversionOptions {
  /** gamma in (0, 1], the one of the sampler that is inverted; 1 when left out. */
  readonly gamma?: number;
}

/**
 * The inverse of {@link bdia}, from clean to noisy: `z_prev = (z_next - T(z_i; i to next))/gamma + T(z_i; i to prev)`.
 *
 * With the input `second` (the state before the last of a sampled trajectory) it retraces that trajectory exactly up to
 * rounding. From a picture alone the first step is a DDIM inversion step; then the *pair* of the last two states leads
 * back: sample with x the last state and `second` the one before it. `bdiaEncode` and `bdiaDecode` do this.
 *
 * One model call per step. Rounding errors grow by 1/gamma a step, see {@link bdiaAmplification}. The model must return
 * the same bits for the same input in both directions: same device, same batch shape. Clipping or thresholding is not
 * invertible.
 * @throws ArgumentError for gamma outside (0, 1]; from `begin` when rounding alone would spoil 1e-3 of the signal
 */
export function bdiaInversion(options: BdiaInversionOptions = {}): PlannedSampler {
  const name = "bdiaInversion";
  checkOptions(name, options, ["gamma"]);
  const gamma = options.gamma ?? 1;
  if (gamma === 0) {
    throw new ArgumentError(`${name}: gamma = 0 is DDIM, which has no inverse (got 0, expected 0 < gamma <= 1).`);
  }
  checkNumber(name, "gamma", gamma, Number.MIN_VALUE, 1);
  const sampler = planned({
    name: `bdia-inversion-${gamma}`,
    order: gamma === 1 ? 2 : 1,
    citations: [BDIA_PAPER],
    direction: "noising",
    inputs: [SECOND],
    write: (builder, levels) => bidirectional(builder, levels, 1 / gamma),
  });
  return {
    ...sampler,
    begin: (levels, x, run) => {
      const started = sampler.begin(levels, x, run);
      checkAmplification(sampler.name, gamma, levels, x.dtype === "f64" ? 2 ** -52 : 2 ** -23);
      return started;
    },
  };
}

/**
 * Growth of rounding errors in a round trip of K steps, `gamma^(-K)`. Times the machine precision (1.2e-7 in f32,
 * 2.2e-16 in f64) it predicts the error of encoding and decoding relative to the signal.
 * @param gamma in (0, 1]
 * @param steps K
 * @throws ArgumentError for gamma or steps out of range
 */
export function bdiaAmplification(gamma: number, steps: number): number {
  checkNumber("bdiaAmplification", "gamma", gamma, Number.MIN_VALUE, 1);
  checkNumber("bdiaAmplification", "steps", steps, 0);
  return gamma ** -steps;
}

/** Largest relative error by rounding that an inversion starts with. */
const MAX_ERROR = 1e-3;

function checkAmplification(name: string, gamma: number, levels: readonly Level[], precision: number): void {
  const steps = countSteps(levels);
  const error = bdiaAmplification(gamma, steps) * precision;
  if (error <= MAX_ERROR) return;
  throw new ArgumentError(
    `${name}: rounding errors would grow to ${error.toPrecision(2)} of the signal over ${steps} steps ` +
      `(got gamma^-K = ${(gamma ** -steps).toPrecision(2)}, expected at most ${(MAX_ERROR / precision).toPrecision(2)}). ` +
      `Raise gamma, take fewer steps, or use f64.`,
  );
}
