/** Transforms of twice as many points from those of both halves. */
import { checkLength, checkPowerOfTwo } from "../check.ts";

/** A complex vector; `im` is absent for real ones. */
export interface Spectrum {
  readonly re: Float64Array;
  readonly im?: Float64Array;
}

/**
 * The unitary transform of 2 n points from those of the first and the second n: (A + w B) / sqrt 2 and (A - w B) / sqrt 2, with
 * w = 1 for real spectra (Walsh-Hadamard) and w_k = exp(-pi i k / n) for complex ones (Fourier of bit-reversed vectors).
 * @throws ArgumentError for lengths that differ or are no powers of two
 */
export function doubleSpectrum(first: Spectrum, second: Spectrum): Spectrum {
  const name = "doubleSpectrum";
  const n = first.re.length;
  checkPowerOfTwo(name, "the length", n);
  checkLength(name, "the second spectrum", second.re, n);
  const re = new Float64Array(2 * n);
  const s = Math.SQRT1_2;
  if (first.im === undefined || second.im === undefined) {
    for (let k = 0; k < n; k++) {
      re[k] = s * (first.re[k] + second.re[k]);
      re[k + n] = s * (first.re[k] - second.re[k]);
    }
    return { re };
  }
  const im = new Float64Array(2 * n);
  for (let k = 0; k < n; k++) {
    const c = Math.cos((Math.PI * k) / n);
    const d = -Math.sin((Math.PI * k) / n);
    const br = c * second.re[k] - d * second.im[k];
    const bi = d * second.re[k] + c * second.im[k];
    re[k] = s * (first.re[k] + br);
    im[k] = s * (first.im[k] + bi);
    re[k + n] = s * (first.re[k] - br);
    im[k + n] = s * (first.im[k] - bi);
  }
  return { re, im };
}
