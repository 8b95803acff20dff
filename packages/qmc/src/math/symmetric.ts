/**
 * Linear algebra of symmetric matrices, in C order. The factor here is for systems of a few dozen unknowns in inner loops, where a
 * call of the tensor core costs more than the work.
 */
import { ArgumentError } from "@ansatz/tensor";

/** Throws unless `a` is a finite symmetric n x n matrix. */
export function checkSymmetric(name: string, what: string, a: readonly ArrayLike<number>[]): Float64Array {
  const n = a.length;
  const out = new Float64Array(n * n);
  a.forEach((row, i) => {
    if (row.length !== n) {
      throw new ArgumentError(`${name}: ${what} is not square (got ${row.length} numbers in row ${i}, expected ${n}).`);
    }
    for (let j = 0; j < n; j++) out[i * n + j] = row[j];
  });
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const [x, y] = [out[i * n + j], out[j * n + i]];
      if (!Number.isFinite(x) || Math.abs(x - y) > 1e-12 * (Math.abs(x) + Math.abs(y))) {
        throw new ArgumentError(
          `${name}: ${what} is not symmetric (got ${x} at (${i}, ${j}) and ${y} at (${j}, ${i}), expected equal finite numbers).`,
        );
      }
    }
  }
  return out;
}

/** The lower triangular L with A = L L^T, or `undefined` when A is not positive definite. */
export function cholesky(a: Float64Array, n: number): Float64Array | undefined {
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j];
      for (let k = 0; k < j; k++) sum -= l[i * n + k] * l[j * n + k];
      if (i === j) {
        if (!(sum > 0)) return undefined;
        l[i * n + i] = Math.sqrt(sum);
      } else l[i * n + j] = sum / l[j * n + j];
    }
  }
  return l;
}

/** Solves L x = b in place, L lower triangular. */
export function solveLower(l: Float64Array, n: number, b: Float64Array): Float64Array {
  for (let i = 0; i < n; i++) {
    let sum = b[i];
    for (let k = 0; k < i; k++) sum -= l[i * n + k] * b[k];
    b[i] = sum / l[i * n + i];
  }
  return b;
}

/** Solves L^T x = b in place. */
export function solveUpper(l: Float64Array, n: number, b: Float64Array): Float64Array {
  for (let i = n - 1; i >= 0; i--) {
    let sum = b[i];
    for (let k = i + 1; k < n; k++) sum -= l[k * n + i] * b[k];
    b[i] = sum / l[i * n + i];
  }
  return b;
}
