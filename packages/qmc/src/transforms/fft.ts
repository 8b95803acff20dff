/** Fast Fourier transforms between bit-reversed and natural order: no reordering pass is needed. */
import { isTensor, mul, tensor, type Tensor } from "@ansatz/tensor";
import * as core from "@ansatz/tensor/fft";
import { checkLength, checkPowerOfTwo } from "../check.ts";

/** exp(-pi i j / h) for j < h, h = 1, 2, 4 … n / 2, at h + j. */
interface Twiddles {
  readonly cos: Float64Array;
  readonly sin: Float64Array;
}

/** Constants of the sizes used so far; a size holds those of all smaller ones. */
let known: Twiddles = { cos: Float64Array.of(0, 1), sin: Float64Array.of(0, 0) };

function twiddles(n: number): Twiddles {
  if (known.cos.length < n) {
    const cos = new Float64Array(n);
    const sin = new Float64Array(n);
    const half = n / 2;
    for (let j = 0; j < half; j++) {
      // Angles up to pi / 4 only, so that multiples of pi / 2 are exact.
      const eighth = Math.round((4 * j) / half);
      const rest = ((j - (eighth * half) / 4) * Math.PI) / half;
      const [c, s] = [Math.cos(rest), Math.sin(rest)];
      const [a, b] = EIGHTHS[eighth];
      cos[half + j] = a * c - b * s;
      sin[half + j] = -(b * c + a * s);
    }
    for (let h = half / 2; h >= 1; h /= 2) {
      for (let j = 0; j < h; j++) {
        cos[h + j] = cos[2 * h + 2 * j];
        sin[h + j] = sin[2 * h + 2 * j];
      }
    }
    known = { cos, sin };
  }
  return known;
}

const EIGHTHS: readonly (readonly [number, number])[] = [
  [1, 0],
  [Math.SQRT1_2, Math.SQRT1_2],
  [0, 1],
  [-Math.SQRT1_2, Math.SQRT1_2],
  [-1, 0],
];

function prepare(name: string, re: Float64Array, im: Float64Array): number {
  checkPowerOfTwo(name, "the length", re.length);
  checkLength(name, "the imaginary part", im, re.length);
  return re.length;
}

/**
 * The unitary Fourier transform in place of a vector given in bit-reversed order:
 * x_k = n^(-1/2) sum_i y_i exp(-2 pi i k rev(i) / n), the result in natural order.
 *
 * Cost O(n log n), two levels in each pass.
 * @param re real parts, n = 2^m numbers
 * @param im imaginary parts
 * @throws ArgumentError when n is no power of two or the lengths differ
 */
export function fftBitReversed(re: Float64Array, im: Float64Array): void;
/** The same of a tensor [..., n, 2] of pairs (real, imaginary), along n; differentiable, by the tensor core's transforms. */
export function fftBitReversed(x: Tensor): Tensor;
export function fftBitReversed(re: Float64Array | Tensor, im?: Float64Array): void | Tensor {
  // A forward transform is the conjugate of the inverse one of the conjugate.
  if (isTensor(re)) return conjugate(core.ifftBitReversed(conjugate(re), { norm: "ortho" }));
  forward(re, im as Float64Array);
}

function conjugate(x: Tensor): Tensor {
  const signs = x.dtype === "f32" ? Float32Array.of(1, -1) : Float64Array.of(1, -1);
  return mul(x, tensor(signs, { device: x.device }));
}

function forward(re: Float64Array, im: Float64Array): void {
  const n = prepare("fftBitReversed", re, im);
  const table = twiddles(n);
  const scale = 1 / Math.sqrt(n);
  let h = 1;
  if (Math.log2(n) % 2 === 1) {
    const s = n === 2 ? scale : 1;
    for (let i = 0; i < n; i += 2) {
      const [a, b, c, d] = [re[i], im[i], re[i + 1], im[i + 1]];
      re[i] = s * (a + c);
      im[i] = s * (b + d);
      re[i + 1] = s * (a - c);
      im[i + 1] = s * (b - d);
    }
    h = 2;
  }
  for (; h < n; h *= 4) forward4(re, im, n, h, table, 4 * h === n ? scale : 1);
}

