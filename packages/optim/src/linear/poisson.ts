/** Poisson's equation on boxes. */
import { ArgumentError, checkOptions, mul, pad, slice, sub, type Range, type Tensor } from "@ansatz/tensor";
import { linearOperator, type LinearOperator } from "@ansatz/tensor/linear";
import { checkCount } from "../check.ts";
import { csrFromTriplets, type CsrMatrix } from "./csr.ts";

/** A box of `size` inner points along each of `dimensions` axes. */
export interface PoissonOptions {
  /** Points along an axis. */
  readonly size: number;
  /** 1, 2 or 3; 2 when left out. */
  readonly dimensions?: number;
}

/** Checks a box. */
export function checkBox(name: string, { size, dimensions = 2 }: PoissonOptions): { size: number; dimensions: number } {
  checkCount(name, "size", size);
  if (!(dimensions === 1 || dimensions === 2 || dimensions === 3)) {
    throw new ArgumentError(`${name}: dimensions is out of range (got ${String(dimensions)}, expected 1, 2 or 3).`);
  }
  return { size, dimensions };
}

/**
 * The negative Laplacian with zero values outside, times the square of the grid width: `2 d u_i - sum of the neighbours of
 * u_i`, in d dimensions. Symmetric positive definite, without a matrix.
 * @throws ArgumentError for a value outside its range, naming it
 */
export function poissonOperator(options: PoissonOptions & { readonly dtype?: "f32" | "f64" }): LinearOperator {
  const name = "poissonOperator";
  checkOptions(name, options, ["size", "dimensions", "dtype"]);
  const { size, dimensions } = checkBox(name, options);
  const shape = new Array<number>(dimensions).fill(size);
  const apply = (u: Tensor): Tensor => {
    let out = mul(u, 2 * dimensions);
    for (let axis = 0; axis < dimensions; axis++) {
      for (const forward of [false, true]) {
        const cut: Range[] = shape.map((n, d): Range => (d !== axis ? [0, n] : forward ? [1, n] : [0, n - 1]));
        const margins = shape.map((_, d): [number, number] => (d !== axis ? [0, 0] : forward ? [0, 1] : [1, 0]));
        out = sub(out, pad(slice(u, cut), margins));
      }
    }
    return out;
  };
  return linearOperator({ name, domain: shape, range: shape, dtype: options.dtype ?? "f32", apply, adjoint: apply });
}

/**
 * The same as a sparse matrix, with points in C order.
 * @throws ArgumentError for an unknown option or a size out of range
 */
export function poissonMatrix(options: PoissonOptions): CsrMatrix {
  const name = "poissonMatrix";
  checkOptions(name, options, ["size", "dimensions"]);
  const { size, dimensions } = checkBox(name, options);
  const count = size ** dimensions;
  const entries: [number, number, number][] = [];
  for (let i = 0; i < count; i++) {
    entries.push([i, i, 2 * dimensions]);
    for (let stride = 1; stride < count; stride *= size) {
      const at = Math.floor(i / stride) % size;
      if (at > 0) entries.push([i, i - stride, -1]);
      if (at < size - 1) entries.push([i, i + stride, -1]);
    }
  }
  return csrFromTriplets(count, count, entries);
}
