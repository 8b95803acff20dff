/** Matrices for factorizations: numbers without a pattern, whose singular values are all different. */

/** Factorizations that are timed, of n x n matrices in f64 with everything that they give. */
export const FACTORIZATIONS = ["cholesky", "lu", "solve", "qr", "eigh", "svd"] as const;

/** See {@link FACTORIZATIONS}; `solve` has as many right sides as unknowns, and the matrix itself for them. */
export type Factorization = (typeof FACTORIZATIONS)[number];

/** `size` numbers between -1 and 1: multiplicative hashes of 1, 2, 3 and so on. */
export function noise(size: number): Float64Array<ArrayBuffer> {
  return Float64Array.from({ length: size }, (_, i) => {
    let h = i + 1;
    for (let round = 0; round < 2; round++) h = Math.imul(h ^ (h >>> 16), 0x45d9f3b);
    return ((h ^ (h >>> 16)) >>> 0) / 2 ** 31 - 1;
  });
}

/** The matrix that a factorization is tried on: noise, for some of them symmetric, for `cholesky` also positive definite. */
export function matrixFor(factorization: Factorization, n: number): Float64Array<ArrayBuffer> {
  const x = noise(n * n);
  if (factorization !== "cholesky" && factorization !== "eigh") return x;
  const shift = factorization === "cholesky" ? n : 0;
  return x.map((value, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    return (value + x[j * n + i]) / 2 + (i === j ? shift : 0);
  });
}

/**
 * The complex matrix that a factorization is tried on, as its real and imaginary parts: noise, for some of them Hermitian, for
 * `cholesky` also positive definite.
 */
export function complexMatrixFor(
  factorization: Factorization,
  n: number,
): { readonly re: Float64Array<ArrayBuffer>; readonly im: Float64Array<ArrayBuffer> } {
  const x = noise(2 * n * n);
  const parts = { re: x.slice(0, n * n), im: x.slice(n * n) };
  if (factorization !== "cholesky" && factorization !== "eigh") return parts;
  const shift = factorization === "cholesky" ? 2 * n : 0;
  const mirrored = (part: Float64Array, sign: 1 | -1): Float64Array<ArrayBuffer> =>
    Float64Array.from(part, (value, at) => {
      const [i, j] = [Math.floor(at / n), at % n];
      return (value + sign * part[j * n + i]) / 2 + (sign === 1 && i === j ? shift : 0);
    });
  return { re: mirrored(parts.re, 1), im: mirrored(parts.im, -1) };
}

/** Magnitudes of complex numbers, which are given as pairs. */
export function complexMagnitudes(values: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: values.length / 2 }, (_, i) => Math.hypot(values[2 * i], values[2 * i + 1]));
}

/** Magnitudes: some factors are only determined but for signs. */
export function magnitudes(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values, Math.abs);
}
