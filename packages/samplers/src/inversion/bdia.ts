/** Encoding a signal as noise and back, exactly. */
import { ArgumentError, checkOptions, type Tensor } from "@ansatz/tensor";
import { linear } from "../plan/linear.ts";
import { asEpsilon, describeDenoiser, type Denoiser } from "../predictions/denoiser.ts";
import type { Level } from "../level.ts";
import { bdia, bdiaAmplification, bdiaInversion } from "../samplers/bdia.ts";
import type { PlannedSampler, Run } from "../samplers/base.ts";
import { countSteps } from "../samplers/planned.ts";

/** Options that {@link bdiaEncode} and {@link bdiaDecode} share. */
export interface BdiaCodeOptions<C = unknown> {
  readonly denoiser: Denoiser<C>;
  /** From noisy to clean, for both directions; at least 3. */
  readonly levels: readonly Level[];
  /** gamma in (0, 1]; 1 when left out. */
  readonly gamma?: number;
  /** Handed to the denoiser with every call. */
  readonly context?: C;
}

/** The code of a signal: both end states of the inversion. */
export interface BdiaCode {
  /** The state on the noisiest level. */
  readonly last: Tensor;
  /** The state on the level before it. */
  readonly beforeLast: Tensor;
  /** Growth of rounding errors there and back, `gamma^(-K)`. */
  readonly amplification: number;
  /** Predicted error of decoding relative to the signal: the growth times the machine precision. */
  readonly predictedError: number;
}

/**
 * Runs BDIA-DDIM backwards from a clean signal: exactly invertible by {@link bdiaDecode}.
 * @param x the clean signal on the last of the levels; it stays yours
 * @throws ArgumentError for a denoiser that clips, or where rounding alone would spoil the code (see `bdiaInversion`)
 * @example
 * const code = await bdiaEncode(image, { denoiser, levels, gamma: 0.96 });
 * const again = await bdiaDecode(code, { denoiser: edited, levels, gamma: 0.96 });
 */
export async function bdiaEncode<C = unknown>(x: Tensor, options: BdiaCodeOptions<C>): Promise<BdiaCode> {
  const name = "bdiaEncode";
  const gamma = checkCode(name, options);
  const levels = [...options.levels].reverse();
  const run = bdiaInversion({ gamma }).begin(levels, x);
  const { last, before } = await walkRun(run, options);
  const amplification = bdiaAmplification(gamma, countSteps(levels));
  const predictedError = amplification * (x.dtype === "f64" ? 2 ** -52 : 2 ** -23);
  return { last, beforeLast: before, amplification, predictedError };
}

/**
 * The inverse of {@link bdiaEncode}: samples from the pair of end states.
 * @returns the clean signal; it is yours
 */
export async function bdiaDecode<C = unknown>(
  code: Pick<BdiaCode, "last" | "beforeLast">,
  options: BdiaCodeOptions<C>,
): Promise<Tensor> {
  const gamma = checkCode("bdiaDecode", options);
  const sampler: PlannedSampler = bdia({ gamma });
  const run = sampler.begin(options.levels, code.last, { inputs: { second: code.beforeLast } });
  const { last, before } = await walkRun(run, options);
  before.dispose();
  return last;
}

function checkCode<C>(name: string, options: BdiaCodeOptions<C>): number {
  checkOptions(name, options, ["denoiser", "levels", "gamma", "context"]);
  if (describeDenoiser(name, options.denoiser).clips === true) {
    throw new ArgumentError(
      `${name}: a denoiser that clips its estimates cannot be inverted (got a thresholded one). Use the plain model.`,
    );
  }
  if (countSteps(options.levels) < 2) {
    throw new ArgumentError(`${name}: two-step methods need two steps (got ${countSteps(options.levels)}).`);
  }
  return options.gamma ?? 1;
}

async function walkRun<C>(
  run: Run,
  { denoiser, context }: BdiaCodeOptions<C>,
): Promise<{ last: Tensor; before: Tensor }> {
  const model = asEpsilon(denoiser);
  try {
    while (!run.done) {
      const { x, level } = run.needs();
      await run.give(await model(x, level, context));
    }
    const before = linear([[1, run.previous as Tensor]]).eval();
    return { last: run.release(), before };
  } catch (error) {
    run.dispose();
    throw error;
  }
}
