/** A cheap guess of a schedule's error: Gaussian-kernel ridge regression on the logarithm of known errors. */

/** Known error at features. */
export interface Observation {
  readonly features: Float64Array;
  /** ln(error). */
  readonly value: number;
}

const RIDGE = 0.03;

/**
 * Fits the observations (about 300 at most: cost O(n^3)) and returns the guess at other features. The width of the
 * kernel is the median distance of the observations.
 */
export function fitPredictor(observations: readonly Observation[]): (features: Float64Array) => number {
  const n = observations.length;
  const mean = observations.reduce((sum, { value }) => sum + value, 0) / n;
  const distances = observations.map(() => new Float64Array(n));
  observations.forEach(({ features }, i) => squaredDistances(features, observations, i + 1, distances[i]));
  const sample = distances.slice(1).map((row, i) => row[(i + 1) >> 1]);
  sample.sort((a, b) => a - b);
  const width = Math.max(sample[sample.length >> 1] ?? 1, 1e-6);
  distances.forEach((row, i) => {
    for (let j = 0; j <= i; j++) row[j] = Math.exp(-row[j] / width);
    row[i] += RIDGE;
  });
  const weights = solveCholesky(
    distances,
    observations.map(({ value }) => value - mean),
  );
  const row = new Float64Array(n);
  return (features) => {
    squaredDistances(features, observations, n, row);
    let sum = mean;
    for (let i = 0; i < n; i++) sum += weights[i] * Math.exp(-row[i] / width);
    return sum;
  };
}

/** Squared distances of `a` to the first `count` observations; four at a time, so that no sum waits for itself. */
function squaredDistances(
  a: Float64Array,
  observations: readonly Observation[],
  count: number,
  into: Float64Array,
): void {
  let first = 0;
  for (; first + 4 <= count; first += 4) {
    const b0 = observations[first].features;
    const b1 = observations[first + 1].features;
    const b2 = observations[first + 2].features;
    const b3 = observations[first + 3].features;
    let sum0 = 0;
    let sum1 = 0;
    let sum2 = 0;
    let sum3 = 0;
    for (let i = 0; i < a.length; i++) {
      const value = a[i];
      const d0 = value - b0[i];
      const d1 = value - b1[i];
      const d2 = value - b2[i];
      const d3 = value - b3[i];
      sum0 += d0 * d0;
      sum1 += d1 * d1;
      sum2 += d2 * d2;
      sum3 += d3 * d3;
    }
    into[first] = sum0;
    into[first + 1] = sum1;
    into[first + 2] = sum2;
    into[first + 3] = sum3;
  }
  for (; first < count; first++) {
    const b = observations[first].features;
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) * (a[i] - b[i]);
    into[first] = sum;
  }
}

/** Solves A x = b for the positive definite A whose lower triangle is given; overwrites it with its factor. */
function solveCholesky(lower: readonly Float64Array[], right: readonly number[]): Float64Array {
  const n = right.length;
  const column = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    const pivot = Math.sqrt(lower[k][k]);
    lower[k][k] = pivot;
    for (let i = k + 1; i < n; i++) {
      const row = lower[i];
      const factor = row[k] / pivot;
      row[k] = factor;
      column[i] = factor;
      for (let j = k + 1; j <= i; j++) row[j] -= factor * column[j];
    }
  }
  const x = Float64Array.from(right);
  for (let i = 0; i < n; i++) {
    const row = lower[i];
    for (let k = 0; k < i; k++) x[i] -= row[k] * x[k];
    x[i] /= row[i];
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i] -= lower[k][i] * x[k];
    x[i] /= lower[i][i];
  }
  return x;
}
