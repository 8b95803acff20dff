/** The exact denoiser of a Gaussian mixture. */
import { add, mul, reshape, scope, ShapeError, softmax, square, sub, sum, tensor, type Tensor } from "@ansatz/tensor";
import { checkChoice } from "../check.ts";
import type { Level } from "../level.ts";
import type { PredictingDenoiser } from "../predictions/denoiser.ts";
import { PREDICTIONS, type Prediction } from "../predictions/table.ts";
import { checkMixture, noisyComponents, type MixtureOptions, type NoisyComponent } from "./mixture.ts";

/** Options of {@link gaussianMixture}. */
export interface GaussianMixtureOptions extends MixtureOptions {
  /** What the denoiser predicts; `"epsilon"` when left out. */
  readonly predict?: Prediction;
}

/**
 * The best possible denoiser when the data are a mixture of axis-aligned Gaussians: with V_k = alpha^2 v_k + sigma^2 and
 * posterior probabilities `r_k ~ w_k N(x; alpha m_k, V_k)`,
 *
 * `x0(x) = sum_k r_k (m_k + alpha v_k/V_k (x - alpha m_k))`, `epsilon(x) = sigma sum_k r_k (x - alpha m_k)/V_k`,
 *
 * and likewise v, score and flow, each computed directly: also where another one is undefined (alpha = 0, sigma = 0).
 *
 * Takes x of shape [B, D] in f32 or f64. Cost O(B K D) per call.
 * @throws ArgumentError for weights, means and variances that do not fit; ShapeError for x of another shape
 * @example
 * const denoiser = gaussianMixture({ weights: [1, 1], means: [[-1], [1]], variances: [[0.1], [0.1]] });
 */
export function gaussianMixture(options: GaussianMixtureOptions): PredictingDenoiser {
  const name = "gaussianMixture";
  const { predict = "epsilon", ...rest } = options;
  const mixture = checkMixture(name, rest);
  checkChoice(name, "prediction", predict, PREDICTIONS);
  const call = (x: Tensor, level: Level): Tensor => {
    if (x.ndim !== 2 || x.shape[1] !== mixture.dimension) {
      throw new ShapeError(
        `${name}: points do not have the mixture's dimension (got shape [${x.shape.join(", ")}], expected [B, ${mixture.dimension}]).`,
      );
    }
    return scope(() => predictTensor(x, noisyComponents(mixture, level, predict)));
  };
  return { predict, call };
}

function predictTensor(x: Tensor, components: readonly NoisyComponent[]): Tensor {
  const count = components.length;
  const [batch, dimension] = x.shape;
  const constant = (values: number[], shape: number[]): Tensor =>
    tensor(x.dtype === "f32" ? Float32Array.from(values) : Float64Array.from(values), { shape, device: x.device });
  const table = (field: "center" | "precision" | "offset" | "slope"): Tensor =>
    constant(
      components.flatMap((component) => [...component[field]]),
      [1, count, dimension],
    );
  const difference = sub(reshape(x, [batch, 1, dimension]), table("center"));
  const distance = sum(mul(square(difference), table("precision")), { axis: 2 });
  const logWeights = constant(
    components.map(({ logWeight }) => logWeight),
    [1, count],
  );
  const posterior = softmax(add(mul(distance, -1 / 2), logWeights), 1);
  const single = add(table("offset"), mul(table("slope"), difference));
  return sum(mul(reshape(posterior, [batch, count, 1]), single), { axis: 1 }).eval();
}
