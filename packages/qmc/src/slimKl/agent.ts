/** The data of one agent, and the steps it takes on its own. */
import { AnsatzError, ArgumentError, checkOptions } from "@ansatz/tensor";
import { checkFinite, checkLength, checkPositive } from "../check.ts";
import { choleskyFactor } from "../math/factor.ts";
import { solveLower, solveUpper } from "../math/symmetric.ts";
import { newtonOnOrthant } from "./newton.ts";
import type { GsmpKernel } from "./kernel.ts";

/** Options of {@link slimKlAgent}. */
export interface AgentOptions {
  readonly kernel: GsmpKernel;
  /** n points of P numbers. */
  readonly inputs: readonly ArrayLike<number>[];
  readonly targets: ArrayLike<number>;
  /** Noise variance sigma^2 > 0. */
  readonly noise: number;
}

/** What a step is pulled to: the objective gets lambda . s + rho / 2 |s - theta|^2. */
export interface Coupling {
  readonly lambda: ArrayLike<number>;
  readonly theta: ArrayLike<number>;
  readonly rho: number;
}

/** Mean and variance at each of m points. */
export interface GpPrediction {
  readonly mean: Float64Array;
  /** Of the noise-free function, plus the noise. */
  readonly variance: Float64Array;
}

/** One agent: weights z >= 0 of the kernels' components, C(z) = sum z_q K_q + sigma^2 I. */
export interface SlimKlAgent {
  readonly components: number;
  readonly noise: number;
  /** y^T C^-1 y + log det C. */
  objective(z: ArrayLike<number>): number;
  /** g_q = tr(C^-1 K_q) and a_q = (C^-1 y)^T K_q C^-1 y; the gradient is g - a. Cost O(n^3 + n^2 A). */
  derivatives(z: ArrayLike<number>): { readonly g: Float64Array; readonly a: Float64Array };
  /**
   * A step that never raises the objective (with its coupling): s_q is the positive root of
   * rho s^3 + (g_q + lambda_q - rho theta_q) s^2 - z_q^2 a_q. Zeros stay zeros.
   */
  mmStep(z: ArrayLike<number>, coupling?: Coupling): Float64Array;
  /**
   * A step that solves a convex problem for each block of components, all from the same z: log det is linearised at z,
   * y^T C^-1 y is kept.
   */
  scaStep(z: ArrayLike<number>, blocks: readonly (readonly number[])[], coupling?: Coupling): Float64Array;
  predict(z: ArrayLike<number>, points: readonly ArrayLike<number>[]): GpPrediction;
}

/**
 * An agent of SLIM-KL. All matrices K_q are kept: n^2 A numbers.
 * @throws ArgumentError for data that do not fit together; AnsatzError `"singular"` when C(z) cannot be factored even with jitter
 * Source: R. C. Suwandi, Z. Lin, F. Yin, Z. Wang, S. Theodoridis, arXiv 2309.08201; the closed-form step is ours.
 */
