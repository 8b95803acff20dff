/** Fast Bayesian cubature: losses and credible widths for one shape parameter. */
import { bernoulliPolynomial } from "../kernels/bernoulli.ts";
import { forward } from "../kernels/gram.ts";
import type { Lattice } from "../sequences/lattice/lattice.ts";
import type { DigitalNet } from "../sequences/net/digitalNet.ts";
import type { Spectrum } from "../transforms/doubling.ts";

/** How the scale of the process is found, and with it the width. */
export type BayesRule = "mle" | "full" | "gcv";

/** What a covariance gives. */
export interface BayesFit {
  /** Eigenvalue 0 of the Gram matrix, and how far it is above n. */
  readonly lambda0: number;
  readonly lambdaRing0: number;
  /** sum over k >= 1 of |y_k|^2 / lambda_k. */
  readonly square: number;
  readonly loss: number;
  /** Half-width of the credible interval for quantile 1. */
  readonly width: number;
}

/**
 * Kernel values K(x_i - x_0) for i < n: lattices -(-1)^r B_(2r)(x) with r = `order`, nets (1 - 3 * 2^floor(log2 x)) / 10.
 * Coordinate j of point i at i d + j.
 */
export function bayesKernel(points: Lattice | DigitalNet, n: number, order: number): Float64Array {
  const d = points.dimension;
  if (points.kind === "lattice") {
    const x = points.array(0, n);
    const sign = order % 2 === 0 ? -1 : 1;
    return Float64Array.from(x, (value, k) => {
      const gap = value - x[k % d];
      return sign * bernoulliPolynomial(2 * order, gap - Math.floor(gap));
    });
  }
  const { hi, lo } = points.words(0, n);
  return Float64Array.from(hi, (word, k) => {
    const x = word ^ hi[k % d];
    const y = lo[k] ^ lo[k % d];
    const zeros = x !== 0 ? Math.clz32(x) : y !== 0 ? 32 + Math.clz32(y) : Infinity;
    return 0.1 * (1 - 3 * 2 ** -(zeros + 1));
  });
}

/**
 * C(x_i, x_0) - 1 for C = prod_j (1 + theta K_j), accumulated: C itself would round to 1 and lose what eigenvalue 0 is above n.
 * @param kernel n d values
 */
export function bayesColumn(kernel: Float64Array, dimension: number, theta: number): Float64Array {
  const above = new Float64Array(kernel.length / dimension);
  for (let i = 0, k = 0; i < above.length; i++) {
    let c = 0;
    for (let j = 0; j < dimension; j++, k++) {
      const t = theta * kernel[k];
      c = t * (1 + c) + c;
    }
    above[i] = c;
  }
  return above;
}

/**
 * The fit of a process with covariance C to values with transform y (sqrt n times the unitary one, so that y_0 = n mean).
 * @param above C(x_i, x_0) - 1
 * Source: R. Jagadeeswaran, F. J. Hickernell, Stat. Comput. 29 (2019).
 */
export function bayesFit(kind: "shift" | "digital", above: Float64Array, y: Spectrum, rule: BayesRule): BayesFit {
  const n = y.re.length;
  const lambda = forward(kind, above).re;
  const root = Math.sqrt(n);
  for (let k = 0; k < n; k++) lambda[k] *= root;
  const lambdaRing0 = lambda[0];
  const lambda0 = n + lambdaRing0;
  // Eigenvalues at the level of rounding say nothing.
  const least = 100 * 2.220446049250313e-16;
  let square = 0;
  let square2 = 0;
  let logs = Math.log(lambda0);
  let inverse = 1 / lambda0;
  for (let k = 1; k < n; k++) {
    const value = lambda[k];
    if (!(value > least)) continue;
    const size = y.re[k] ** 2 + (y.im === undefined ? 0 : y.im[k] ** 2);
    square += size / value;
    square2 += size / (value * value);
    logs += Math.log(value);
    inverse += 1 / value;
  }
  const loss = rule === "gcv" ? Math.log(square2) - 2 * Math.log(inverse) : n * Math.log(square) + logs;
  const share = Math.abs(lambdaRing0 / lambda0);
  const variance =
    rule === "mle"
      ? (share * square) / (n * n)
      : rule === "full"
        ? (Math.abs(lambdaRing0 / n) * square) / (n * (n - 1))
        : (share * square2) / (n * inverse);
  return { lambda0, lambdaRing0, square, loss, width: Math.sqrt(variance) };
}
