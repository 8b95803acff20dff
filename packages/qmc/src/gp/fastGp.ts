/** Gaussian processes on lattices and nets, fitted and used in O(n log n). */
import { ArgumentError, checkOptions, disposeTree, tensor, type Tensor } from "@ansatz/tensor";
import { adam } from "@ansatz/optim";
import { checkFinite, checkInteger, checkLength, checkPositive, checkPowerOfTwo } from "../check.ts";
import { backward, checkFit, fastGram, forward, kernelParts, type FastGram } from "../kernels/gram.ts";
import { digitalKernel, shiftInvariantKernel, type ProductKernel } from "../kernels/product.ts";
import type { Lattice } from "../sequences/lattice/lattice.ts";
import type { DigitalNet } from "../sequences/net/digitalNet.ts";

/** Options of {@link fastGp}. */
export interface FastGpOptions {
  /** A lattice or a linear net in natural order. */
  readonly points: Lattice | DigitalNet;
  /** Values at the first n = 2^m points. */
  readonly values: ArrayLike<number>;
  /** Smoothness of the kernel in each coordinate, or in all; 2 when left out. */
  readonly alpha?: number | readonly number[];
  /**
   * Start of scale s, weights gamma and nugget eta, all > 0. What is left out comes from the likeliest point of a coarse grid, where
   * all weights are equal.
   */
  readonly scale?: number;
  readonly weights?: number | readonly number[];
  readonly nugget?: number;
  /** Whether the nugget is fitted too; true when left out. */
  readonly fitNugget?: boolean;
  /** Steps of the fit; 0 for none; 200 when left out. */
  readonly steps?: number;
  /** Learning rate of Adam for the logarithms of the parameters; 0.1 when left out. */
  readonly learningRate?: number;
  readonly signal?: AbortSignal;
}

/** A fitted process. */
export interface FastGp {
  readonly gram: FastGram;
  /** Constant prior mean: the mean of the values. */
  readonly mean: number;
  readonly scale: number;
  readonly weights: readonly number[];
  readonly nugget: number;
  /** Negative log likelihood at every step of the fit, the last one included. */
  readonly history: readonly number[];
  /** Posterior mean and variance of the function at k points (k d numbers). Cost O(k n (d + log n)). */
  predict(x: ArrayLike<number>): { readonly mean: Float64Array; readonly variance: Float64Array };
  /** Posterior mean and variance of the integral over the unit cube. */
  integral(): { readonly mean: number; readonly variance: number };
}

const NAMES = [
  "points",
  "values",
  "alpha",
  "scale",
  "weights",
  "nugget",
  "fitNugget",
  "steps",
  "learningRate",
  "signal",
];

type Params = { log: Tensor };

/**
 * Fits scale, weights and nugget of a product kernel by maximum likelihood: Adam on their logarithms, gradients through the
 * eigenvalues of the Gram matrix. The best parameters seen are kept. Cost O(n (d + log n)) a step.
 *
 * With w_k = 1 / (lambda_k + eta) - |v_k|^2 / (lambda_k + eta)^2 the gradient is half of sum_k w_k d lambda_k, and sum_k w_k d lambda_k is the
 * derivative of the first column against one inverse transform of w.
 * @throws ArgumentError for points that have no fast Gram matrix and options outside their ranges
 */
