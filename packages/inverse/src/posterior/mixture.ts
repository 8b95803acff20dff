/** Mixtures of normal distributions as priors: everything about their posteriors is known exactly. */
import {
  add,
  ArgumentError,
  checkOptions,
  logsumexp,
  mul,
  reshape,
  scope,
  ShapeError,
  showShape,
  softmax,
  sub,
  sum,
  tensor,
  type Tensor,
} from "@ansatz/tensor";
import { edmSigma, type Level, type PredictingDenoiser } from "@ansatz/samplers";
import { checkNonNegative, checkNumbers, checkPositive } from "../check.ts";
import { conditioned, identity, inverseOf, plus, type Matrix } from "./symmetric.ts";

/** Components of a mixture in D dimensions. */
export interface MixtureComponents {
  /** Positive weights; they are normalised to sum 1. */
  readonly weights: readonly number[];
  readonly means: readonly (readonly number[])[];
  /** Symmetric positive definite matrices [D, D]. */
  readonly covariances: readonly Matrix[];
}

/** A mixture with what samplers and their tests ask for. */
export interface MixturePrior extends MixtureComponents {
  readonly dimension: number;
  /** Mean and covariance of the whole mixture. */
  readonly mean: readonly number[];
  readonly covariance: Matrix;
  /** The best denoiser of points [B, D]. */
  readonly denoiser: PredictingDenoiser;
  /** `ln p_lambda(x)` of points with noise of variance lambda, [B]. */
  logDensity(x: Tensor, lambda: number): Tensor;
  /** Its gradient. */
  score(x: Tensor, lambda: number): Tensor;
  /** Probabilities of the components given points, [B, K]. */
  responsibilities(x: Tensor): Tensor;
  /** The exact posterior for `y = A x + sigma n`, with `ln p(y)`. */
  posterior(data: { readonly matrix: Matrix; readonly data: readonly number[]; readonly sigma: number }): {
    readonly mixture: MixturePrior;
    readonly logEvidence: number;
  };
}

/**
 * A mixture of normal distributions with full covariances: the prior of posterior-sampling experiments whose answer is known. With noise
 * of variance lambda, component k has the covariance `C_k + lambda I`. Cost of a call: points x components x D^2.
 * @throws ArgumentError for components that do not fit, ShapeError for points of another dimension
 */
export function gaussianMixturePrior(components: MixtureComponents): MixturePrior {
  const name = "gaussianMixturePrior";
  checkOptions(name, components, ["weights", "means", "covariances"]);
  const { means, covariances } = components;
  const dimension = checkComponents(name, components);
  const total = components.weights.reduce((a, b) => a + b, 0);
  const weights = components.weights.map((w) => w / total);
  const mean = means[0].map((_, j) => weights.reduce((s, w, k) => s + w * means[k][j], 0));
  const covariance = mean.map((_, i) =>
    mean.map((__, j) =>
      weights.reduce(
        (s, w, k) => s + w * (covariances[k][i][j] + (means[k][i] - mean[i]) * (means[k][j] - mean[j])),
        0,
      ),
    ),
  );
  const at = (x: Tensor, lambda: number): Spread => spreadOf(name, { weights, means, covariances }, x, lambda);
  const score = (x: Tensor, lambda: number): Tensor => scope(() => mul(at(x, lambda).pull(), -1));
  return {
    weights,
    means,
    covariances,
    dimension,
    mean,
    covariance,
    denoiser: {
      predict: "x0",
      call(x: Tensor, level: Level) {
        const lambda = edmSigma(level) ** 2;
        return scope(() => {
          const clean = mul(x, 1 / level.alpha);
          return sub(clean, mul(at(clean, lambda).pull(), lambda));
        });
      },
    },
    score,
    logDensity: (x, lambda) =>
      scope(() => {
        checkNonNegative(name, "lambda", lambda);
        return at(x, lambda).logDensity();
      }),
    responsibilities: (x) => scope(() => at(x, 0).shares()),
    posterior({ matrix, data, sigma }) {
      checkPositive(name, "sigma", sigma);
      const noise = identity(data.length, sigma * sigma);
      const given = means.map((m, k) => {
        const found = conditioned({ mean: m, covariance: covariances[k] }, matrix, noise, data);
        if (found === undefined) throw new ArgumentError(`${name}: covariances[${k}] is not positive definite.`);
        return found;
      });
      const logs = given.map(({ logDensity }, k) => Math.log(weights[k]) + logDensity);
      const top = Math.max(...logs);
      const shares = logs.map((l) => Math.exp(l - top));
      const sumOfShares = shares.reduce((a, b) => a + b, 0);
      return {
        mixture: gaussianMixturePrior({
          weights: shares.map((s) => Math.max(s / sumOfShares, Number.MIN_VALUE)),
          means: given.map((g) => g.mean),
          covariances: given.map((g) => g.covariance),
        }),
        logEvidence: top + Math.log(sumOfShares),
      };
    },
  };
}

