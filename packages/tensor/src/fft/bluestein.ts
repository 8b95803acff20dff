/**
 * Transforms of lengths with large prime factors as convolutions: with w[k] = e^(-i pi k^2 / n) and j k = (j^2 + k^2 - (k - j)^2) / 2,
 * `X[k] = w[k] sum_j (x[j] w[j]) conj(w[k - j])`.
 *
 * Source: Bluestein 1970, "A linear filtering approach to the computation of discrete Fourier transform".
 */
import { pad, slice } from "../ops/movement.ts";
import type { Tensor } from "../tensor.ts";
import { hostFft, type Sequence } from "./host.ts";
import { timesSequence } from "./product.ts";
import { rootOfUnity } from "./roots.ts";
import type { FloatTensor } from "./floatTensor.ts";

/** The shortest length 2^a 3^b 5^c >= `least` with a >= 3 (or the next power of two below that). */
export function convolutionLength(least: number): number {
  let best = 2 ** Math.ceil(Math.log2(least));
  for (const odd of [3, 5, 9, 15, 25, 27, 45, 75]) {
    for (let m = 8 * odd; m < best; m *= 2) if (m >= least) best = m;
  }
  return best;
}

/** e^(-+ i pi k^2 / n), times a factor. */
function chirp(n: number, inverse: boolean, factor = 1): Sequence {
  const re = new Float64Array(n);
  const im = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    const [c, s] = rootOfUnity((k * k) % (2 * n), 2 * n);
    re[k] = c * factor;
    im[k] = (inverse ? -s : s) * factor;
  }
  return { re, im };
}

/** The transform of the conjugate chirp, wrapped around, and divided by its length. */
function filter(n: number, m: number, inverse: boolean): Sequence {
  const w = chirp(n, !inverse, 1 / m);
  const b: Sequence = { re: new Float64Array(m), im: new Float64Array(m) };
  for (let k = 0; k < n; k++) {
    for (const at of [k, (m - k) % m]) {
      b.re[at] = w.re[k];
      b.im[at] = w.im[k];
    }
  }
  return hostFft(b);
}

/**
 * The transform along the second-last axis of x [..., n, 2].
 * @param smooth the transform of a length without large prime factors along that axis
 */
export function bluestein(
  x: FloatTensor,
  inverse: boolean,
  scale: number,
  smooth: (x: FloatTensor, inverse: boolean) => Tensor,
): Tensor {
  const n = x.shape[x.ndim - 2];
  const m = convolutionLength(2 * n - 1);
  const sign = inverse ? "+" : "-";
  const before = timesSequence(x, `chirp ${n} ${sign}`, () => chirp(n, inverse));
  const padded = pad(before, [...new Array<number>(x.ndim - 2).fill(0), [0, m - n], 0]) as FloatTensor;
  const filtered = timesSequence(smooth(padded, false) as FloatTensor, `filter ${n} ${m} ${sign}`, () =>
    filter(n, m, inverse),
  );
  const y = slice(smooth(filtered as FloatTensor, true), [
    ...new Array<null>(x.ndim - 2).fill(null),
    [0, n],
  ]) as FloatTensor;
  return timesSequence(y, `chirp ${n} ${sign} ${scale}`, () => chirp(n, inverse, scale));
}
