/** The discrete Fourier transform of any length, by Bluestein's algorithm. */
import { fftBitReversed, ifftBitReversed } from "./fft.ts";

/**
 * A transform in place of complex vectors of a length N: X_k = sum_j x_j exp(-2 pi i j k / N). Cost O(N log N).
 * Source: L. I. Bluestein, IEEE Trans. Audio Electroacoust. 18 (1970).
 */
export function dftPlan(length: number): (re: Float64Array, im: Float64Array) => void {
  let size = 1;
  while (size < 2 * length - 1) size *= 2;
  // j k = (j^2 + k^2 - (k - j)^2) / 2; the angle of j^2 is reduced in integers.
  const cos = new Float64Array(length);
  const sin = new Float64Array(length);
  for (let j = 0; j < length; j++) {
    const turn = (j * j) % (2 * length);
    cos[j] = Math.cos((turn * Math.PI) / length);
    sin[j] = Math.sin((turn * Math.PI) / length);
  }
  const kernelRe = new Float64Array(size);
  const kernelIm = new Float64Array(size);
  for (let j = 0; j < length; j++) {
    for (const at of j === 0 ? [0] : [j, size - j]) {
      kernelRe[at] = cos[j];
      kernelIm[at] = sin[j];
    }
  }
  // Convolutions need no order: to the frequency domain in natural order in, bit-reversed out, and back.
  ifftBitReversed(kernelRe, kernelIm);
  const workRe = new Float64Array(size);
  const workIm = new Float64Array(size);
  const scale = Math.sqrt(size);
  return (re, im) => {
    workRe.fill(0);
    workIm.fill(0);
    for (let j = 0; j < length; j++) {
      workRe[j] = re[j] * cos[j] + im[j] * sin[j];
      workIm[j] = im[j] * cos[j] - re[j] * sin[j];
    }
    ifftBitReversed(workRe, workIm);
    for (let k = 0; k < size; k++) {
      const [a, b] = [workRe[k], workIm[k]];
      workRe[k] = scale * (a * kernelRe[k] - b * kernelIm[k]);
      workIm[k] = scale * (a * kernelIm[k] + b * kernelRe[k]);
    }
    fftBitReversed(workRe, workIm);
    for (let k = 0; k < length; k++) {
      re[k] = workRe[k] * cos[k] + workIm[k] * sin[k];
      im[k] = workIm[k] * cos[k] - workRe[k] * sin[k];
    }
  };
}
