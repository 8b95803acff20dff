/** Brownian paths at times 1, 2, …, d (times a variance for each step) from standard normal numbers. */
import { dftPlan } from "../transforms/dft.ts";

/** n paths of d normal numbers each to n paths of d values. */
export type PathMaker = (z: ArrayLike<number>) => Float64Array;

/** Step by step: the Cholesky factor of the covariance. */
export function walkPaths(d: number, variance: number): PathMaker {
  const s = Math.sqrt(variance);
  return (z) => {
    const out = new Float64Array(z.length);
    for (let i = 0, w = 0; i < out.length; i++) {
      if (i % d === 0) w = 0;
      w += s * z[i];
      out[i] = w;
    }
    return out;
  };
}

/** The end first, then the midpoint of each gap, wide gaps before narrow ones. */
export function bridgePaths(d: number, variance: number): PathMaker {
  interface Step {
    readonly at: number;
    readonly left: number;
    readonly right: number;
    readonly leftWeight: number;
    readonly rightWeight: number;
    readonly deviation: number;
  }
  // Position p is time p; time 0 has the value 0.
  const steps: Step[] = [
    { at: d, left: 0, right: 0, leftWeight: 0, rightWeight: 0, deviation: Math.sqrt(variance * d) },
  ];
  const gaps: [number, number][] = [[0, d]];
  for (let g = 0; g < gaps.length; g++) {
    const [left, right] = gaps[g];
    if (right - left < 2) continue;
    const at = (left + right) >> 1;
    steps.push({
      at,
      left,
      right,
      leftWeight: (right - at) / (right - left),
      rightWeight: (at - left) / (right - left),
      deviation: Math.sqrt((variance * (at - left) * (right - at)) / (right - left)),
    });
    gaps.push([left, at], [at, right]);
  }
  return (z) => {
    const out = new Float64Array(z.length);
    const w = new Float64Array(d + 1);
    for (let start = 0; start < out.length; start += d) {
      steps.forEach((step, k) => {
        w[step.at] = step.leftWeight * w[step.left] + step.rightWeight * w[step.right] + step.deviation * z[start + k];
      });
      out.set(w.subarray(1), start);
    }
    return out;
  };
}

/** Above this number of times a fast transform is cheaper than the matrix. */
const FAST_FROM = 192;

/**
 * Principal components: eigenvalues lambda_k = variance / (4 sin^2((2k - 1) pi / (2 N))), N = 2d + 1, with eigenvectors
 * v_k(j) = 2 / sqrt(N) sin(j (2k - 1) pi / N), k, j = 1 … d.
 */
export function pcaPaths(d: number, variance: number): PathMaker {
  const length = 2 * d + 1;
  const scales = Float64Array.from({ length: d }, (_, k) => {
    const root = Math.sqrt(variance) / (2 * Math.sin(((2 * k + 1) * Math.PI) / (2 * length)));
    return (2 / Math.sqrt(length)) * root;
  });
  return d < FAST_FROM ? matrixPaths(d, length, scales) : sinePaths(d, length, scales);
}

function matrixPaths(d: number, length: number, scales: Float64Array): PathMaker {
  const a = new Float64Array(d * d);
  for (let j = 0; j < d; j++) {
    for (let k = 0; k < d; k++) {
      // The angle is reduced in integers.
      const turn = ((j + 1) * (2 * k + 1)) % (2 * length);
      a[j * d + k] = scales[k] * Math.sin((turn * Math.PI) / length);
    }
  }
  return (z) => {
    const out = new Float64Array(z.length);
    for (let start = 0; start < out.length; start += d) {
      for (let j = 0; j < d; j++) {
        let sum = 0;
        for (let k = 0, at = j * d; k < d; k++, at++) sum += a[at] * z[start + k];
        out[start + j] = sum;
      }
    }
    return out;
  };
}

/**
 * With r = 2k - 1 and s = (N - r) / 2, sin(pi j r / N) = (-1)^(j+1) sin(2 pi j s / N): one discrete Fourier transform of the odd
 * length N. Two paths share one complex transform.
 */
function sinePaths(d: number, length: number, scales: Float64Array): PathMaker {
  const transform = dftPlan(length);
  return (z) => {
    const out = new Float64Array(z.length);
    const re = new Float64Array(length);
    const im = new Float64Array(length);
    for (let start = 0; start < out.length; start += 2 * d) {
      const two = start + d < out.length;
      re.fill(0);
      im.fill(0);
      for (let k = 0; k < d; k++) {
        const s = (length - (2 * k + 1)) / 2;
        re[s] = scales[k] * z[start + k];
        im[s] = two ? scales[k] * z[start + d + k] : 0;
      }
      transform(re, im);
      // For real x, sum x sin = -Im X; X of the first path is (Y_j + conj Y_(N-j)) / 2, of the second the rest over i.
      for (let j = 1; j <= d; j++) {
        const sign = j % 2 === 1 ? 1 : -1;
        const back = length - j;
        out[start + j - 1] = (-sign * (im[j] - im[back])) / 2;
        if (two) out[start + d + j - 1] = (sign * (re[j] - re[back])) / 2;
      }
    }
    return out;
  };
}
