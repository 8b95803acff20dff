/** Normal distributions. */
import { ArgumentError, checkOptions, tensor } from "@ansatz/tensor";
import { eigh } from "@ansatz/tensor/linalg";
import { checkChoice, checkFinite, checkInteger, checkLength } from "../check.ts";
import { choleskyFactor } from "../math/factor.ts";
import { checkSymmetric, solveLower } from "../math/symmetric.ts";
import { normalQuantile } from "../special/normal.ts";
import { checkUnit, countPoints, type Measure } from "./base.ts";

/** A measure that is an affine image of independent standard normal numbers, or a function of one. */
export interface NormalMeasure extends Measure {
  /** The image of standard normal numbers: `transform` is this after the normal quantile of each coordinate. */
  fromNormal(z: ArrayLike<number>): Float64Array;
}

/** Options of {@link gaussian}. */
export interface GaussianOptions {
  readonly dimension?: number;
  /** Zero when left out. */
  readonly mean?: ArrayLike<number>;
  /** A positive definite matrix, or one variance for all coordinates; the identity when left out. */
  readonly covariance?: readonly ArrayLike<number>[] | number;
  /**
   * The A with covariance A A^T: `"pca"` (the default) orders eigenvectors by falling eigenvalues, first entries >= 0, so that
   * the first coordinates matter most; `"cholesky"` takes the lower triangle.
   */
  readonly factor?: "pca" | "cholesky";
}

/**
 * The normal distribution: x = mean + A z, z the normal quantiles of u.
 * @throws ArgumentError for a covariance that is not symmetric and positive definite, and u outside (0, 1)
 */
export function gaussian(options: GaussianOptions): NormalMeasure {
  const name = "gaussian";
  checkOptions(name, options, ["dimension", "mean", "covariance", "factor"]);
  const { covariance = 1, factor = "pca" } = options;
  checkChoice(name, "factor", factor, ["pca", "cholesky"]);
  const d =
    options.dimension ?? options.mean?.length ?? (typeof covariance === "number" ? undefined : covariance.length);
  checkInteger(name, "dimension", d, 1);
  const dimension = d as number;
  const mean = Float64Array.from(options.mean ?? new Float64Array(dimension));
  checkLength(name, "mean", mean, dimension);
  checkFinite(name, "mean", mean);
  const matrix =
    typeof covariance === "number"
      ? Float64Array.from({ length: dimension ** 2 }, (_, i) => (i % (dimension + 1) === 0 ? covariance : 0))
      : checkSymmetric(name, "covariance", covariance);
  checkLength(name, "covariance", matrix, dimension ** 2);
  const lower = choleskyFactor(matrix, dimension);
  if (lower === undefined) {
    throw new ArgumentError(
      `${name}: the covariance is not positive definite (got a pivot <= 0, expected pivots > 0).`,
    );
  }
  const a = factor === "cholesky" ? lower : pcaFactor(matrix, dimension);
  return affineNormal(name, mean, a, lower);
}

/** Columns sqrt(eigenvalue) times eigenvector, eigenvalues falling, first entries >= 0. */
function pcaFactor(matrix: Float64Array, n: number): Float64Array {
  const a = tensor(matrix, { shape: [n, n], device: "cpu" });
  const { values: risingTensor, vectors: vectorTensor } = eigh(a);
  const [rising, vectors] = [risingTensor.dataSync(), vectorTensor.dataSync()] as Float64Array[];
  for (const t of [a, risingTensor, vectorTensor]) t.dispose();
  const factor = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    const from = n - 1 - k;
    const scale = Math.sqrt(Math.max(0, rising[from])) * (vectors[from] < 0 ? -1 : 1);
    for (let i = 0; i < n; i++) factor[i * n + k] = vectors[i * n + from] * scale;
  }
  return factor;
}

function affineNormal(name: string, mean: Float64Array, a: Float64Array, lower: Float64Array): NormalMeasure {
  const d = mean.length;
  let logDeterminant = 0;
  for (let i = 0; i < d; i++) logDeterminant += Math.log(lower[i * d + i]);
  return normalMeasure(
    name,
    d,
    (z) => {
      const n = countPoints(name, z, d);
      const out = new Float64Array(n * d);
      for (let i = 0; i < n; i++) {
        for (let r = 0; r < d; r++) {
          let sum = mean[r];
          for (let c = 0; c < d; c++) sum += a[r * d + c] * z[i * d + c];
          out[i * d + r] = sum;
        }
      }
      return out;
    },
    (x) => {
      const n = countPoints(name, x, d);
      const out = new Float64Array(n);
      const gap = new Float64Array(d);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < d; j++) gap[j] = x[i * d + j] - mean[j];
        solveLower(lower, d, gap);
        let square = 0;
        for (const g of gap) square += g * g;
        out[i] = Math.exp(-0.5 * (square + d * Math.log(2 * Math.PI)) - logDeterminant);
      }
      return out;
    },
  );
}

/** A {@link NormalMeasure} from its image of normal numbers and its density. */
export function normalMeasure(
  name: string,
  dimension: number,
  fromNormal: (z: ArrayLike<number>) => Float64Array,
  density: (x: ArrayLike<number>) => Float64Array,
): NormalMeasure {
  return {
    name,
    dimension,
    fromNormal,
    density,
    transform(u) {
      countPoints(name, u, dimension);
      const z = new Float64Array(u.length);
      for (let i = 0; i < z.length; i++) {
        checkUnit(name, u[i], true);
        z[i] = normalQuantile(u[i]);
      }
      return fromNormal(z);
    },
  };
}
