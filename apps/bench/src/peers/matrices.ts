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

/** Magnitudes: some factors are only determined but for signs. */
export function magnitudes(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values, Math.abs);
}