interface Spread {
  /** `sum_k r_k C_k^-1 (x - m_k)`. */
  pull(): Tensor;
  shares(): Tensor;
  logDensity(): Tensor;
}

/** A mixture with noise, at points. */
function spreadOf(name: string, { weights, means, covariances }: MixtureComponents, x: Tensor, lambda: number): Spread {
  const [count, dimension] = [weights.length, means[0].length];
  if (x.ndim !== 2 || x.shape[1] !== dimension) {
    throw new ShapeError(
      `${name}: points have another dimension (got ${showShape(x.shape)}, expected [B, ${dimension}]).`,
    );
  }
  const [batch] = x.shape;
  const solved = covariances.map((c, k) => {
    const found = inverseOf(plus(c, identity(dimension, lambda)));
    if (found === undefined) throw new ArgumentError(`${name}: covariances[${k}] is not positive definite.`);
    return found;
  });
  const constant = (values: readonly number[], shape: readonly number[]): Tensor =>
    tensor(Float64Array.from(values), { shape, dtype: x.dtype as "f64", device: x.device });
  const offsets = weights.map(
    (w, k) => Math.log(w) - (solved[k].logDeterminant + dimension * Math.log(2 * Math.PI)) / 2,
  );
  const difference = sub(reshape(x, [batch, 1, dimension]), constant(means.flat(), [1, count, dimension]));
  const inverses = constant(
    solved.flatMap(({ inverse }) => inverse.flat()),
    [1, count, dimension, dimension],
  );
  const pulled = sum(mul(inverses, reshape(difference, [batch, count, 1, dimension])), { axis: 3 });
  const logs = add(mul(sum(mul(pulled, difference), { axis: 2 }), -0.5), constant(offsets, [1, count]));
  return {
    shares: () => softmax(logs, 1),
    pull: () => sum(mul(reshape(softmax(logs, 1), [batch, count, 1]), pulled), { axis: 1 }),
    logDensity: () => logsumexp(logs, { axis: 1 }),
  };
}

/** Throws unless components fit; gives their dimension. */
function checkComponents(name: string, { weights, means, covariances }: MixtureComponents): number {
  checkNumbers(name, "weights", weights);
  weights.forEach((w, k) => checkPositive(name, `weights[${k}]`, w));
  if (means.length !== weights.length || covariances.length !== weights.length) {
    throw new ArgumentError(
      `${name}: weights, means and covariances do not fit (got ${weights.length}, ${means.length} and ${covariances.length}, expected equal numbers).`,
    );
  }
  const dimension = means[0].length;
  means.forEach((m, k) => {
    checkNumbers(name, `means[${k}]`, m);
    if (m.length !== dimension || covariances[k].length !== dimension) {
      throw new ArgumentError(
        `${name}: component ${k} has another dimension (got ${m.length} and ${covariances[k].length}, expected ${dimension}).`,
      );
    }
    if (inverseOf(covariances[k]) === undefined) {
      throw new ArgumentError(`${name}: covariances[${k}] is not positive definite.`);
    }
  });
  return dimension;
}
