/** The fast Walsh-Hadamard transform. */
import { isTensor, type Tensor } from "@ansatz/tensor";
import { checkPowerOfTwo } from "../check.ts";
import { fwhtTensor } from "./fwhtTensor.ts";

/** Elements that are transformed as far as possible before the next ones are touched: 32 kB. */
const BLOCK = 4096;

/**
 * The unitary Walsh-Hadamard transform, in Hadamard order: x_k = n^(-1/2) sum_i (-1)^popcount(i & k) y_i. It is its own inverse.
 *
 * An array is transformed in place, three levels in each pass over memory, and returned. A tensor (f32 or f64) is transformed
 * along its last axis by kernels, four levels in each, on all threads or on its device; it can be differentiated.
 * Cost n log2(n) additions.
 * @param values n = 2^m numbers
 * @throws ArgumentError when n is no power of two, ShapeError for a tensor without axes
 * @throws ArgumentError for the length out of range
 */
export function fwht<A extends Float64Array | Float32Array>(values: A): A;
export function fwht(values: Tensor): Tensor;
export function fwht<A extends Float64Array | Float32Array>(values: A | Tensor): A | Tensor {
  if (isTensor(values)) return fwhtTensor(values);
  const n = values.length;
  checkPowerOfTwo("fwht", "the length", n);
  const scale = 1 / Math.sqrt(n);
  if (n === 1) return values;
  // With so many levels left over from groups of three, the first pass does one or two.
  const inner = Math.min(n, BLOCK);
  for (let at = 0; at < n; at += inner) levels(values, at, at + inner, 1, inner, inner === n ? scale : 1);
  if (inner < n) levels(values, 0, n, inner, n, scale);
  return values;
}

/** Levels with half-spans from, 2 from, …, to / 2 on [start, end); the last pass multiplies by `scale`. */
function levels(
  x: Float64Array | Float32Array,
  start: number,
  end: number,
  from: number,
  to: number,
  scale: number,
): void {
  let h = from;
  let left = Math.round(Math.log2(to / from));
  const odd = left % 3;
  const once = (last: boolean): number => (last ? scale : 1);
  if (odd === 1) {
    radix2(x, start, end, h, once(left === 1));
    h *= 2;
    left -= 1;
  } else if (odd === 2) {
    radix4(x, start, end, h, once(left === 2));
    h *= 4;
    left -= 2;
  }
  for (; left > 0; left -= 3, h *= 8) radix8(x, start, end, h, once(left === 3));
}

function radix2(x: Float64Array | Float32Array, start: number, end: number, h: number, s: number): void {
  for (let b = start; b < end; b += 2 * h) {
    for (let i = b; i < b + h; i++) {
      const p = x[i];
      const q = x[i + h];
      x[i] = s * (p + q);
      x[i + h] = s * (p - q);
    }
  }
}

function radix4(x: Float64Array | Float32Array, start: number, end: number, h: number, s: number): void {
  for (let b = start; b < end; b += 4 * h) {
    for (let i = b; i < b + h; i++) {
      const p = x[i] + x[i + h];
      const q = x[i] - x[i + h];
      const r = x[i + 2 * h] + x[i + 3 * h];
      const t = x[i + 2 * h] - x[i + 3 * h];
      x[i] = s * (p + r);
      x[i + h] = s * (q + t);
      x[i + 2 * h] = s * (p - r);
      x[i + 3 * h] = s * (q - t);
    }
  }
}

function radix8(x: Float64Array | Float32Array, start: number, end: number, h: number, s: number): void {
  for (let b = start; b < end; b += 8 * h) {
    for (let i = b; i < b + h; i++) {
      const i4 = i + 4 * h;
      const a0 = x[i] + x[i + h];
      const a1 = x[i] - x[i + h];
      const a2 = x[i + 2 * h] + x[i + 3 * h];
      const a3 = x[i + 2 * h] - x[i + 3 * h];
      const a4 = x[i4] + x[i4 + h];
      const a5 = x[i4] - x[i4 + h];
      const a6 = x[i4 + 2 * h] + x[i4 + 3 * h];
      const a7 = x[i4 + 2 * h] - x[i4 + 3 * h];
      const b0 = s * (a0 + a2);
      const b1 = s * (a1 + a3);
      const b2 = s * (a0 - a2);
      const b3 = s * (a1 - a3);
      const b4 = s * (a4 + a6);
      const b5 = s * (a5 + a7);
      const b6 = s * (a4 - a6);
      const b7 = s * (a5 - a7);
      x[i] = b0 + b4;
      x[i + h] = b1 + b5;
      x[i + 2 * h] = b2 + b6;
      x[i + 3 * h] = b3 + b7;
      x[i4] = b0 - b4;
      x[i4 + h] = b1 - b5;
      x[i4 + 2 * h] = b2 - b6;
      x[i4 + 3 * h] = b3 - b7;
    }
  }
}
