/** A cheap guess of a schedule's error: Gaussian-kernel ridge regression on the logarithm of known errors. */

/** Known error at features. */
export interface Observation {
  readonly features: readonly number[];
  /** ln(error). */
  readonly value: number;
}

const RIDGE = 0.03;

/**
 * Fits the observations (about 300 at most: cost O(n^3)) and returns the guess at other features. The width of the
 * kernel is the median distance of the observations.
 */
export function fitPredictor(observations: readonly Observation[]): (features: readonly number[]) => number {
  const n = observations.length;
  const mean = observations.reduce((sum, { value }) => sum + value, 0) / n;
  const distances: number[] = [];
  for (let i = 1; i < n; i++) distances.push(squaredDistance(observations[i].features, observations[i >> 1].features));
  distances.sort((a, b) => a - b);
  const width = Math.max(distances[distances.length >> 1] ?? 1, 1e-6);
  const kernel = (a: readonly number[], b: readonly number[]): number => Math.exp(-squaredDistance(a, b) / width);
  const gram = observations.map((a, i) => {
    const row = new Float64Array(n);
    for (let j = 0; j <= i; j++) row[j] = kernel(a.features, observations[j].features) + (i === j ? RIDGE : 0);
    return row;
  });
  const weights = solveCholesky(
    gram,
    observations.map(({ value }) => value - mean),
  );
  return (features) => observations.reduce((sum, o, i) => sum + weights[i] * kernel(o.features, features), mean);
}

function squaredDistance(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return sum;
}

/** Solves A x = b for the positive definite A whose lower triangle is given; overwrites it with its factor. */
function solveCholesky(lower: Float64Array[], right: readonly number[]): Float64Array {
  const n = right.length;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = lower[i][j];
      for (let k = 0; k < j; k++) sum -= lower[i][k] * lower[j][k];
      lower[i][j] = i === j ? Math.sqrt(sum) : sum / lower[j][j];
    }
  }
  const x = Float64Array.from(right);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i] -= lower[i][k] * x[k];
    x[i] /= lower[i][i];
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i] -= lower[k][i] * x[k];
    x[i] /= lower[i][i];
  }
  return x;
}
