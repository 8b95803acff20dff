/** Calibration sets: inputs of a diffusion model with the time steps that belong to them. */
import { ArgumentError, isTensor, slice, tensor } from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import { normal } from "@ansatz/tensor/random";
import type { Key } from "@ansatz/tensor/random";
import { ddim, sample } from "@ansatz/samplers";
import type { Denoiser, DiscreteSchedule, Level, Sampler } from "@ansatz/samplers";
import { checkInteger } from "../check.ts";
import type { TimePolicy } from "./times.ts";
import { timesOf } from "./times.ts";

/** Inputs x [n, …] and their times [n]. */
export interface CalibrationSet {
  /** Row-major, n items one after the other. */
  readonly x: Float32Array<ArrayBuffer>;
  readonly t: Int32Array<ArrayBuffer>;
  /** Shape of one item. */
  readonly shape: readonly number[];
}

/**
 * Where inputs come from: pure noise; clean data; data with the noise of their time; or the states of the model's own
 * sampling, which needs no data.
 */
export type CalibrationSource =
  | { readonly mode: "noise" }
  | { readonly mode: "raw" | "forward"; readonly data: Tensor }
  | {
      readonly mode: "backward";
      readonly denoiser: Denoiser;
      /** DDIM when left out. */
      readonly sampler?: Sampler;
      /** Levels of the trajectory, from noisy to clean, all but the last with times. */
      readonly levels: readonly Level[];
    };

/** Options of {@link collectCalibration}. */
export interface CalibrationOptions {
  readonly source: CalibrationSource;
  readonly times: TimePolicy;
  /** Number of inputs; 256 is enough for small networks, the paper takes 1024. */
  readonly n: number;
  /** Shape of one input. */
  readonly shape: readonly number[];
  readonly schedule: DiscreteSchedule;
  readonly key: Key;
}

/** The items of clean data that are used, in turn. */
async function cleanItems(data: Tensor, n: number, size: number): Promise<Float32Array> {
  if (!isTensor(data) || data.size === 0 || data.size % size !== 0) {
    throw new ArgumentError(
      `collectCalibration: data are no items of the shape (got ${isTensor(data) ? data.size : typeof data} numbers).`,
    );
  }
  const all = await data.data();
  return Float32Array.from({ length: n * size }, (_, i) => all[i % all.length]);
}

/** The states of sampling: item i as it is when the sampler reaches the level nearest to its time. */
async function backward(
  source: Extract<CalibrationSource, { mode: "backward" }>,
  wanted: Int32Array,
  shape: readonly number[],
  key: Key,
): Promise<CalibrationSet> {
  const { denoiser, levels } = source;
  const times = levels.slice(0, -1).map(({ time }, i) => {
    if (time === undefined) throw new ArgumentError(`collectCalibration: level ${i} has no time (expected one).`);
    return time;
  });
  const n = wanted.length;
  const size = shape.reduce((a, b) => a * b, 1);
  const place = Array.from(wanted, (t) =>
    times.reduce((best, time, i) => (Math.abs(time - t) < Math.abs(times[best] - t) ? i : best), 0),
  );
  const x = new Float32Array(n * size);
  const keep = async (state: Tensor, step: number): Promise<void> => {
    for (const [i, at] of place.entries()) {
      if (at !== step) continue;
      const item = slice(state, [[i, i + 1]]);
      x.set(await item.data(), i * size);
      item.dispose();
    }
  };
  const [first] = levels;
  const start = normal(key, [n, ...shape]);
  const noisy = first.sigma === 1 ? start : start.mul(first.sigma);
  await keep(noisy, 0);
  // After a step the signal stands on the level of its number: it is kept with that level's own time, before the step from there.
  const result = await sample({
    sampler: source.sampler ?? ddim(),
    denoiser,
    levels,
    x: noisy,
    onStep: ({ x: state, step }) => keep(state, step),
  });
  result.value.dispose();
  return { x, t: Int32Array.from(place, (at) => Math.round(times[at])), shape };
}

/**
 * Inputs for calibration with the time steps that they belong to.
 *
 * `noise` and `raw` take pure noise or clean data for any time; `forward` x = α_t x₀ + σ_t ε; `backward` the state of
 * the model's own sampling at t, *before* the step from there. (The published code of PTQ4DM stores the state after the
 * step under the number of the loop, which runs the other way; that defect is not repeated.)
 * @see Shang et al. 2023, "Post-training Quantization on Diffusion Models", algorithm 1
 * @throws ArgumentError for n out of range
 */
export async function collectCalibration(options: CalibrationOptions): Promise<CalibrationSet> {
  const { source, n, shape, schedule } = options;
  checkInteger("collectCalibration", "n", n, 1);
  const [forTimes, forNoise] = options.key.split();
  const t = await timesOf(options.times, n, schedule.count, forTimes);
  const size = shape.reduce((a, b) => a * b, 1);
  if (source.mode === "backward") return backward(source, t, shape, forNoise);
  if (source.mode === "raw") return { x: Float32Array.from(await cleanItems(source.data, n, size)), t, shape };
  const noise = Float32Array.from(await normal(forNoise, [n, size]).data());
  if (source.mode === "noise") return { x: noise, t, shape };
  const clean = await cleanItems(source.data, n, size);
  const x = noise.map((v, i) => {
    const { alpha, sigma } = schedule.level(t[Math.floor(i / size)]);
    return alpha * clean[i] + sigma * v;
  });
  return { x, t, shape };
}

/** The items `from` to `to` of a set as tensors. */
export function calibrationBatch(
  set: CalibrationSet,
  from: number,
  to: number,
  options: { readonly dtype?: "f32" | "f64"; readonly device?: string } = {},
): { readonly x: Tensor; readonly time: Tensor } {
  const size = set.shape.reduce((a, b) => a * b, 1);
  const { dtype = "f32", device } = options;
  return {
    x: tensor(set.x.subarray(from * size, to * size), { shape: [to - from, ...set.shape], dtype, device }),
    time: tensor(Float32Array.from(set.t.subarray(from, to)), { dtype, device }),
  };
}
