/** Incomplete Cholesky factors without fill-in. */
import { ArgumentError, tensor, type Tensor } from "@ansatz/tensor";
import type { CsrMatrix } from "./csr.ts";

/** A factor and its use as a preconditioner. */
export interface IncompleteCholesky {
  /** The lower factor L, rows with increasing columns, the diagonal last. */
  readonly factor: CsrMatrix;
  /** `(L L^T)^-1 r`: two triangular solves, on the host in double precision. */
  readonly precondition: (r: Tensor) => Promise<Tensor>;
}

/**
 * The incomplete Cholesky factorisation IC(0) of a symmetric positive definite matrix (Meijerink and van der Vorst 1977):
 * the Cholesky factor with everything outside the matrix's own pattern left out. Only the lower triangle is read.
 *
 * Triangular solves go from row to row; they run on the host, whatever device the vectors live on.
 * @throws ArgumentError when the matrix is not square, lacks a diagonal entry, or a pivot is not positive (which can happen
 *   for positive definite matrices that are no M-matrices)
 */
export function incompleteCholesky(matrix: CsrMatrix): IncompleteCholesky {
  const name = "incompleteCholesky";
  const { rows: n, columns } = matrix;
  if (n !== columns) throw new ArgumentError(`${name}: the matrix is not square (got ${n} rows, ${columns} columns).`);
  const factor = lowerTriangle(name, matrix);
  const { starts, indices, values } = factor;
  for (let i = 0; i < n; i++) {
    const end = starts[i + 1] - 1;
    for (let k = starts[i]; k <= end; k++) {
      const j = indices[k];
      // Inner product of rows i and j up to column j, over the columns that both have.
      let sum = values[k];
      let [a, b] = [starts[i], starts[j]];
      const last = starts[j + 1] - 1;
      while (a < k && b < last) {
        if (indices[a] === indices[b]) sum -= values[a++] * values[b++];
        else if (indices[a] < indices[b]) a++;
        else b++;
      }
      if (j < i) values[k] = sum / values[last];
      else if (sum > 0) values[k] = Math.sqrt(sum);
      else
        throw new ArgumentError(
          `${name}: a pivot is not positive (got ${sum} in row ${i}). Use another preconditioner.`,
        );
    }
  }
  return { factor, precondition: (r) => solve(factor, r) };
}

function lowerTriangle(name: string, { rows, columns, starts, indices, values }: CsrMatrix): CsrMatrix {
  const kept: number[] = [];
  const newStarts = new Int32Array(rows + 1);
  for (let i = 0; i < rows; i++) {
    for (let k = starts[i]; k < starts[i + 1]; k++) if (indices[k] <= i) kept.push(k);
    newStarts[i + 1] = kept.length;
    if (kept.length === newStarts[i] || indices[kept[kept.length - 1]] !== i) {
      throw new ArgumentError(`${name}: an entry of the diagonal is missing (got none in row ${i}).`);
    }
  }
  return {
    rows,
    columns,
    starts: newStarts,
    indices: Int32Array.from(kept, (k) => indices[k]),
    values: Float64Array.from(kept, (k) => values[k]),
  };
}

async function solve({ rows, starts, indices, values }: CsrMatrix, r: Tensor): Promise<Tensor> {
  if (r.size !== rows) {
    throw new ArgumentError(`incompleteCholesky: the vector does not fit (got ${r.size} elements, expected ${rows}).`);
  }
  const x = Float64Array.from(await r.data(), Number);
  for (let i = 0; i < rows; i++) {
    let sum = x[i];
    const last = starts[i + 1] - 1;
    for (let k = starts[i]; k < last; k++) sum -= values[k] * x[indices[k]];
    x[i] = sum / values[last];
  }
  for (let i = rows - 1; i >= 0; i--) {
    const last = starts[i + 1] - 1;
    x[i] /= values[last];
    for (let k = starts[i]; k < last; k++) x[indices[k]] -= values[k] * x[i];
  }
  return tensor(r.dtype === "f64" ? x : Float32Array.from(x), { shape: r.shape, device: r.device }) as Tensor;
}
