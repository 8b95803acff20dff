/** What the data say about the image: `-ln p(y | x)`. */
import { ArgumentError, checkOptions, DTypeError, type Tensor } from "@ansatz/tensor";
import type { LinearOperator } from "@ansatz/tensor/linear";
import { checkChoice, checkCount, checkPositive, checkShaped } from "../check.ts";

/** Linear data with normal noise; see {@link gaussianLikelihood}. */
export interface GaussianLikelihood {
  readonly kind: "gaussian";
  readonly operator: LinearOperator;
  readonly data: Tensor;
  readonly sigma: number;
}

/** Any likelihood with a gradient; see {@link energyLikelihood}. */
export interface EnergyLikelihood {
  readonly kind: "energy";
  readonly energy: (x: Tensor) => Tensor;
  readonly shape: readonly number[];
  readonly dtype: "f32" | "f64";
  readonly curvature: number;
}

/** What the methods take. */
export type Likelihood = GaussianLikelihood | EnergyLikelihood;

/**
 * `y = A x + sigma n` with standard normal n: `-ln p(y | x) = |A x - y|^2 / (2 sigma^2) + ...`. The operator acts on one image.
 * @throws DTypeError for a complex operator, ShapeError for data of another shape, ArgumentError unless sigma is above 0
 */
export function gaussianLikelihood(options: {
  readonly operator: LinearOperator;
  readonly data: Tensor;
  readonly sigma: number;
}): GaussianLikelihood {
  const name = "gaussianLikelihood";
  checkOptions(name, options, ["operator", "data", "sigma"]);
  const { operator, data, sigma } = options;
  if (typeof operator?.apply !== "function" || typeof operator.adjoint !== "function") {
    throw new ArgumentError(`${name}: operator is none (got ${typeof operator}, expected one such as projector(...)).`);
  }
  if (operator.dtype !== "f32" && operator.dtype !== "f64") {
    throw new DTypeError(
      `${name}: operator is not real (got ${operator.dtype}, expected f32 or f64). Stack real and imaginary parts.`,
    );
  }
  checkShaped(name, "data", data, operator.range);
  if (data.dtype !== operator.dtype) {
    throw new DTypeError(
      `${name}: data has another data type than the operator (got ${data.dtype}, expected ${operator.dtype}).`,
    );
  }
  checkPositive(name, "sigma", sigma);
  return { kind: "gaussian", operator, data, sigma };
}

/**
 * A likelihood by its energy `-ln p(y | x)` up to a constant, for example of a nonlinear forward model. `energy` takes a batch
 * [particles, ...shape] to [particles], by operations with gradients.
 * @param options.curvature an upper bound of the energy's second derivatives, from which step sizes follow
 * @throws ArgumentError for a field that does not fit
 */
export function energyLikelihood(options: {
  readonly energy: (x: Tensor) => Tensor;
  readonly shape: readonly number[];
  readonly dtype?: "f32" | "f64";
  readonly curvature: number;
}): EnergyLikelihood {
  const name = "energyLikelihood";
  checkOptions(name, options, ["energy", "shape", "dtype", "curvature"]);
  const { energy, shape, dtype = "f32", curvature } = options;
  if (typeof energy !== "function") {
    throw new ArgumentError(`${name}: energy is no function (got ${typeof energy}, expected (x) => Tensor).`);
  }
  if (!Array.isArray(shape)) throw new ArgumentError(`${name}: shape is no list (got ${String(shape)}).`);
  shape.forEach((size, i) => checkCount(name, `shape[${i}]`, size));
  checkChoice(name, "dtype", dtype, ["f32", "f64"]);
  checkPositive(name, "curvature", curvature);
  return { kind: "energy", energy, shape: [...shape], dtype, curvature };
}

/** Shape of an image. */
export function shapeOf(likelihood: Likelihood): readonly number[] {
  return likelihood.kind === "gaussian" ? likelihood.operator.domain : likelihood.shape;
}

/** Data type of an image. */
export function dtypeOf(likelihood: Likelihood): "f32" | "f64" {
  return (likelihood.kind === "gaussian" ? likelihood.operator.dtype : likelihood.dtype) as "f32" | "f64";
}
