/** Small dense linear algebra for symmetric matrices, in C order. */
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

/**
 * Eigenvalues, largest first, and eigenvectors (columns) of a symmetric matrix by Jacobi rotations.
 * Cost O(n^3) for each of about ten sweeps.
 */
export function eigenSymmetric(matrix: Float64Array, n: number): { values: Float64Array; vectors: Float64Array } {
  const a = matrix.slice();
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    let diagonal = 0;
    for (let i = 0; i < n; i++) {
      diagonal += a[i * n + i] ** 2;
      for (let j = 0; j < i; j++) off += 2 * a[i * n + j] ** 2;
    }
    if (off <= 1e-34 * diagonal || off === 0) break;
    for (let p = 0; p < n - 1; p++) {
      for (let q = p + 1; q < n; q++) rotate(a, v, n, p, q);
    }
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => a[j * n + j] - a[i * n + i]);
  const values = Float64Array.from(order, (i) => a[i * n + i]);
  const vectors = new Float64Array(n * n);
  order.forEach((from, to) => {
    for (let i = 0; i < n; i++) vectors[i * n + to] = v[i * n + from];
  });
  return { values, vectors };
}

function rotate(a: Float64Array, v: Float64Array, n: number, p: number, q: number): void {
  const apq = a[p * n + q];
  if (apq === 0) return;
  const theta = (a[q * n + q] - a[p * n + p]) / (2 * apq);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(1, theta));
  const c = 1 / Math.hypot(1, t);
  const s = t * c;
  for (let k = 0; k < n; k++) {
    const [x, y] = [a[k * n + p], a[k * n + q]];
    a[k * n + p] = c * x - s * y;
    a[k * n + q] = s * x + c * y;
  }
  for (let k = 0; k < n; k++) {
    const [x, y] = [a[p * n + k], a[q * n + k]];
    a[p * n + k] = c * x - s * y;
    a[q * n + k] = s * x + c * y;
    const [vx, vy] = [v[k * n + p], v[k * n + q]];
    v[k * n + p] = c * vx - s * vy;
    v[k * n + q] = s * vx + c * vy;
  }
}
