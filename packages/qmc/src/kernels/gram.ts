/** Gram matrices of lattices and nets, by their eigenvalues: O(n log n) instead of O(n^3). */
import { AnsatzError, ArgumentError, checkOptions } from "@ansatz/tensor";
import { checkLength, checkNumber, checkPowerOfTwo } from "../check.ts";
import type { Lattice } from "../sequences/lattice/lattice.ts";
import type { DigitalNet } from "../sequences/net/digitalNet.ts";
import { doubleSpectrum, type Spectrum } from "../transforms/doubling.ts";
import { fftBitReversed, ifftBitReversed } from "../transforms/fft.ts";
import { fwht } from "../transforms/fwht.ts";
import type { ProductKernel } from "./product.ts";
import { digitallyShiftInvariant1d } from "./univariate.ts";

/** Options of {@link fastGram}. */
export interface GramOptions {
  readonly kernel: ProductKernel;
  /** A lattice for shift-invariant kernels, a linear net for digital ones, in natural order. */
  readonly points: Lattice | DigitalNet;
  /** Number of points, a power of two. */
  readonly size: number;
  /** eta >= 0, added to the diagonal; 0 when left out. */
  readonly nugget?: number;
}

/** The matrix K + eta I of the first n points. */
export interface FastGram {
  readonly size: number;
  readonly kernel: ProductKernel;
  readonly points: Lattice | DigitalNet;
  readonly nugget: number;
  /** k(x_i, x_0). */
  readonly firstColumn: Float64Array;
  /** Eigenvalues of K, without nugget. */
  readonly eigenvalues: Float64Array;
  /** (K + eta I) v. */
  multiply(v: ArrayLike<number>): Float64Array;
  /** (K + eta I)^-1 v. @throws AnsatzError with code `"singular"` */
  solve(v: ArrayLike<number>): Float64Array;
  /** log det(K + eta I). @throws AnsatzError with code `"singular"` */
  logDeterminant(): number;
  /** (v^T (K + eta I)^-1 v + log det + n log 2 pi) / 2. @throws AnsatzError with code `"singular"` */
  negativeLogLikelihood(v: ArrayLike<number>): number;
  /** The same for another nugget, without new work. */
  withNugget(nugget: number): FastGram;
  /** The matrix of twice as many points: only the kernel at the new points is evaluated. */
  doubled(): FastGram;
}

/**
 * The Gram matrix of a kernel at the first n = 2^m points in natural order. For a lattice and a shift-invariant kernel the
 * Fourier transform of bit-reversed vectors diagonalises it, for a digital net and a digital kernel the Walsh-Hadamard
 * transform; the eigenvalues are sqrt(n) times the transform of the first column.
 *
 * Cost: O(n d) kernel values and O(n log n) for everything else.
 * @throws ArgumentError for kernels and points that do not fit: nested scrambles, other orders, replications
 */
export function fastGram(options: GramOptions): FastGram {
  const name = "fastGram";
  checkOptions(name, options, ["kernel", "points", "size", "nugget"]);
  const { kernel, points, size, nugget = 0 } = options;
  checkPowerOfTwo(name, "size", size);
  checkNumber(name, "nugget", nugget, 0);
  checkFit(name, kernel, points);
  const firstColumn = kernelColumn(kernel, points, 0, size);
  return fromSpectrum(kernel, points, nugget, firstColumn, forward(kernel.kind, firstColumn));
}

/** Throws unless a fast transform diagonalises the Gram matrices of the kernel at the points. */
export function checkFit(name: string, kernel: ProductKernel, points: Lattice | DigitalNet): void {
  const expected = kernel.kind === "shift" ? "lattice" : "net";
  if (points.kind !== expected) {
    throw new ArgumentError(
      `${name}: the kernel does not fit the points (got a ${kernel.kind === "shift" ? "shift-invariant" : "digital"} kernel and ${points.name}, expected a ${expected}).`,
    );
  }
  if (points.kind === "net" && !points.linear) {
    throw new ArgumentError(
      `${name}: nets with nested scrambling have no fast Gram matrix (got nested scrambling, expected a linear scramble). ` +
        `Their differences do not depend on the index alone; use scramble "lms-ds" or "ds".`,
    );
  }
  if (points.order !== "natural") {
    throw new ArgumentError(`${name}: the points are in another order (got ${points.order}, expected natural).`);
  }
  if (points.replications !== undefined) {
    throw new ArgumentError(
      `${name}: one set of points is needed (got ${points.replications} replications, expected none).`,
    );
  }
  if (points.dimension !== kernel.dimension) {
    throw new ArgumentError(
      `${name}: the dimensions differ (got ${points.dimension} for the points, expected ${kernel.dimension}).`,
    );
  }
}

/** The factors K_j of k(x_i, x_0) for points first … end - 1: coordinate j of point i at (i - first) d + j. */
export function kernelParts(
  kernel: ProductKernel,
  points: Lattice | DigitalNet,
  first: number,
  end: number,
): Float64Array {
  const d = kernel.dimension;
  const out = new Float64Array((end - first) * d);
  if (points.kind === "net") {
    const zero = points.words(0, 1);
    const { hi, lo } = points.words(first, end);
    for (let k = 0, j = 0; k < out.length; k++, j = j + 1 === d ? 0 : j + 1) {
      out[k] = kernel.partOfDigits(j, (hi[k] ^ zero.hi[j]) >>> 0, (lo[k] ^ zero.lo[j]) >>> 0);
    }
  } else {
    const zero = points.array(0, 1);
    const x = points.array(first, end);
    for (let k = 0; k < out.length; k++) out[k] = kernel.part(k % d, x[k], zero[k % d]);
  }
  return out;
}

