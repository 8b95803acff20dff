/** Errors of samplers against exact samples: the same noise, the exact denoiser, the exact end point of the flow. */
import { sample, type LevelGrid, type SamplerEntry, type PreparedSampler } from "@ansatz/samplers";
import { gaussianMixture, mixtureModel, probabilityFlow } from "@ansatz/samplers/problems";
import { tensor, type Tensor } from "@ansatz/tensor";
import { normal, type Key } from "@ansatz/tensor/random";
import { checkSignal } from "../cli/io.ts";
import type { OpenDevice } from "../device.ts";
import { rmsDifference } from "../metrics/rms.ts";
import type { MixtureProblem } from "../problems/mixtures.ts";
import { STARTING_POINTS } from "../problems/startingPoints.ts";

/** Noise on the first level of a grid, and where the exact flow takes it. */
export interface ExactProblem {
  readonly problem: MixtureProblem;
  readonly grid: LevelGrid;
  /** Noise, [points, dimension]. */
  readonly x: Tensor;
  /** The exact samples, row by row. */
  readonly exact: Float64Array;
}

/** Standard normal points for a problem, [points, dimension]. */
export function drawPoints(problem: MixtureProblem, points: number, key: Key, device: OpenDevice): Tensor {
  const dimension = problem.mixture.means[0].length;
  return normal(key, [points, dimension], { dtype: device.float, device: device.name }).eval();
}

/** The kept starting points of a problem. @throws Error for a problem without any */
export function keptPoints(problem: MixtureProblem, device: OpenDevice): Tensor {
  const rows = STARTING_POINTS[problem.name];
  if (rows === undefined) throw new Error(`keptPoints: no points are kept (got problem ${problem.name}).`);
  const values = rows.flat();
  const data = device.float === "f64" ? Float64Array.from(values) : Float32Array.from(values);
  return tensor(data, { shape: [rows.length, rows[0].length], device: device.name });
}

/** Scales standard normal points to the grid's first level and follows the exact flow from there. The caller disposes `x`. */
export async function prepareExact(problem: MixtureProblem, grid: LevelGrid, unit: Tensor): Promise<ExactProblem> {
  const [from, to] = grid.levels(1);
  const x = unit.mul(from.sigma).eval();
  // The flow is integrated on plain arrays in double precision, whatever the device.
  const start = Float64Array.from(await x.data());
  return { problem, grid, x, exact: probabilityFlow(mixtureModel(problem.mixture), start, from, to) };
}

/** Runs a sampler from the problem's noise with the exact denoiser and returns the samples, row by row. */
export async function sampleExact(
  { problem, grid, x }: ExactProblem,
  { sampler, levels }: PreparedSampler,
  key: Key,
  signal: AbortSignal,
): Promise<Float32Array | Float64Array> {
  const denoiser = gaussianMixture({ ...problem.mixture, predict: "epsilon" });
  const run = { sampler, levels, denoiser, x, schedule: grid.schedule, key, signal, checkFinite: false };
  const { value } = await sample(run);
  checkSignal(signal);
  using result = value;
  return (await result.data()) as Float32Array | Float64Array;
}

/** One entry of an error table. */
export interface ExactError {
  readonly sampler: string;
  /** Number of function evaluations: model calls. */
  readonly nfe: number;
  /** Root mean square of the difference from the exact samples, over all coordinates of all points. */
  readonly error: number;
}

/** Whether a sampler can be compared with the exact flow at a given number of model calls. */
export function comparable(entry: SamplerEntry, nfe: number): boolean {
  return entry.prepare !== undefined && nfe >= entry.minEvaluations && entry.create().order >= 1;
}

/** The error of every comparable sampler at every number of model calls. */
export async function exactErrors(
  problem: ExactProblem,
  entries: readonly SamplerEntry[],
  nfes: readonly number[],
  key: Key,
  signal: AbortSignal,
  onEntry?: (done: ExactError) => void,
): Promise<ExactError[]> {
  const errors: ExactError[] = [];
  for (const entry of entries) {
    for (const nfe of nfes) {
      if (!comparable(entry, nfe) || entry.prepare === undefined) continue;
      const samples = await sampleExact(problem, entry.prepare(problem.grid, nfe), key, signal);
      const found = { sampler: entry.name, nfe, error: rmsDifference(samples, problem.exact) };
      errors.push(found);
      onEntry?.(found);
    }
  }
  return errors;
}