export async function fastGp(options: FastGpOptions): Promise<FastGp> {
  const name = "fastGp";
  checkOptions(name, options, NAMES);
  const { points, alpha = 2, fitNugget = true, steps = 200, learningRate = 0.1 } = options;
  const d = points.dimension;
  const n = options.values.length;
  checkPowerOfTwo(name, "the number of values", n);
  checkFinite(name, "the values", options.values);
  checkInteger(name, "steps", steps, 0);
  checkPositive(name, "learningRate", learningRate);
  const make = points.kind === "lattice" ? shiftInvariantKernel : digitalKernel;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += options.values[i] / n;
  const centred = Float64Array.from({ length: n }, (_, i) => options.values[i] - mean);
  const given = typeof options.weights === "number" ? new Array<number>(d).fill(options.weights) : options.weights;
  if (options.scale !== undefined) checkPositive(name, "scale", options.scale);
  if (options.nugget !== undefined) checkPositive(name, "nugget", options.nugget);
  if (given !== undefined) {
    checkLength(name, "weights", given, d);
    for (const weight of given) checkPositive(name, "a weight", weight);
  }
  const kind = points.kind === "lattice" ? "shift" : "digital";
  const kernelOf = (s: number, g: readonly number[]): ProductKernel =>
    make({ dimension: d, alpha, weights: g, scale: s });
  const plain = kernelOf(1, new Array<number>(d).fill(1));
  checkFit(name, plain, points);

  const parts = kernelParts(plain, points, 0, n);
  const spectrum = forward(kind, centred);
  const powers = spectrum.re.map((x, k) => x * x + (spectrum.im === undefined ? 0 : spectrum.im[k] ** 2));
  const { scale, gamma, nugget } = startOf(kind, parts, powers, d, options, given);
  const size = d + 2;
  let now = Float64Array.of(Math.log(scale), ...gamma.map(Math.log), Math.log(nugget)) as Float64Array;
  let best = { log: now, value: Infinity };
  const history: number[] = [];
  const method = adam({ learningRate });
  let params: Params = { log: tensor(now, { dtype: "f64" }) };
  let state = method.init(params);
  for (let step = 0; step <= steps; step++) {
    options.signal?.throwIfAborted();
    const { value, gradient } = likelihood(kind, parts, powers, d, now);
    history.push(value);
    if (value < best.value) best = { log: now, value };
    if (step === steps) break;
    if (!fitNugget) gradient[size - 1] = 0;
    const grads: Params = { log: tensor(gradient, { dtype: "f64" }) };
    const next = method.step(params, grads, state);
    now = (await next.params.log.data()) as Float64Array;
    disposeTree(params);
    disposeTree(state.buffers);
    disposeTree(grads);
    ({ params, state } = next);
  }
  disposeTree(params);
  disposeTree(state.buffers);
  const found = best.log.map(Math.exp);
  const kernel = kernelOf(found[0], Array.from(found.subarray(1, d + 1)));
  const gram = fastGram({ kernel, points, size: n, nugget: found[size - 1] });
  return finished(gram, centred, mean, history);
}

/** Weights, and nuggets as shares of the scale, that are tried for a start. */
const WEIGHTS = [1e-3, 1e-2, 0.1, 1, 10, 100];
const SHARES = [1e-15, 1e-12, 1e-9, 1e-6, 1e-3];

/**
 * The likeliest start on a grid. For a matrix s (C + rho I) the likeliest scale is s = mean of |v_k|^2 / (lambda_k + rho), and the
 * negative log likelihood then grows with n log s + sum of log(lambda_k + rho).
 */
function startOf(
  kind: "shift" | "digital",
  parts: Float64Array,
  powers: Float64Array,
  d: number,
  { scale, nugget }: FastGpOptions,
  weights: readonly number[] | undefined,
): { scale: number; gamma: readonly number[]; nugget: number } {
  const n = powers.length;
  const size = powers.reduce((sum, power) => sum + power, 0) / n;
  // Of a constant nothing can be learnt.
  const flat = { scale: scale ?? 1, gamma: weights ?? new Array<number>(d).fill(1), nugget: nugget ?? 1e-6 };
  if (size === 0) return flat;
  let best = { ...flat, loss: Infinity };
  const trials = weights === undefined ? WEIGHTS.map((w) => new Array<number>(d).fill(w)) : [weights];
  for (const gamma of trials) {
    const lambda = eigenvaluesOf(kind, columnOf(parts, d, 1, gamma));
    for (const share of nugget === undefined ? SHARES : [nugget / (scale ?? size)]) {
      let [sum, logs] = [0, 0];
      for (let k = 0; k < n; k++) {
        const value = Math.max(0, lambda[k]) + share;
        sum += powers[k] / value;
        logs += Math.log(value);
      }
      const s = scale ?? sum / n;
      const loss = n * Math.log(s) + logs + sum / s;
      if (loss < best.loss) best = { scale: s, gamma, nugget: nugget ?? share * s, loss };
    }
  }
  return best;
}

