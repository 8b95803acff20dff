/** First particles: the prior with the noise of the first level, given the data. */
import {
  add,
  ArgumentError,
  broadcastTo,
  isTensor,
  matmul,
  mul,
  reshape,
  scope,
  ShapeError,
  showShape,
  tensor,
  transpose,
  withDevice,
  zeros,
  type Tensor,
} from "@ansatz/tensor";
import { toMatrix } from "@ansatz/tensor/linear";
import { edmSigma } from "@ansatz/samplers";
import { checkNonNegative, checkShaped } from "../check.ts";
import type { PosteriorProblem, PosteriorRun, Started } from "./base.ts";
import { dtypeOf, shapeOf, type GaussianLikelihood } from "./likelihood.ts";
import { inners, noiseLike, numbersOf, type GaussianMeasurement } from "./measurement.ts";
import { choleskyOf, conditioned, identity, plus, type Matrix, type SmallGaussian } from "./symmetric.ts";

const SIZE_LIMIT = 512;

/** Throws unless mean and variance fit the likelihood. */
export function checkPrior(name: string, { likelihood, mean, variance = 0 }: PosteriorProblem): void {
  const shape = shapeOf(likelihood);
  if (mean !== undefined) checkShaped(name, "mean", mean, shape);
  if (!isTensor(variance)) {
    checkNonNegative(name, "variance", variance);
    return;
  }
  const n = shape.reduce((a, b) => a * b, 1);
  if (variance.shape.length !== 2 || variance.shape.some((size) => size !== n)) {
    throw new ShapeError(
      `${name}: variance is no covariance of the image (got ${showShape(variance.shape)}, expected ${showShape([n, n])}).`,
    );
  }
  if (n > SIZE_LIMIT) {
    throw new ArgumentError(
      `${name}: variance is too large for a matrix (got ${n} elements, expected at most ${SIZE_LIMIT}). Give one number.`,
    );
  }
}

/** Elements of a tensor as rows. */
async function rowsOf(t: Tensor, columns: number): Promise<number[][]> {
  const values = Array.from((await t.data()) as ArrayLike<number>, Number);
  return Array.from({ length: values.length / columns }, (_, i) => values.slice(i * columns, (i + 1) * columns));
}

/**
 * The normal distribution of the prior plus noise of the first level, given the data: with `lambda` the variance of that noise and `P`
 * the covariance plus lambda, `m + K (y - A m)`, `P - K A P`, `K = P A^T (A P A^T + S)^-1`, S the covariance of the data. Small problems.
 * @param spread factor of `A A^T` in S beside `sigma^2 I`: lambda for the annealed target, 0 for the fixed one
 * @throws ArgumentError when variance is no covariance
 */
export async function conditionedStart(
  { operator, data, sigma }: GaussianLikelihood,
  prior: { readonly mean: Tensor; readonly covariance: Tensor },
  lambda: number,
  spread: number,
): Promise<SmallGaussian & { readonly logDensity: number }> {
  const n = prior.mean.size;
  const a = withDevice(data.device, () => toMatrix(operator));
  const matrix = await rowsOf(a, n);
  a.dispose();
  const covariance = plus(await rowsOf(prior.covariance, n), identity(n, lambda));
  const gram: Matrix = matrix.map((u) => matrix.map((v) => u.reduce((sum, x, j) => sum + x * v[j], 0)));
  const noise = plus(
    identity(data.size, sigma * sigma),
    gram.map((row) => row.map((v) => v * spread)),
  );
  const [mean] = await rowsOf(prior.mean, n);
  const [y] = await rowsOf(data, data.size);
  const found = conditioned({ mean, covariance }, matrix, noise, y);
  if (found === undefined) {
    throw new ArgumentError("posterior: variance is no covariance (got a matrix that is not positive definite).");
  }
  return found;
}

/** Particles from a normal distribution in small dimension. */
async function drawSmall(run: PosteriorRun, { mean, covariance }: SmallGaussian): Promise<Tensor> {
  const { particles, device, problem } = run;
  const [shape, dtype] = [shapeOf(problem.likelihood), dtypeOf(problem.likelihood)];
  const n = mean.length;
  // Rounding may leave a covariance that is singular up to 1e-16.
  const scale = covariance.reduce((top, row, i) => Math.max(top, row[i]), 0);
  const factor = choleskyOf(covariance) ?? choleskyOf(plus(covariance, identity(n, 1e-12 * scale)));
  if (factor === undefined) {
    throw new ArgumentError("posterior: variance is no covariance (got a matrix that is not positive definite).");
  }
  return scope(() => {
    const l = tensor(Float64Array.from(factor.flat()), { shape: [n, n], dtype, device });
    const centre = tensor(Float64Array.from(mean), { shape: [n], dtype, device });
    const xi = noiseLike(run.key, l, [particles, n]);
    return reshape(add(matmul(xi, transpose(l)), centre), [particles, ...shape]);
  });
}