/** Levels h and 2 h: with w = exp(-pi i j / (2 h)), the factors are w^2, then w and -i w. */
function forward4(re: Float64Array, im: Float64Array, n: number, h: number, table: Twiddles, s: number): void {
  const { cos, sin } = table;
  for (let block = 0; block < n; block += 4 * h) {
    for (let j = 0; j < h; j++) {
      const i0 = block + j;
      const i1 = i0 + h;
      const i2 = i1 + h;
      const i3 = i2 + h;
      const c1 = cos[h + j];
      const s1 = sin[h + j];
      const c2 = s * cos[2 * h + j];
      const s2 = s * sin[2 * h + j];
      const br = re[i1] * c1 - im[i1] * s1;
      const bi = re[i1] * s1 + im[i1] * c1;
      const dr = re[i3] * c1 - im[i3] * s1;
      const di = re[i3] * s1 + im[i3] * c1;
      const pr = s * (re[i0] + br);
      const pi = s * (im[i0] + bi);
      const qr = s * (re[i0] - br);
      const qi = s * (im[i0] - bi);
      const er = re[i2] + dr;
      const ei = im[i2] + di;
      const fr = re[i2] - dr;
      const fi = im[i2] - di;
      const rr = er * c2 - ei * s2;
      const ri = er * s2 + ei * c2;
      const tr = fr * c2 - fi * s2;
      const ti = fr * s2 + fi * c2;
      re[i0] = pr + rr;
      im[i0] = pi + ri;
      re[i2] = pr - rr;
      im[i2] = pi - ri;
      re[i1] = qr + ti;
      im[i1] = qi - tr;
      re[i3] = qr - ti;
      im[i3] = qi + tr;
    }
  }
}

/**
 * The inverse of {@link fftBitReversed} in place: y_i = n^(-1/2) sum_k x_k exp(2 pi i k rev(i) / n), from natural order to
 * bit-reversed order.
 * @throws ArgumentError when n is no power of two or the lengths differ
 */
export function ifftBitReversed(re: Float64Array, im: Float64Array): void;
/** The same of a tensor [..., n, 2] of pairs, along n. */
export function ifftBitReversed(x: Tensor): Tensor;
export function ifftBitReversed(re: Float64Array | Tensor, im?: Float64Array): void | Tensor {
  if (isTensor(re)) return conjugate(core.fftBitReversed(conjugate(re), { norm: "ortho" }));
  backward(re, im as Float64Array);
}

function backward(re: Float64Array, im: Float64Array): void {
  const n = prepare("ifftBitReversed", re, im);
  const table = twiddles(n);
  const scale = 1 / Math.sqrt(n);
  const odd = Math.log2(n) % 2 === 1;
  for (let h = n / 4; h >= (odd ? 2 : 1); h /= 4)
    backward4(re, im, n, h, table, h === (odd ? 2 : 1) && !odd ? scale : 1);
  if (odd) {
    for (let i = 0; i < n; i += 2) {
      const [a, b, c, d] = [re[i], im[i], re[i + 1], im[i + 1]];
      re[i] = scale * (a + c);
      im[i] = scale * (b + d);
      re[i + 1] = scale * (a - c);
      im[i + 1] = scale * (b - d);
    }
  }
}

/** The steps of {@link forward4} backwards, with conjugate factors. */
function backward4(re: Float64Array, im: Float64Array, n: number, h: number, table: Twiddles, s: number): void {
  const { cos, sin } = table;
  for (let block = 0; block < n; block += 4 * h) {
    for (let j = 0; j < h; j++) {
      const i0 = block + j;
      const i1 = i0 + h;
      const i2 = i1 + h;
      const i3 = i2 + h;
      const c1 = s * cos[h + j];
      const s1 = s * sin[h + j];
      const c2 = cos[2 * h + j];
      const s2 = sin[2 * h + j];
      const pr = re[i0] + re[i2];
      const pi = im[i0] + im[i2];
      const xr = re[i0] - re[i2];
      const xi = im[i0] - im[i2];
      const qr = re[i1] + re[i3];
      const qi = im[i1] + im[i3];
      const yr = re[i3] - re[i1];
      const yi = im[i1] - im[i3];
      // x conj(w) and i (x1 - x3) conj(w)
      const er = xr * c2 + xi * s2;
      const ei = xi * c2 - xr * s2;
      const fr = -yi * c2 - yr * s2;
      const fi = -yr * c2 + yi * s2;
      const dr = er - fr;
      const di = ei - fi;
      re[i0] = s * (pr + qr);
      im[i0] = s * (pi + qi);
      const br = pr - qr;
      const bi = pi - qi;
      re[i1] = br * c1 + bi * s1;
      im[i1] = bi * c1 - br * s1;
      re[i2] = s * (er + fr);
      im[i2] = s * (ei + fi);
      re[i3] = dr * c1 + di * s1;
      im[i3] = di * c1 - dr * s1;
    }
  }
}
