/** Structural similarity. */
import { ArgumentError, isComplex, ShapeError, showShape, type Tensor } from "@ansatz/tensor";
import { checkChoice, checkPositive } from "../check.ts";
import { numbersOf } from "./errors.ts";

/** Options of {@link ssim}. */
export interface SsimOptions {
  /** Largest value minus least one that an image may have; 1 when left out. */
  readonly range?: number;
  /** Weights of the window: `"uniform"` when left out, or Gaussian with standard deviation `sigma`. */
  readonly window?: "uniform" | "gaussian";
  /** Side of the window, an odd number; 7 when left out, and 11 with Gaussian weights. */
  readonly size?: number;
  /** Whether variances are those of a sample, `w^2 / (w^2 - 1)` times the mean square; for uniform windows when left out. */
  readonly sampleCovariance?: boolean;
  /** Standard deviation of Gaussian weights, in pixels; 1.5 when left out. */
  readonly sigma?: number;
}

const [K1, K2] = [0.01, 0.03];

/**
 * Structural similarity of two images [rows, columns], 1 for equal ones: the mean over all windows inside of
 * `(2 ma mb + c1) (2 cab + c2) / ((ma^2 + mb^2 + c1) (va + vb + c2))`, with `c1 = (0.01 range)^2`, `c2 = (0.03 range)^2` (Wang and others 2004).
 * Windows and their weights are scikit-image's.
 * @throws ShapeError unless both are matrices of one shape that the window fits in, ArgumentError for an option outside its range
 */
export async function ssim(image: Tensor, reference: Tensor, options: SsimOptions = {}): Promise<number> {
  const name = "ssim";
  const { range = 1, window = "uniform", size = window === "gaussian" ? 11 : 7, sigma = 1.5 } = options;
  const { sampleCovariance = window === "uniform" } = options;
  checkPositive(name, "sigma", sigma);
  checkPositive(name, "range", range);
  checkChoice(name, "window", window, ["uniform", "gaussian"]);
  if (image.ndim !== 2 || isComplex(image.dtype)) {
    throw new ShapeError(`${name}: image is no real matrix (got ${image.dtype} of shape ${showShape(image.shape)}).`);
  }
  const [rows, columns] = image.shape;
  if (!(Number.isSafeInteger(size) && size >= 3 && size % 2 === 1 && size <= Math.min(rows, columns))) {
    throw new ArgumentError(
      `${name}: size is out of range (got ${size}, expected an odd number from 3 to ${Math.min(rows, columns)}).`,
    );
  }
  const [a, b] = await numbersOf(name, image, reference);
  const weights = weightsOf(window === "uniform" ? Infinity : sigma, size);
  const average = (f: (i: number) => number): Float64Array =>
    smooth(
      Float64Array.from({ length: a.length }, (_, i) => f(i)),
      rows,
      columns,
      weights,
    );
  const [ma, mb] = [average((i) => a[i]), average((i) => b[i])];
  const [aa, bb, ab] = [average((i) => a[i] * a[i]), average((i) => b[i] * b[i]), average((i) => a[i] * b[i])];
  const sample = sampleCovariance ? (size * size) / (size * size - 1) : 1;
  const [c1, c2] = [(K1 * range) ** 2, (K2 * range) ** 2];
  let total = 0;
  for (let i = 0; i < ma.length; i++) {
    const [va, vb, cov] = [aa[i] - ma[i] ** 2, bb[i] - mb[i] ** 2, ab[i] - ma[i] * mb[i]].map((v) => v * sample);
    total += ((2 * ma[i] * mb[i] + c1) * (2 * cov + c2)) / ((ma[i] ** 2 + mb[i] ** 2 + c1) * (va + vb + c2));
  }
  return total / ma.length;
}

/** Gaussian weights of sum 1; uniform ones for an infinite standard deviation. */
function weightsOf(sigma: number, size: number): Float64Array {
  const half = (size - 1) / 2;
  const raw = Float64Array.from({ length: size }, (_, i) => Math.exp(-((i - half) ** 2) / (2 * sigma * sigma)));
  const total = raw.reduce((x, y) => x + y);
  return raw.map((w) => w / total);
}

/** Weighted means over all windows inside. */
function smooth(x: Float64Array, rows: number, columns: number, weights: Float64Array): Float64Array {
  const size = weights.length;
  const [m, n] = [rows - size + 1, columns - size + 1];
  const along = new Float64Array(rows * n);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let q = 0; q < size; q++) sum += weights[q] * x[i * columns + j + q];
      along[i * n + j] = sum;
    }
  }
  const result = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let q = 0; q < size; q++) sum += weights[q] * along[(i + q) * n + j];
      result[i * n + j] = sum;
    }
  }
  return result;
}
