/** Models, levels and schedules as the golden files write them. */
import { tensor, type Tensor } from "@ansatz/tensor";
import {
  discreteSchedule,
  sample,
  type BetaKind,
  type DiscreteSchedule,
  type Level,
  type PredictingDenoiser,
  type Prediction,
  type SampleOptions,
  type SampleResult,
} from "@ansatz/samplers";
import { gaussianMixture, type MixtureOptions } from "@ansatz/samplers/problems";
import { expectClose, type Tolerance } from "@ansatz/golden";

export function mixtureOf(model: any): MixtureOptions {
  if (model.kind !== undefined && model.kind !== "gaussian_mixture_diag")
    throw new Error(`unknown model ${model.kind}`);
  return { weights: model.weights, means: model.means, variances: model.variances };
}

export function denoiserOf(model: any, predict: Prediction = "epsilon"): PredictingDenoiser {
  return gaussianMixture({ ...mixtureOf(model), predict });
}

export function points(rows: number[][]): Tensor {
  return tensor(Float64Array.from(rows.flat()), { shape: [rows.length, rows[0].length] });
}

export function flat(rows: number[][]): Float64Array {
  return Float64Array.from(rows.flat());
}

/** Levels written as two lists; the index serves as time. */
export function chain(levels: { alpha: number[]; sigma: number[] }): Level[] {
  return levels.alpha.map((alpha, time) => ({ alpha, sigma: levels.sigma[time], time }));
}

const KINDS: Record<string, BetaKind> = {
  linear: "linear",
  scaled_linear: "scaled-linear",
  quad: "quad",
  cosine: "cosine",
};

export function tableOf(entry: any, options: { zeroTerminalSnr?: boolean } = {}): DiscreteSchedule {
  const betas = KINDS[entry.kind];
  if (betas === undefined) throw new Error(`unknown schedule ${entry.kind}`);
  const range = entry.beta_start === null ? {} : { betaStart: entry.beta_start, betaEnd: entry.beta_end };
  return discreteSchedule({ betas, count: entry.N ?? 1000, ...range, ...options });
}

/** Samples, checks the number of model calls, compares the end and, where given, every step. */
export async function expectRun(
  options: SampleOptions,
  expected: { final: number[][]; trajectory?: number[][][]; evaluations: number },
  tolerance: Tolerance,
): Promise<SampleResult> {
  let calls = 0;
  const inner = options.denoiser as PredictingDenoiser;
  const counting: PredictingDenoiser = {
    predict: inner.predict,
    call: (x, level, context) => {
      calls++;
      return inner.call(x, level, context);
    },
  };
  const result = await sample({ ...options, denoiser: counting, trajectory: expected.trajectory !== undefined });
  if (result.status !== "completed") throw new Error(result.message);
  if (calls !== expected.evaluations || result.cost.evaluations !== calls) {
    throw new Error(`${calls} model calls, ${result.cost.evaluations} reported, expected ${expected.evaluations}`);
  }
  expectClose("final", await result.value.data(), flat(expected.final), tolerance);
  const steps = expected.trajectory ?? [];
  if (expected.trajectory !== undefined && result.trajectory?.length !== steps.length) {
    throw new Error(`${result.trajectory?.length} steps, expected ${steps.length}`);
  }
  for (const [i, step] of steps.entries()) {
    expectClose(`step ${i}`, await (result.trajectory as Tensor[])[i].data(), flat(step), tolerance);
  }
  return result;
}
