/** Samplers and levels from diffusers' scheduler configurations. */
import { ArgumentError, checkOptions, neg, type Tensor } from "@ansatz/tensor";
import { checkInteger, checkNumber } from "../../check.ts";
import type { Level } from "../../level.ts";
import type { Denoiser, DenoiserFunction } from "../../predictions/denoiser.ts";
import { edmPreconditioned } from "../../predictions/edm.ts";
import type { Prediction } from "../../predictions/table.ts";
import { withDynamicThreshold, withStaticThreshold } from "../../predictions/threshold.ts";
import type { PlannedSampler } from "../../samplers/base.ts";
import type { Schedule } from "../../schedules/base.ts";
import { CLASSES } from "./classes.ts";
import { configReader, type DiffusersConfig } from "./config.ts";
import type { Prepared } from "./shared.ts";

export type { DiffusersConfig } from "./config.ts";

/** Options of {@link fromDiffusersConfig}. */
export interface DiffusersOptions {
  /** Number of inference steps. */
  readonly steps: number;
  /** For DDIM: the `eta` of its `step`; 0 when left out. */
  readonly eta?: number;
  /** For dynamic shifting: the `mu` of `set_timesteps`. */
  readonly mu?: number;
}

/** Everything a run needs that a configuration decides. */
export interface DiffusersSampler {
  readonly sampler: PlannedSampler;
  readonly levels: readonly Level[];
  readonly schedule?: Schedule;
  /** What the network predicts. */
  readonly predict: Prediction;
  /** The initial signal is this times standard normal noise. */
  readonly initialScale: number;
  /** The times of the model calls, in order, as diffusers hands them to the network. */
  readonly timesteps: readonly number[];
  /** The network as the denoiser that the configuration asks for: its prediction, clipping, preconditioning. */
  denoiser<C = unknown>(network: DenoiserFunction<C>): Denoiser<C>;
  /** Keys of the configuration that its class does not have, as shared configurations carry them. */
  readonly ignored: readonly string[];
  /** Where the results differ from diffusers beyond rounding, in sentences. */
  readonly differences: readonly string[];
}

/**
 * The sampler, levels and denoiser of a diffusers scheduler (`scheduler_config.json`, or its parsed content): the same
 * defaults, timesteps and formulas as the Python class of that name, as of August 2026.
 *
 * Classes: DDIM, DDPM, PNDM, DPMSolverMultistep, DPMSolverSinglestep, UniPCMultistep, DEISMultistep, EulerDiscrete,
 * EulerAncestralDiscrete, HeunDiscrete, LMSDiscrete, IPNDM, EDMEuler, EDMDPMSolverMultistep and FlowMatchEulerDiscrete.
 *
 * Signals are kept on the levels' own scale. The Euler, Heun and LMS classes scale theirs by 1/alpha and divide before
 * every model call, so that the network sees the same; the last signal is the same too.
 * @throws ArgumentError for unknown classes, for keys that no class has, and for features that we do not have (learned variances)
 * @example
 * const { sampler, levels, denoiser, initialScale } = fromDiffusersConfig(json, { steps: 25 });
 * const x = mul(normal(key(1), [1, 4, 64, 64]), initialScale);
 * await sample({ sampler, levels, x, denoiser: denoiser((z, { time }) => unet(z, time)) });
 */
export function fromDiffusersConfig(source: DiffusersConfig | string, options: DiffusersOptions): DiffusersSampler {
  const name = "fromDiffusersConfig";
  checkOptions(name, options ?? {}, ["steps", "eta", "mu"]);
  checkInteger(name, "steps", options?.steps, 1);
  if (options.eta !== undefined) checkNumber(name, "eta", options.eta, 0, 1);
  const config = configReader(name, source);
  const build = CLASSES[config.className];
  if (build === undefined) {
    throw new ArgumentError(
      `${name}: unknown scheduler class (got ${JSON.stringify(config.className)}, expected one of ${Object.keys(CLASSES).join(", ")}).`,
    );
  }
  if (options.eta !== undefined && config.className !== "DDIMScheduler") {
    throw new ArgumentError(`${name}: eta belongs to DDIMScheduler (got ${options.eta} for ${config.className}).`);
  }
  const prepared = build(config, options);
  const { sampler, levels, schedule, predict, initialScale, timeOf = (time) => time, differences = [] } = prepared;
  const calls = sampler
    .plan(levels, { schedule })
    .instructions.flatMap((instruction) =>
      instruction.op === "evaluate" ? [timeOf(instruction.level.time as number)] : [],
    );
  return {
    sampler,
    levels,
    schedule,
    predict,
    initialScale,
    timesteps: calls,
    denoiser: (network) => wrap(prepared, network),
    ignored: config.unread(),
    differences,
  };
}

/** A network with the other sign. */
function negative<C>(network: DenoiserFunction<C>): DenoiserFunction<C> {
  const finish = (output: Tensor, x: Tensor): Tensor => {
    const turned = neg(output).eval();
    if (output !== x) output.dispose();
    return turned;
  };
  return (x, level, context) => {
    const output = network(x, level, context);
    return output instanceof Promise ? output.then((value) => finish(value, x)) : finish(output, x);
  };
}

function wrap<C>({ predict, clip, threshold, edm, negated }: Prepared, network: DenoiserFunction<C>): Denoiser<C> {
  const plain: Denoiser<C> =
    edm === undefined
      ? { predict, call: negated === true ? negative(network) : network }
      : edmPreconditioned(network, { sigmaData: edm.sigmaData, sign: edm.sign });
  if (threshold !== undefined) return withDynamicThreshold(plain, threshold);
  return clip === undefined ? plain : withStaticThreshold(plain, { range: clip });
}
