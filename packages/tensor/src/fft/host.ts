/** A transform on the host in f64, for constants that are themselves transforms. */
import { rootOfUnity } from "./roots.ts";

/** A complex sequence. */
export interface Sequence {
  readonly re: Float64Array<ArrayBuffer>;
  readonly im: Float64Array<ArrayBuffer>;
}

/**
 * `y[k] = sum_j x[j] e^(-2 pi i j k / n)` by decimation in time, for any length. Cost: n times the sum of its prime factors.
 */
export function hostFft(x: Sequence): Sequence {
  const n = x.re.length;
  const roots = Array.from({ length: n }, (_, k) => rootOfUnity(k, n));
  const y: Sequence = { re: new Float64Array(n), im: new Float64Array(n) };
  const spare: Sequence = { re: new Float64Array(n), im: new Float64Array(n) };

  /** Transforms `count` elements of x from `from` on, `stride` apart, into y at `to`. */
  const run = (from: number, stride: number, count: number, to: number): void => {
    if (count === 1) {
      y.re[to] = x.re[from];
      y.im[to] = x.im[from];
      return;
    }
    let p = 2;
    while (count % p !== 0) p++;
    const part = count / p;
    for (let r = 0; r < p; r++) run(from + r * stride, stride * p, part, to + r * part);
    for (let k = 0; k < count; k++) {
      let [re, im] = [0, 0];
      for (let r = 0; r < p; r++) {
        const [c, s] = roots[((r * k) % count) * stride];
        const at = to + r * part + (k % part);
        re += c * y.re[at] - s * y.im[at];
        im += c * y.im[at] + s * y.re[at];
      }
      spare.re[to + k] = re;
      spare.im[to + k] = im;
    }
    y.re.set(spare.re.subarray(to, to + count), to);
    y.im.set(spare.im.subarray(to, to + count), to);
  };
  run(0, 1, n, 0);
  return y;
}
