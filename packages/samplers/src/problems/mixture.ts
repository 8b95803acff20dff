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

/**
 * Checks a mixture and normalises its weights.
 * @throws ArgumentError for an unknown option or arguments out of range, or when weights, means and variances do not
 * fit, or when a component does not have the dimension of the first
 */
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

/** The components one after the other in one array each: K numbers, and K times D of the others. */
function flattened(
  components: readonly NoisyComponent[],
  dimension: number,
): Record<keyof NoisyComponent, Float64Array> {
  const flat = (field: "center" | "precision" | "offset" | "slope"): Float64Array => {
    const values = new Float64Array(components.length * dimension);
    components.forEach((component, k) => values.set(component[field], k * dimension));
    return values;
  };
  return {
    logWeight: Float64Array.from(components, ({ logWeight }) => logWeight),
    center: flat("center"),
    precision: flat("precision"),
    offset: flat("offset"),
    slope: flat("slope"),
  };
}

/** Points that are computed side by side: one alone would wait for its own sums most of the time. */
const GROUP = 4;

/** The mixture's prediction for a batch of points [B, D], on plain arrays. */
export function mixturePrediction(mixture: Mixture, x: Float64Array, level: Level, predict: Prediction): Float64Array {
  const size = mixture.dimension * GROUP;
  if (x.length % size === 0) return predictGroups(mixture, x, level, predict);
  const padded = new Float64Array(Math.ceil(x.length / size) * size);
  padded.set(x);
  return predictGroups(mixture, padded, level, predict).slice(0, x.length);
}

/** {@link mixturePrediction} of whole groups of points. */
function predictGroups(mixture: Mixture, x: Float64Array, level: Level, predict: Prediction): Float64Array {
  const { dimension: d, weights } = mixture;
  const { logWeight, center, precision, offset, slope } = flattened(noisyComponents(mixture, level, predict), d);
  const out = new Float64Array(x.length);
  // Logarithms, then shares: those of the four points for component 0, for component 1, ...
  const shares = new Float64Array(weights.length * GROUP);
  for (let at = 0; at < x.length; at += d * GROUP) {
    // (Destructuring an array here would make one.)
    let top0 = -Infinity;
    let top1 = -Infinity;
    let top2 = -Infinity;
    let top3 = -Infinity;
    for (let k = 0, c = 0, i = 0; k < shares.length; k += GROUP, c++) {
      let sum0 = 0;
      let sum1 = 0;
      let sum2 = 0;
      let sum3 = 0;
      for (let j = at; j < at + d; j++, i++) {
        const middle = center[i];
        const weight = precision[i];
        const from0 = x[j] - middle;
        const from1 = x[j + d] - middle;
        const from2 = x[j + 2 * d] - middle;
        const from3 = x[j + 3 * d] - middle;
        sum0 += from0 * from0 * weight;
        sum1 += from1 * from1 * weight;
        sum2 += from2 * from2 * weight;
        sum3 += from3 * from3 * weight;
      }
      const log = logWeight[c];
      top0 = Math.max(top0, (shares[k] = log - sum0 / 2));
      top1 = Math.max(top1, (shares[k + 1] = log - sum1 / 2));
      top2 = Math.max(top2, (shares[k + 2] = log - sum2 / 2));
      top3 = Math.max(top3, (shares[k + 3] = log - sum3 / 2));
    }
    let total0 = 0;
    let total1 = 0;
    let total2 = 0;
    let total3 = 0;
    for (let k = 0; k < shares.length; k += GROUP) {
      total0 += shares[k] = Math.exp(shares[k] - top0);
      total1 += shares[k + 1] = Math.exp(shares[k + 1] - top1);
      total2 += shares[k + 2] = Math.exp(shares[k + 2] - top2);
      total3 += shares[k + 3] = Math.exp(shares[k + 3] - top3);
    }
    for (let k = 0; k < shares.length; k += GROUP) {
      shares[k] /= total0;
      shares[k + 1] /= total1;
      shares[k + 2] /= total2;
      shares[k + 3] /= total3;
    }
    for (let j = 0; j < d; j++) {
      const p = at + j;
      const x0 = x[p];
      const x1 = x[p + d];
      const x2 = x[p + 2 * d];
      const x3 = x[p + 3 * d];
      let sum0 = 0;
      let sum1 = 0;
      let sum2 = 0;
      let sum3 = 0;
      for (let k = 0, i = j; k < shares.length; k += GROUP, i += d) {
        const middle = center[i];
        const base = offset[i];
        const tilt = slope[i];
        sum0 += shares[k] * (base + tilt * (x0 - middle));
        sum1 += shares[k + 1] * (base + tilt * (x1 - middle));
        sum2 += shares[k + 2] * (base + tilt * (x2 - middle));
        sum3 += shares[k + 3] * (base + tilt * (x3 - middle));
      }
      out[p] = sum0;
      out[p + d] = sum1;
      out[p + 2 * d] = sum2;
      out[p + 3 * d] = sum3;
    }
  }
  return out;
}