export function slimKlAgent(options: AgentOptions): SlimKlAgent {
  const name = "slimKlAgent";
  checkOptions(name, options, ["kernel", "inputs", "targets", "noise"]);
  const { kernel, inputs, noise } = options;
  const n = inputs.length;
  if (n === 0) throw new ArgumentError(`${name}: the agent has no data (got 0 points, expected at least 1).`);
  checkLength(name, "targets", options.targets, n);
  checkFinite(name, "targets", options.targets);
  checkPositive(name, "noise", noise);
  const y = Float64Array.from(options.targets);
  const parts = kernel.between(inputs, inputs);
  const count = kernel.components;

  const covariance = (z: ArrayLike<number>): Float64Array => {
    checkLength(name, "the weights", z, count);
    const c = new Float64Array(n * n);
    for (let q = 0; q < count; q++) {
      if (!(z[q] >= 0))
        throw new ArgumentError(`${name}: a weight is negative (got ${z[q]} for component ${q}, expected >= 0).`);
      if (z[q] === 0) continue;
      for (let i = 0; i < c.length; i++) c[i] += z[q] * parts[q][i];
    }
    for (let i = 0; i < n; i++) c[i * n + i] += noise;
    return c;
  };
  const factor = (c: Float64Array): Float64Array => factored(name, c, n);
  const weightsOf = (l: Float64Array): Float64Array => solveUpper(l, n, solveLower(l, n, y.slice()));
  const quadratic = (k: Float64Array, v: Float64Array): number => {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      let row = 0;
      for (let j = 0; j < n; j++) row += k[i * n + j] * v[j];
      sum += v[i] * row;
    }
    return sum;
  };

  const agent: SlimKlAgent = {
    components: count,
    noise,
    objective(z) {
      const l = factor(covariance(z));
      const half = solveLower(l, n, y.slice());
      let sum = 0;
      for (let i = 0; i < n; i++) sum += half[i] ** 2 + 2 * Math.log(l[i * n + i]);
      return sum;
    },
    derivatives(z) {
      const l = factor(covariance(z));
      const inverse = inverseOf(l, n);
      const alpha = weightsOf(l);
      const g = new Float64Array(count);
      const a = new Float64Array(count);
      for (let q = 0; q < count; q++) {
        let trace = 0;
        for (let i = 0; i < n * n; i++) trace += inverse[i] * parts[q][i];
        g[q] = trace;
        a[q] = quadratic(parts[q], alpha);
      }
      return { g, a };
    },
    mmStep(z, coupling) {
      const { g, a } = agent.derivatives(z);
      return Float64Array.from({ length: count }, (_, q) => {
        const rho = coupling?.rho ?? 0;
        const slope = g[q] + (coupling?.lambda[q] ?? 0) - rho * (coupling?.theta[q] ?? 0);
        return positiveRoot(name, rho, slope, z[q] * z[q] * Math.max(0, a[q]));
      });
    },
    scaStep(z, blocks, coupling) {
      const { g } = agent.derivatives(z);
      const out = Float64Array.from(z);
      for (const block of blocks) {
        const rest = Float64Array.from(z);
        for (const q of block) rest[q] = 0;
        const base = covariance(rest);
        const size = block.length;
        // Value, gradient and Hessian of y^T C^-1 y + (g + lambda) . s + rho / 2 |s - theta|^2 in the block.
        const solved = newtonOnOrthant(
          Float64Array.from(block, (q) => z[q]),
          (s, wantsHessian) => {
            const c = base.slice();
            block.forEach((q, b) => {
              for (let i = 0; i < c.length; i++) c[i] += s[b] * parts[q][i];
            });
            const l = factor(c);
            const alpha = weightsOf(l);
            let value = 0;
            for (let i = 0; i < n; i++) value += y[i] * alpha[i];
            const gradient = new Float64Array(size);
            const images = block.map((q) => multiply(parts[q], alpha, n));
            block.forEach((q, b) => {
              const rho = coupling?.rho ?? 0;
              const linear = g[q] + (coupling?.lambda[q] ?? 0);
              const gap = s[b] - (coupling?.theta[q] ?? 0);
              value += linear * s[b] + (rho / 2) * gap * gap;
              gradient[b] = linear + rho * gap;
              for (let i = 0; i < n; i++) gradient[b] -= alpha[i] * images[b][i];
            });
            if (!wantsHessian) return { value, gradient, hessian: undefined };
            const halves = images.map((image) => solveLower(l, n, image.slice()));
            const hessian = new Float64Array(size * size);
            for (let b = 0; b < size; b++) {
              for (let d = 0; d <= b; d++) {
                let sum = 0;
                for (let i = 0; i < n; i++) sum += 2 * halves[b][i] * halves[d][i];
                hessian[b * size + d] = hessian[d * size + b] = sum;
              }
              hessian[b * size + b] += coupling?.rho ?? 0;
            }
            return { value, gradient, hessian };
          },
        );
        block.forEach((q, b) => (out[q] = solved[b]));
      }
      return out;
    },
    predict(z, points) {
      const l = factor(covariance(z));
      const alpha = weightsOf(l);
      const cross = kernel.between(points, inputs);
      let prior = noise;
      for (let q = 0; q < count; q++) prior += z[q];
      const mean = new Float64Array(points.length);
      const variance = new Float64Array(points.length);
      for (let k = 0; k < points.length; k++) {
        const row = new Float64Array(n);
        for (let q = 0; q < count; q++) {
          if (z[q] === 0) continue;
          for (let i = 0; i < n; i++) row[i] += z[q] * cross[q][k * n + i];
        }
        let reduction = 0;
        for (let i = 0; i < n; i++) mean[k] += row[i] * alpha[i];
        for (const value of solveLower(l, n, row)) reduction += value * value;
        variance[k] = prior - reduction;
      }
      return { mean, variance };
    },
  };
  return agent;
}

function factored(name: string, c: Float64Array, n: number): Float64Array {
  const l = choleskyFactor(c, n);
  if (l !== undefined) return l;
  let trace = 0;
  for (let i = 0; i < n; i++) trace += c[i * n + i];
  for (let i = 0; i < n; i++) c[i * n + i] += 1e-10 * trace;
  const again = choleskyFactor(c, n);
  if (again === undefined) {
    throw new AnsatzError(
      "singular",
      `${name}: the covariance is not positive definite (got a pivot <= 0 with jitter ${1e-10 * trace}, expected > 0). Raise the noise.`,
    );
  }
  return again;
}

function inverseOf(l: Float64Array, n: number): Float64Array {
  const inverse = new Float64Array(n * n);
  const column = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    column.fill(0);
    column[k] = 1;
    solveUpper(l, n, solveLower(l, n, column));
    inverse.set(column, k * n);
  }
  return inverse;
}

function multiply(k: Float64Array, v: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += k[i * n + j] * v[j];
    out[i] = sum;
  }
  return out;
}

/** The positive root of rho s^3 + slope s^2 - c, or 0 when there is none. */
function positiveRoot(name: string, rho: number, slope: number, c: number): number {
  if (rho === 0) {
    if (c === 0) return 0;
    if (!(slope > 0)) {
      throw new ArgumentError(
        `${name}.mmStep: the step has no end (got slope ${slope} without rho, expected > 0). Pass rho > 0.`,
      );
    }
    return Math.sqrt(c / slope);
  }
  if (c === 0) return Math.max(0, -slope / rho);
  // Newton from above: the cubic is convex and rising beyond its root.
  let s = Math.cbrt(c / rho) + Math.max(0, -slope / rho);
  for (let step = 0; step < 100; step++) {
    const next = s - (s * s * (rho * s + slope) - c) / (s * (3 * rho * s + 2 * slope));
    if (!(next < s) || s - next <= 1e-16 * s) break;
    s = next;
  }
  return s;
}
