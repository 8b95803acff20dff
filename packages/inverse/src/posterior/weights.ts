/** Weights of particles, by their logarithms. */

/** `ln mean e^v`, without overflow; -Infinity when all are. */
export function logMeanExp(values: Float64Array): number {
  const top = values.reduce((a, b) => Math.max(a, b), -Infinity);
  if (top === -Infinity) return -Infinity;
  return top + Math.log(values.reduce((sum, v) => sum + Math.exp(v - top), 0) / values.length);
}

/** Weights of sum 1; all 0 when every logarithm is -Infinity. */
export function normalized(logWeights: Float64Array): Float64Array {
  const top = logWeights.reduce((a, b) => Math.max(a, b), -Infinity);
  if (top === -Infinity) return new Float64Array(logWeights.length);
  const raw = logWeights.map((v) => Math.exp(v - top));
  const total = raw.reduce((a, b) => a + b, 0);
  return raw.map((v) => v / total);
}

/** Effective number of particles, `(sum w)^2 / sum w^2`; 0 when none has a weight. */
export function effectiveNumber(weights: Float64Array): number {
  const squares = weights.reduce((sum, w) => sum + w * w, 0);
  return squares > 0 ? weights.reduce((a, b) => a + b, 0) ** 2 / squares : 0;
}

/**
 * Systematic resampling: particle i comes `floor(N w_i)` or `ceil(N w_i)` times. Gives the particle that every new one copies.
 * @param offset a uniform number in [0, 1)
 */
export function systematic(weights: Float64Array, offset: number): Int32Array {
  const n = weights.length;
  const chosen = new Int32Array(n);
  const last = weights.findLastIndex((w) => w > 0);
  let sum = weights[0];
  let at = 0;
  for (let i = 0; i < n; i++) {
    // Rounding must not run past the last particle that has a weight.
    while (sum < (i + offset) / n && at < last) sum += weights[++at];
    chosen[i] = at;
  }
  return chosen;
}