/** The first column s prod_j (1 + gamma_j K_j) of the Gram matrix, and its eigenvalues. */
function columnOf(parts: Float64Array, d: number, scale: number, gamma: ArrayLike<number>): Float64Array {
  const column = new Float64Array(parts.length / d).fill(scale);
  for (let i = 0, k = 0; i < column.length; i++) for (let j = 0; j < d; j++, k++) column[i] *= 1 + gamma[j] * parts[k];
  return column;
}

function eigenvaluesOf(kind: "shift" | "digital", column: Float64Array): Float64Array {
  const root = Math.sqrt(column.length);
  return forward(kind, column).re.map((value) => root * value);
}

/**
 * The negative log likelihood and its gradient in the logarithms of scale, weights and nugget.
 * @param parts factors K_j of the first column, n d numbers
 * @param powers squared sizes of the coefficients of the centred values
 */
export function likelihood(
  kind: "shift" | "digital",
  parts: Float64Array,
  powers: Float64Array,
  d: number,
  log: Float64Array,
): { value: number; gradient: Float64Array } {
  const n = powers.length;
  const root = Math.sqrt(n);
  const scale = Math.exp(log[0]);
  const gamma = log.subarray(1, d + 1).map(Math.exp);
  const nugget = Math.exp(log[d + 1]);
  const column = columnOf(parts, d, scale, gamma);
  const lambda = eigenvaluesOf(kind, column);
  const weights = new Float64Array(n);
  const gradient = new Float64Array(d + 2);
  let value = n * Math.log(2 * Math.PI);
  for (let k = 0; k < n; k++) {
    const sum = Math.max(0, lambda[k]) + nugget;
    value += Math.log(sum) + powers[k] / sum;
    weights[k] = (1 - powers[k] / sum) / sum;
    gradient[d + 1] += 0.5 * nugget * weights[k];
  }
  // The transforms are symmetric up to conjugation, so the adjoint of "real part of the transform" is one inverse transform.
  const pulled = backward(kind, kind === "digital" ? { re: weights } : { re: weights, im: new Float64Array(n) });
  for (let i = 0, k = 0; i < n; i++) {
    const pull = 0.5 * root * pulled[i] * column[i];
    gradient[0] += pull;
    for (let j = 0; j < d; j++, k++) gradient[j + 1] += (pull * gamma[j] * parts[k]) / (1 + gamma[j] * parts[k]);
  }
  return { value: 0.5 * value, gradient };
}

function finished(gram: FastGram, centred: Float64Array, mean: number, history: readonly number[]): FastGp {
  const { kernel, points, nugget, size: n } = gram;
  const coefficients = gram.solve(centred);
  const x = points.array(0, n);
  return {
    gram,
    mean,
    scale: kernel.scale,
    weights: kernel.weights,
    nugget,
    history,
    predict(at) {
      const d = kernel.dimension;
      const count = at.length / d;
      if (!Number.isInteger(count)) {
        throw new ArgumentError(
          `fastGp.predict: the array is no list of points (got ${at.length} numbers, expected a multiple of ${d}).`,
        );
      }
      const means = new Float64Array(count);
      const variances = new Float64Array(count);
      for (let k = 0; k < count; k++) {
        const point = Float64Array.from({ length: d }, (_, j) => at[k * d + j]);
        const row = kernel.between(point, x);
        const solved = gram.solve(row);
        let [value, reduction] = [mean, 0];
        for (let i = 0; i < n; i++) {
          value += row[i] * coefficients[i];
          reduction += row[i] * solved[i];
        }
        means[k] = value;
        variances[k] = Math.max(0, kernel.between(point, point)[0] - reduction);
      }
      return { mean: means, variance: variances };
    },
    integral() {
      // The kernel's integral in one argument is s, in both too; (K + eta I)^-1 1 = 1 / (lambda_0 + eta).
      const { scale } = kernel;
      const sum = coefficients.reduce((a, b) => a + b, 0);
      return {
        mean: mean + scale * sum,
        variance: Math.max(0, scale - (scale * scale * n) / (gram.eigenvalues[0] + nugget)),
      };
    },
  };
}
