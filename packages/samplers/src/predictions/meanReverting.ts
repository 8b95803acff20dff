/** Denoisers of mean-reverting diffusion, and their centred form. */
import { sub, add, mul, type Tensor } from "@ansatz/tensor";
import { checkChoice } from "../check.ts";
import type { Level } from "../level.ts";
import { linear } from "../plan/linear.ts";
import { checkOutput, describeDenoiser, type Denoiser, type PredictingDenoiser } from "./denoiser.ts";
import { mixtureOf } from "./table.ts";

/**
 * The denoiser of x - mu, for a denoiser of `x = alpha x0 + (1 - alpha) mu + sigma n`: it hands mu + its input to the
 * model, and takes mu's part out of the prediction (`p mu` for a prediction `p x0 + r epsilon`).
 * @param denoiser predicts x0, epsilon, score, flow or v of the uncentred signal
 * @param mean mu, of the shape of the signal
 */
export function centred<C = unknown>(denoiser: Denoiser<C>, mean: Tensor): PredictingDenoiser<C> {
  const { predict, call, citations } = describeDenoiser("centred", denoiser);
  const convert = (output: Tensor, level: Level): Tensor => {
    const [signal] = mixtureOf(predict, level);
    if (signal === 0) return output;
    const result = sub(output, mul(mean, signal)).eval();
    output.dispose();
    return result;
  };
  return { predict, call: aroundMean(call, mean, convert), citations };
}

/**
 * The centred denoiser of a network that predicts the velocity of mean-reverting diffusion,
 * `v = L alpha n - (sigma/L) (x0 - mu)`: it predicts `x0 - mu = alpha (x - mu) - (sigma/L) v`.
 * @param call the network, on the uncentred signal
 * @param mean mu, of the shape of the signal
 * @param limit L of the schedule
 */
export function centredVelocity<C = unknown>(
  call: PredictingDenoiser<C>["call"],
  mean: Tensor,
  limit: number,
): PredictingDenoiser<C> {
  const convert = (output: Tensor, level: Level, x: Tensor): Tensor => {
    const { x: ofSignal, prediction } = meanRevertingConversion("velocity", "data", level, limit);
    const result = linear([
      [ofSignal, x],
      [prediction, output],
    ]).eval();
    output.dispose();
    return result;
  };
  return { predict: "x0", call: aroundMean(call, mean, convert) };
}

function aroundMean<C>(
  call: PredictingDenoiser<C>["call"],
  mean: Tensor,
  convert: (output: Tensor, level: Level, x: Tensor) => Tensor,
): PredictingDenoiser<C>["call"] {
  return (x, level, context) => {
    const shifted = add(x, mean).eval();
    const finish = (output: Tensor): Tensor => {
      checkOutput("centred", output, x);
      const result = convert(output, level, x);
      if (result !== shifted) shifted.dispose();
      return result;
    };
    const output = call(shifted, level, context);
    return output instanceof Promise ? output.then(finish) : finish(output);
  };
}

/** What networks of mean-reverting diffusion predict. */
export type MeanRevertingPrediction = "noise" | "data" | "velocity";

/** Factors of `target = x (x) + prediction (prediction) + mean (mu)`, all uncentred. */
export interface MeanRevertingFactors {
  readonly x: number;
  readonly prediction: number;
  readonly mean: number;
}

/**
 * Factors that turn one prediction of mean-reverting diffusion into another (Li et al. 2025, section 3): with d = x0 - mu
 * and `x - mu = alpha d + sigma n`, data is `mu + d`, noise is n, velocity is `L alpha n - (sigma/L) d`.
 * @throws ArgumentError for an unknown prediction
 */
export function meanRevertingConversion(
  from: MeanRevertingPrediction,
  to: MeanRevertingPrediction,
  level: Level,
  limit: number,
): MeanRevertingFactors {
  const name = "meanRevertingConversion";
  const kinds = ["noise", "data", "velocity"] as const;
  checkChoice(name, "prediction", from, kinds);
  checkChoice(name, "prediction", to, kinds);
  const mixture: Record<MeanRevertingPrediction, readonly [number, number]> = {
    noise: [0, 1],
    data: [1, 0],
    velocity: [-level.sigma / limit, limit * level.alpha],
  };
  if (from === to) return { x: 0, prediction: 1, mean: 0 };
  const [p, r] = mixture[from];
  const [pTo, rTo] = mixture[to];
  const determinant = level.alpha * r - level.sigma * p;
  const x = (pTo * r - rTo * p) / determinant;
  const prediction = (rTo * level.alpha - pTo * level.sigma) / determinant;
  return { x, prediction, mean: (to === "data" ? 1 : 0) - x - (from === "data" ? prediction : 0) };
}
