/** The Lanczos process: a small tridiagonal image of a large symmetric operator. */
import { ArgumentError, checkOptions, div, mul, reshape, scope, stack, type Tensor } from "@ansatz/tensor";
import type { LinearOperator } from "@ansatz/tensor/linear";
import { Key, normal } from "@ansatz/tensor/random";
import { checkCount, checkFinite, checkPositive } from "../check.ts";
import { read } from "../vector.ts";
import { combination, inner, length } from "./tools.ts";
import { tridiagonalEigen } from "./tridiagonal.ts";

/** `A Q = Q T + remainder`, with Q orthonormal and T tridiagonal. */
export interface Lanczos {
  /** Diagonal of T. */
  readonly alpha: Float64Array;
  /** Numbers beside the diagonal of T, one less. */
  readonly beta: Float64Array;
  /** Columns of Q, shaped like the operator's domain. Yours. */
  readonly vectors: readonly Tensor[];
}

/**
 * The Lanczos process with full reorthogonalisation, twice per step: orthonormal vectors that span `b, A b, A^2 b, ...`, in
 * which a symmetric operator is tridiagonal. Ends early when the space is exhausted. One application per step, O(steps^2) vectors'
 * work. Source: Lanczos 1950.
 * @param start any vector but zero; it is normalised
 * @throws ArgumentError for a start that is zero or not finite
 */
export async function lanczos(operator: LinearOperator, start: Tensor, steps: number): Promise<Lanczos> {
  const name = "lanczos";
  checkCount(name, "steps", steps);
  const size = await read(() => length(start));
  if (!(size > 0 && size < Infinity)) {
    throw new ArgumentError(`${name}: start has no direction (got length ${size}, expected a positive finite one).`);
  }
  const vectors = [scope(() => div(start, size))];
  const alpha: number[] = [];
  const beta: number[] = [];
  let largest = 0;
  for (let k = 0; k < steps; k++) {
    const q = vectors[k];
    const image = scope(() => operator.apply(q));
    alpha.push(await read(() => inner(q, image)));
    const rest = scope(() => {
      let w = image;
      for (let pass = 0; pass < 2; pass++) for (const v of vectors) w = combination([1, w], [mul(inner(v, w), -1), v]);
      return w;
    });
    image.dispose();
    const norm = await read(() => length(rest));
    largest = Math.max(largest, Math.abs(alpha[k]), norm);
    if (k + 1 < steps && norm > 1e-12 * largest) {
      beta.push(norm);
      vectors.push(scope(() => div(rest, norm)));
    }
    rest.dispose();
    if (vectors.length === k + 1) break;
  }
  return { alpha: Float64Array.from(alpha), beta: Float64Array.from(beta), vectors };
}

/**
 * Ritz values, increasing: approximate eigenvalues of the operator, the outermost first to be good; and for each the
 * coefficients of its vector in the Lanczos vectors.
 */
export function ritzPairs({ alpha, beta }: Lanczos): {
  readonly values: Float64Array;
  readonly coefficients: readonly Float64Array[];
} {
  const { values, vectors } = tridiagonalEigen(alpha, beta);
  return { values, coefficients: vectors };
}

/** Options of {@link ritzSamples}. */
export interface RitzSamplesOptions {
  readonly key: Key;
  /** Number of right-hand sides. */
  readonly count: number;
  /** Steps of the Lanczos process. */
  readonly steps: number;
  /** Standard deviation of the coefficients of the lower part of the spectrum; 9 when left out. The others have 1. */
  readonly low?: number;
  /** Ritz vectors that count as low beyond half of them; 0 when left out. */
  readonly beyond?: number;
}

/**
 * Right-hand sides of length 1 to train directions with, [count, ...domain]: random combinations of Ritz vectors in which the
 * lower part of the spectrum is stronger (Kaneda and others 2023, section 4). Ritz values below 1e-8 are left out. The process
 * starts from the image of a random vector.
 * @throws ArgumentError for count, low or beyond out of range or an unknown option, or unless key is a key, or unless
 * the operator is real
 */
export async function ritzSamples(operator: LinearOperator, options: RitzSamplesOptions): Promise<Tensor> {
  const name = "ritzSamples";
  checkOptions(name, options, ["key", "count", "steps", "low", "beyond"]);
  const { key, count, steps, low = 9, beyond = 0 } = options;
  if (!(key instanceof Key))
    throw new ArgumentError(`${name}: key must be a key (got ${typeof key}). Make one with key(seed).`);
  checkCount(name, "count", count);
  checkPositive(name, "low", low);
  checkFinite(name, "beyond", beyond);
  const [forStart, forCoefficients] = key.split(2);
  const { dtype } = operator;
  if (dtype !== "f32" && dtype !== "f64") {
    throw new ArgumentError(`${name}: the operator must be real (got ${dtype}, expected f32 or f64).`);
  }
  const start = scope(() => operator.apply(normal(forStart, operator.domain, { dtype })));
  const found = await lanczos(operator, start, steps);
  start.dispose();
  const { values, coefficients } = ritzPairs(found);
  const kept = Array.from(values.keys()).filter((k) => values[k] >= 1e-8);
  const draws = await normal(forCoefficients, [count, kept.length], { dtype: "f64" }).data();
  const m = found.vectors.length;
  const samples = Array.from({ length: count }, (_, i) => {
    // Coefficients in the Lanczos vectors; these are orthonormal, so lengths can be taken there.
    const mixed = new Float64Array(m);
    for (const [at, k] of kept.entries()) {
      const c = draws[i * kept.length + at] * (at < kept.length / 2 + beyond ? low : 1);
      for (let j = 0; j < m; j++) mixed[j] += c * coefficients[k][j];
    }
    const norm = Math.hypot(...mixed);
    return scope(() => combination(...found.vectors.map((v, j) => [mixed[j] / norm, v] as const)));
  });
  const all = scope(() => reshape(stack(samples), [count, ...operator.domain]));
  all.eval();
  for (const t of [...samples, ...found.vectors]) t.dispose();
  return all;
}
