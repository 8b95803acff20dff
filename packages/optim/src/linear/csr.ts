/** Sparse matrices by rows. */
import { ArgumentError, checkOptions, mul, scatterAdd, sum, take, tensor, type Tensor } from "@ansatz/tensor";
import { linearOperator, type LinearOperator } from "@ansatz/tensor/linear";
import { checkCount } from "../check.ts";

/** A real sparse matrix in compressed rows: row i has entries `starts[i]` to `starts[i + 1]`, columns increasing. */
export interface CsrMatrix {
  readonly rows: number;
  readonly columns: number;
  /** rows + 1 positions. */
  readonly starts: Int32Array;
  /** Column of every entry. */
  readonly indices: Int32Array;
  readonly values: Float64Array;
}

/**
 * A sparse matrix from entries in any order; entries at one place are added.
 * @throws ArgumentError for places outside the matrix or values that are not finite
 */
export function csrFromTriplets(
  rows: number,
  columns: number,
  entries: readonly (readonly [row: number, column: number, value: number])[],
): CsrMatrix {
  const name = "csrFromTriplets";
  checkCount(name, "rows", rows);
  checkCount(name, "columns", columns);
  const lines = Array.from({ length: rows }, () => new Map<number, number>());
  for (const [i, j, value] of entries) {
    if (!(Number.isInteger(i) && i >= 0 && i < rows && Number.isInteger(j) && j >= 0 && j < columns)) {
      throw new ArgumentError(
        `${name}: an entry lies outside (got row ${i}, column ${j}, expected below ${rows} and ${columns}).`,
      );
    }
    if (!Number.isFinite(value))
      throw new ArgumentError(`${name}: an entry is not finite (got ${value} at row ${i}, column ${j}).`);
    lines[i].set(j, (lines[i].get(j) ?? 0) + value);
  }
  const starts = new Int32Array(rows + 1);
  const indices: number[] = [];
  const values: number[] = [];
  lines.forEach((line, i) => {
    for (const [j, value] of [...line].sort(([a], [b]) => a - b)) {
      indices.push(j);
      values.push(value);
    }
    starts[i + 1] = indices.length;
  });
  return { rows, columns, starts, indices: Int32Array.from(indices), values: Float64Array.from(values) };
}

/** The entries of a dense matrix that are not zero. */
export function csrFromDense(matrix: readonly (readonly number[])[]): CsrMatrix {
  const entries = matrix.flatMap((row, i) =>
    row.flatMap((value, j): [number, number, number][] => (value === 0 ? [] : [[i, j, value]])),
  );
  return csrFromTriplets(matrix.length, matrix[0]?.length ?? 0, entries);
}

/** Options of {@link csrOperator}. */
export interface CsrOptions {
  /** f32 when left out. */
  readonly dtype?: "f32" | "f64";
  /** Where the matrix is put; the default device when left out. */
  readonly device?: string;
}

/**
 * A sparse matrix as an operator between vectors.
 *
 * Rows of about equal length are stored as two dense tables, so that a product is one fused gather, multiply and sum; others
 * as a list of entries that are added up. The adjoint has its own tables. Sums run in the order of the columns.
 */
export function csrOperator(matrix: CsrMatrix, options: CsrOptions = {}): LinearOperator {
  const name = "csrOperator";
  checkOptions(name, options, ["dtype", "device"]);
  const { dtype = "f32", device } = options;
  const { rows, columns } = matrix;
  const turned = transposed(matrix);
  return linearOperator({
    name,
    domain: [columns],
    range: [rows],
    dtype,
    apply: product(matrix, dtype, device),
    adjoint: product(turned, dtype, device),
  });
}

/** The transpose. */
export function transposed({ rows, columns, starts, indices, values }: CsrMatrix): CsrMatrix {
  const counts = new Int32Array(columns + 1);
  for (const j of indices) counts[j + 1]++;
  for (let j = 0; j < columns; j++) counts[j + 1] += counts[j];
  const at = counts.slice();
  const newIndices = new Int32Array(indices.length);
  const newValues = new Float64Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let k = starts[i]; k < starts[i + 1]; k++) {
      const place = at[indices[k]]++;
      newIndices[place] = i;
      newValues[place] = values[k];
    }
  }
  return { rows: columns, columns: rows, starts: counts, indices: newIndices, values: newValues };
}

/** Tables wider than this multiple of the mean row are not worth their padding. */
const PADDING = 3;

function product(matrix: CsrMatrix, dtype: "f32" | "f64", device: string | undefined): (x: Tensor) => Tensor {
  const { rows, starts, indices, values } = matrix;
  let width = 1;
  for (let i = 0; i < rows; i++) width = Math.max(width, starts[i + 1] - starts[i]);
  const typed = dtype === "f64" ? Float64Array : Float32Array;
  if (width * rows > PADDING * Math.max(rows, values.length)) {
    const owners = new Int32Array(indices.length);
    for (let i = 0; i < rows; i++) owners.fill(i, starts[i], starts[i + 1]);
    const [at, to] = [tensor(indices, { device }), tensor(owners, { device })];
    const weights = tensor(typed.from(values), { device }) as Tensor;
    return (x) => scatterAdd(mul(take(x, at), weights), to, rows);
  }
  const table = new Int32Array(rows * width);
  const weights = new typed(rows * width);
  for (let i = 0; i < rows; i++) {
    for (let k = starts[i]; k < starts[i + 1]; k++) {
      table[i * width + k - starts[i]] = indices[k];
      weights[i * width + k - starts[i]] = values[k];
    }
  }
  const at = tensor(table, { shape: [rows, width], device });
  const by = tensor(weights, { shape: [rows, width], device }) as Tensor;
  return (x) => sum(mul(take(x, at), by), { axis: 1 });
}
