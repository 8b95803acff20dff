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
  /** Start of scale s, weights gamma and nugget eta, all > 0; the variance of the values, 1 and 1e-6 times the scale when left out. */
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
  const variance = centred.reduce((sum, v) => sum + v * v, 0) / n;
  const scale = options.scale ?? (variance > 0 ? variance : 1);
  const nugget = options.nugget ?? 1e-6 * scale;
  const { weights = 1 } = options;
  const gamma = typeof weights === "number" ? new Array<number>(d).fill(weights) : weights;
  checkPositive(name, "scale", scale);
  checkPositive(name, "nugget", nugget);
  checkLength(name, "weights", gamma, d);
  for (const weight of gamma) checkPositive(name, "a weight", weight);
  const kind = points.kind === "lattice" ? "shift" : "digital";
  const kernelOf = (s: number, g: readonly number[]): ProductKernel =>
    make({ dimension: d, alpha, weights: g, scale: s });
  checkFit(name, kernelOf(scale, gamma), points);

  const parts = kernelParts(kernelOf(scale, gamma), points, 0, n);
  const spectrum = forward(kind, centred);
  const powers = spectrum.re.map((x, k) => x * x + (spectrum.im === undefined ? 0 : spectrum.im[k] ** 2));
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
  const column = new Float64Array(n).fill(scale);
  for (let i = 0, k = 0; i < n; i++) for (let j = 0; j < d; j++, k++) column[i] *= 1 + gamma[j] * parts[k];
  const lambda = forward(kind, column).re;
  const weights = new Float64Array(n);
  const gradient = new Float64Array(d + 2);
  let value = n * Math.log(2 * Math.PI);
  for (let k = 0; k < n; k++) {
    const sum = Math.max(0, root * lambda[k]) + nugget;
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