/** The prior's mean for every particle plus noise of a variance. */
function drawPrior(run: PosteriorRun, variance: number): Tensor {
  const { problem, particles, device, key } = run;
  const { mean, likelihood } = problem;
  const [shape, dtype] = [shapeOf(likelihood), dtypeOf(likelihood)];
  return scope(() => {
    const centre = broadcastTo(mean ?? zeros(shape, { dtype, device }), [particles, ...shape]);
    return add(centre, mul(noiseLike(key, centre), Math.sqrt(variance)));
  });
}

/** Particles from the prior with the first level's noise alone. */
export async function plainStart(run: PosteriorRun): Promise<Started> {
  const { problem, levels, particles } = run;
  const lambda = edmSigma(levels[0]) ** 2;
  const { variance = 0 } = problem;
  const logWeights = new Float64Array(particles);
  if (!isTensor(variance)) return { x: drawPrior(run, variance + lambda), logWeights, logNormalizer: 0 };
  const n = variance.shape[0];
  const [mean] = problem.mean === undefined ? [new Array<number>(n).fill(0)] : await rowsOf(problem.mean, n);
  const covariance = plus(await rowsOf(variance, n), identity(n, lambda));
  return { x: await drawSmall(run, { mean, covariance }), logWeights, logNormalizer: 0 };
}

/**
 * A draw from the normal distribution around `m` of variance `v` given data of covariance `sigma^2 I + spread A A^T`: a draw of signal
 * and data together, moved by the gain times what the data differ, so that no covariance is needed.
 */
export async function drawConjugate(
  measurement: GaussianMeasurement,
  run: PosteriorRun,
  m: Tensor,
  v: number,
  spread: number,
): Promise<Tensor> {
  const { sigma } = measurement.likelihood;
  const [first, second, third] = run.key.split(3);
  const { moved, off } = scope(() => {
    const drawn = add(m, mul(noiseLike(first, m), Math.sqrt(v)));
    const residual = measurement.residual(drawn);
    const noisy = add(residual, mul(noiseLike(second, residual), sigma));
    if (spread === 0) return { moved: drawn, off: noisy };
    return { moved: drawn, off: add(noisy, mul(measurement.apply(noiseLike(third, m)), Math.sqrt(spread))) };
  });
  const solved = await measurement.solve(off, spread + v);
  const x = scope(() => add(moved, mul(measurement.adjoint(solved), v)));
  x.eval();
  for (const t of [moved, off, solved]) t.dispose();
  return x;
}

/** Particles from the prior with the first level's noise, given the data. */
export async function gaussianStart(run: PosteriorRun, spreadOf: (lambda: number) => number): Promise<Started> {
  const { measurement, problem, levels, particles } = run;
  if (measurement.kind !== "gaussian") return plainStart(run);
  const lambda = edmSigma(levels[0]) ** 2;
  const spread = spreadOf(lambda);
  const { variance = 0, likelihood } = problem;
  const logWeights = new Float64Array(particles);
  const [shape, dtype] = [shapeOf(likelihood), dtypeOf(likelihood)];
  const mean = problem.mean ?? zeros(shape, { dtype, device: run.device });
  if (isTensor(variance)) {
    const start = await conditionedStart(measurement.likelihood, { mean, covariance: variance }, lambda, spread);
    return { x: await drawSmall(run, start), logWeights, logNormalizer: start.logDensity };
  }
  const v = lambda + variance;
  const centre = scope(() => broadcastTo(mean, [particles, ...shape]));
  const x = await drawConjugate(measurement, run, centre, v, spread);
  centre.dispose();
  const constants = measurement.constants(spread + v);
  if (constants === undefined) return { x, logWeights, logNormalizer: undefined };
  const r = scope(() => measurement.residual(reshape(mean, [1, ...shape])));
  const solved = await measurement.solve(r, spread + v);
  const [squares] = await numbersOf(scope(() => inners(r, solved)));
  for (const t of [r, solved]) t.dispose();
  return { x, logWeights, logNormalizer: -(squares + constants.logDeterminant) / 2 };
}
