/** The exact deterministic sample: the end point of the probability-flow equation. */
import { ArgumentError, tensor, type Tensor } from "@ansatz/tensor";
import { checkLevel, edmSigma, type Level } from "../level.ts";
import type { NumericModel } from "../plan/numeric.ts";
import { integrate } from "./extrapolation.ts";
import { checkMixture, mixturePrediction, type MixtureOptions } from "./mixture.ts";

/**
 * The end point of the probability flow of a model on plain arrays, to about 1e-12 for smooth models.
 *
 * With y = x/alpha and u = sigma/alpha the flow of every family of levels is `dy/du = epsilon(x)`; equivalently, with
 * z = x/sigma and w = alpha/sigma, `dz/dw = x0(x)`. The second form is regular at pure noise and is used while u > 1, the
 * first is regular at the clean end and is used below. The end point depends on the two levels alone.
 * @param model prediction at x for a level; it is called on levels with alpha = 1 (for epsilon) or sigma = 1 (for x0)
 * @param x the signal on `from`
 * @throws ArgumentError for the first level or the last level out of range
 */
export function probabilityFlow(model: NumericModel, x: Float64Array, from: Level, to: Level): Float64Array {
  checkLevel("probabilityFlow", from, "the first level");
  checkLevel("probabilityFlow", to, "the last level");
  const scale = (values: Float64Array, factor: number): Float64Array => values.map((value) => value * factor);
  const noisyPart = (z: Float64Array, start: number, end: number): Float64Array =>
    integrate((w, now) => model(now, { alpha: w, sigma: 1 }, "x0"), start, end, z);
  const cleanPart = (y: Float64Array, start: number, end: number): Float64Array =>
    integrate((u, now) => model(now, { alpha: 1, sigma: u }, "epsilon"), start, end, y);
  const first = edmSigma(from);
  const last = edmSigma(to);
  // At u = 1 both forms have the same variable.
  if (first > 1) {
    const z = noisyPart(scale(x, 1 / from.sigma), 1 / first, 1 / Math.max(last, 1));
    return last > 1 ? scale(z, to.sigma) : scale(cleanPart(z, 1, last), to.alpha);
  }
  const y = cleanPart(scale(x, 1 / from.alpha), first, Math.min(last, 1));
  return last > 1 ? scale(noisyPart(y, 1, 1 / last), to.sigma) : scale(y, to.alpha);
}

/**
 * The exact denoiser of a mixture on plain arrays of points [B, D].
 * @throws ArgumentError for a mixture whose parts do not fit, or when points do not have the mixture's dimension
 */
export function mixtureModel(options: MixtureOptions): NumericModel {
  const mixture = checkMixture("mixtureModel", options);
  return (x, level, predict) => {
    if (x.length === 0 || x.length % mixture.dimension !== 0) {
      throw new ArgumentError(
        `mixtureModel: points do not have the mixture's dimension (got ${x.length} numbers, expected a multiple of ${mixture.dimension}).`,
      );
    }
    return mixturePrediction(mixture, x, level, predict);
  };
}

/** {@link probabilityFlow} of a Gaussian mixture for a tensor of points [B, D]; the result is f64. */
export async function exactFlow(options: MixtureOptions, x: Tensor, from: Level, to: Level): Promise<Tensor> {
  const values = Float64Array.from(await x.data());
  return tensor(probabilityFlow(mixtureModel(options), values, from, to), { shape: [...x.shape], device: x.device });
}