/** Points whose factors are held at once: little memory that is used again beats much that is new. */
const CHUNK = 4096;

function kernelColumn(kernel: ProductKernel, points: Lattice | DigitalNet, first: number, end: number): Float64Array {
  const d = kernel.dimension;
  const out = new Float64Array(end - first);
  const constant = Float64Array.from({ length: d }, (_, j) => {
    const orders = kernel.derivatives?.[j];
    return orders !== undefined && orders[0] + orders[1] > 0 ? 0 : 1;
  });
  const weights = Float64Array.from(kernel.weights);
  if (points.kind === "net" && kernel.derivatives === undefined) return digitalColumn(kernel, points, first, end);
  for (let at = first; at < end; at += CHUNK) {
    const stop = Math.min(end, at + CHUNK);
    const parts = kernelParts(kernel, points, at, stop);
    for (let i = at - first, k = 0; i < stop - first; i++) {
      let product = kernel.scale;
      for (let j = 0; j < d; j++, k++) product *= constant[j] + weights[j] * parts[k];
      out[i] = product;
    }
  }
  return out;
}

/** The same without derivatives, in one loop. */
function digitalColumn(kernel: ProductKernel, points: DigitalNet, first: number, end: number): Float64Array {
  const { dimension: d, scale } = kernel;
  const out = new Float64Array(end - first);
  const alpha = Int32Array.from(kernel.alpha);
  const weights = Float64Array.from(kernel.weights);
  const zero = points.words(0, 1);
  for (let at = first; at < end; at += CHUNK) {
    const stop = Math.min(end, at + CHUNK);
    const { hi, lo } = points.words(at, stop);
    for (let i = at - first, k = 0; i < stop - first; i++) {
      let product = scale;
      for (let j = 0; j < d; j++, k++) {
        product *= 1 + weights[j] * digitallyShiftInvariant1d(alpha[j], hi[k] ^ zero.hi[j], lo[k] ^ zero.lo[j]);
      }
      out[i] = product;
    }
  }
  return out;
}

/** The unitary transform that belongs to a kind of kernel, of a real vector. */
export function forward(kind: "shift" | "digital", values: ArrayLike<number>): Spectrum {
  // Copying through an iterator is slow.
  const re = values instanceof Float64Array ? values.slice() : Float64Array.from(values);
  if (kind === "digital") return { re: fwht(re) };
  const im = new Float64Array(re.length);
  fftBitReversed(re, im);
  return { re, im };
}

/** The real part of its inverse; the spectrum is overwritten. */
export function backward(kind: "shift" | "digital", { re, im }: Spectrum): Float64Array {
  if (kind === "digital") return fwht(re);
  ifftBitReversed(re, im as Float64Array);
  return re;
}

function fromSpectrum(
  kernel: ProductKernel,
  points: Lattice | DigitalNet,
  nugget: number,
  firstColumn: Float64Array,
  spectrum: Spectrum,
): FastGram {
  const n = firstColumn.length;
  const root = Math.sqrt(n);
  const eigenvalues = spectrum.re.map((value) => root * value);
  const largest = eigenvalues.reduce((a, b) => Math.max(a, b), 0);
  const symmetric = kernel.derivatives === undefined || kernel.derivatives.every(([b, c]) => b === c);
  if (symmetric) {
    // Rounding gives tiny negative numbers; they are zeros.
    for (let k = 0; k < n; k++) if (eigenvalues[k] < 0 && eigenvalues[k] >= -1e-12 * largest) eigenvalues[k] = 0;
  }

  /** A vector multiplied by the matrix with eigenvalues + nugget, or by its inverse. */
  const scaled = (v: ArrayLike<number>, inverse: boolean): Float64Array => {
    checkLength("fastGram", "the vector", v, n);
    const { re, im } = forward(kernel.kind, v);
    for (let k = 0; k < n; k++) {
      const f = eigenvalues[k] + nugget;
      re[k] = inverse ? re[k] / f : re[k] * f;
      if (im !== undefined) im[k] = inverse ? im[k] / f : im[k] * f;
    }
    return backward(kernel.kind, { re, im });
  };
  const requireRegular = (): void => {
    const least = eigenvalues.reduce((a, b) => Math.min(a, b), Infinity);
    if (!(least + nugget > 0) || (nugget === 0 && least <= 2.2e-16 * largest)) {
      throw new AnsatzError(
        "singular",
        `fastGram: the matrix is singular (got least eigenvalue ${least} with nugget ${nugget}, expected > ${2.2e-16 * largest}). Pass a nugget.`,
      );
    }
  };
  const gram: FastGram = {
    size: n,
    kernel,
    points,
    nugget,
    firstColumn,
    eigenvalues,
    multiply: (v) => scaled(v, false),
    solve(v) {
      requireRegular();
      return scaled(v, true);
    },
    logDeterminant() {
      requireRegular();
      return eigenvalues.reduce((sum, value) => sum + Math.log(value + nugget), 0);
    },
    negativeLogLikelihood(v) {
      const w = gram.solve(v);
      let square = 0;
      for (let i = 0; i < n; i++) square += v[i] * w[i];
      return 0.5 * (square + gram.logDeterminant() + n * Math.log(2 * Math.PI));
    },
    withNugget(other) {
      checkNumber("fastGram.withNugget", "nugget", other, 0);
      return fromSpectrum(kernel, points, other, firstColumn, spectrum);
    },
    doubled() {
      const second = kernelColumn(kernel, points, n, 2 * n);
      const whole = new Float64Array(2 * n);
      whole.set(firstColumn);
      whole.set(second, n);
      return fromSpectrum(kernel, points, nugget, whole, doubleSpectrum(spectrum, forward(kernel.kind, second)));
    },
  };
  return gram;
}
