/** Gaussian mixtures with diagonal covariances: data whose best denoiser is known in closed form. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import { checkPositive } from "../check.ts";
import type { Level } from "../level.ts";
import { mixtureOf, type Prediction } from "../predictions/table.ts";

/** A mixture of K axis-aligned Gaussians in D dimensions. */
export interface MixtureOptions {
  /** K positive weights; they are normalised to sum 1. */
  readonly weights: readonly number[];
  /** K means of D numbers. */
  readonly means: readonly (readonly number[])[];
  /** K lists of D variances, each > 0. */
  readonly variances: readonly (readonly number[])[];
}

/** A checked mixture. */
export interface Mixture {
  readonly weights: readonly number[];
  readonly means: readonly (readonly number[])[];
  readonly variances: readonly (readonly number[])[];
  readonly dimension: number;
}

/** Checks a mixture and normalises its weights. */
export function checkMixture(name: string, options: MixtureOptions): Mixture {
  checkOptions(name, options, ["weights", "means", "variances"]);
  const { weights, means, variances } = options;
  const count = weights.length;
  const dimension = means[0]?.length ?? 0;
  if (count === 0 || dimension === 0 || means.length !== count || variances.length !== count) {
    throw new ArgumentError(
      `${name}: weights, means and variances do not fit (got ${count}, ${means.length} and ${variances.length}, expected equal numbers above 0).`,
    );
  }
  weights.forEach((weight, k) => checkPositive(name, `weight ${k}`, weight));
  for (let k = 0; k < count; k++) {
    if (means[k].length !== dimension || variances[k].length !== dimension) {
      throw new ArgumentError(
        `${name}: component ${k} does not have the dimension of the first (got ${means[k].length} and ${variances[k].length}, expected ${dimension}).`,
      );
    }
    variances[k].forEach((variance, j) => checkPositive(name, `variance ${j} of component ${k}`, variance));
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return { weights: weights.map((weight) => weight / total), means, variances, dimension };
}

/**
 * The mixture at a noise level: component k of x is N(alpha m_k, V_k) with V_k = alpha^2 v_k + sigma^2. Any prediction
 * `p x0 + r epsilon` of component k is `offset_k + slope_k (x - alpha m_k)`, and the mixture's is their average under the
 * posterior probabilities of the components.
 */
export interface NoisyComponent {
  /** ln(weight) - sum ln(V)/2. */
  readonly logWeight: number;
  /** alpha m. */
  readonly center: readonly number[];
  /** 1/V. */
  readonly precision: readonly number[];
  /** p m. */
  readonly offset: readonly number[];
  /** (p alpha v + r sigma)/V. */
  readonly slope: readonly number[];
}

/** The components of a mixture at a level, for a prediction. */
export function noisyComponents(mixture: Mixture, level: Level, predict: Prediction): NoisyComponent[] {
  const { alpha, sigma } = level;
  const [p, r] = mixtureOf(predict, level);
  // r sigma of a score is -1 also where r itself is infinite.
  const noise = predict === "score" ? -1 : r * sigma;
  return mixture.weights.map((weight, k) => {
    const variance = mixture.variances[k].map((v) => alpha * alpha * v + sigma * sigma);
    return {
      logWeight: Math.log(weight) - variance.reduce((sum, v) => sum + Math.log(v), 0) / 2,
      center: mixture.means[k].map((m) => alpha * m),
      precision: variance.map((v) => 1 / v),
      offset: mixture.means[k].map((m) => p * m),
      slope: mixture.variances[k].map((v, j) => (p * alpha * v + noise) / variance[j]),
    };
  });
}

/** The mixture's prediction for a batch of points [B, D], on plain arrays. */
export function mixturePrediction(mixture: Mixture, x: Float64Array, level: Level, predict: Prediction): Float64Array {
  const components = noisyComponents(mixture, level, predict);
  const { dimension } = mixture;
  const out = new Float64Array(x.length);
  const logs = new Float64Array(components.length);
  for (let at = 0; at < x.length; at += dimension) {
    let top = -Infinity;
    components.forEach(({ logWeight, center, precision }, k) => {
      let distance = 0;
      for (let j = 0; j < dimension; j++) distance += (x[at + j] - center[j]) ** 2 * precision[j];
      logs[k] = logWeight - distance / 2;
      top = Math.max(top, logs[k]);
    });
    let total = 0;
    for (let k = 0; k < logs.length; k++) total += logs[k] = Math.exp(logs[k] - top);
    components.forEach(({ center, offset, slope }, k) => {
      const share = logs[k] / total;
      for (let j = 0; j < dimension; j++) out[at + j] += share * (offset[j] + slope[j] * (x[at + j] - center[j]));
    });
  }
  return out;
}
