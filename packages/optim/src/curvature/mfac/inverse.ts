/** The inverse of a damped empirical Fisher matrix, without the matrix. */
import {
  ArgumentError,
  checkOptions,
  div,
  matmul,
  mul,
  pad,
  permute,
  reshape,
  scope,
  ShapeError,
  showShape,
  slice,
  square,
  sub,
  sum,
  tensor,
  transpose,
  type Tensor,
} from "@ansatz/tensor";
import { linearOperator, type LinearOperator } from "@ansatz/tensor/linear";
import { checkCount, checkPositive } from "../../check.ts";
import { cholesky, choleskySolve } from "../../dense.ts";

/** Options of {@link fisherInverse}. */
export interface FisherInverseOptions {
  /** lambda in `F = lambda I + G^T G / m`, > 0; 1e-5 when left out. */
  readonly damping?: number;
  /** Coordinates per block of a block-diagonal F; one block when left out. */
  readonly blockSize?: number;
}

/** `F^-1` for `F = lambda I + (1 / m) sum_k g_k g_k^T`. */
export interface FisherInverse {
  /** Number of gradients m. */
  readonly rank: number;
  /** Number of coordinates d. */
  readonly dimension: number;
  readonly damping: number;
  /** `F^-1` as an operator; O(d m) per product. */
  readonly operator: LinearOperator;
  /**
   * `F^-1 g_k` for gradient number k, as `m G^T (m lambda I + G G^T)^-1 e_k`: no subtraction, so that it is accurate in f32
   * also for small damping, where `operator` loses digits to cancellation.
   */
  ofGradient(k: number): Tensor;
  /** All diagonal elements; O(d m). */
  diagonal(): Tensor;
  /** One element `[F^-1]_ij`; reads 2 m numbers, independent of d. */
  element(i: number, j: number): Promise<number>;
  /** Frees the tensors inside. */
  dispose(): void;
}

/** Blocks [count, m, size] of the columns of a matrix; the last is filled up with zeros. */
export function blocksOf(gradients: Tensor, size: number): Tensor {
  const [m, d] = gradients.shape;
  const count = Math.ceil(d / size);
  const missing = count * size - d;
  const full =
    missing === 0
      ? gradients
      : pad(gradients, [
          [0, 0],
          [0, missing],
        ]);
  return permute(reshape(full, [m, count, size]), [1, 0, 2]);
}

/** Checks gradients. @returns m and d */
export function checkGradients(name: string, gradients: Tensor): [number, number] {
  if (gradients?.ndim !== 2 || gradients.size === 0) {
    throw new ShapeError(
      `${name}: gradients must be rows of a matrix (got shape ${showShape(gradients?.shape ?? [])}, expected [m, d] with m, d >= 1).`,
    );
  }
  return [gradients.shape[0], gradients.shape[1]];
}

/** `m lambda I + S` for every block of `S` [count, m, m] on the host, factored. */
export function factorBlocks(
  name: string,
  gram: ArrayLike<number>,
  count: number,
  m: number,
  shift: number,
): Float64Array[][] {
  return Array.from({ length: count }, (_, b) => {
    const rows = Array.from({ length: m }, (__, i) =>
      Float64Array.from({ length: m }, (___, j) => gram[(b * m + i) * m + j] + (i === j ? shift : 0)),
    );
    const L = cholesky(rows);
    if (L === null) {
      throw new ArgumentError(
        `${name}: the gradients cannot be used (their inner products are not finite, or rounding exceeds the damping). Raise damping, or look for NaN.`,
      );
    }
    return L;
  });
}

/**
 * The M-FAC inverse of a damped empirical Fisher matrix (Frantar, Kurtic and Alistarh 2021) for fixed gradients.
 *
 * With `K = m lambda I + G G^T = L L^T` and `H = L^-1 G`: `F^-1 = (I - H^T H) / lambda`. The rows of H are those of the
 * paper's recursion, scaled; the factorisation is done on the host in double precision. With `blockSize`, F is block
 * diagonal and every block of coordinates has a factor of its own.
 *
 * O(d m^2) once, O(d m) memory.
 * @param gradients one per row, [m, d]
 * @throws ArgumentError for damping <= 0 or gradients that are not finite, ShapeError for an empty matrix
 */
export async function fisherInverse(gradients: Tensor, options: FisherInverseOptions = {}): Promise<FisherInverse> {
  const name = "fisherInverse";
  checkOptions(name, options, ["damping", "blockSize"]);
  const [m, d] = checkGradients(name, gradients);
  const { damping = 1e-5, blockSize = d } = options;
  checkPositive(name, "damping", damping);
  checkCount(name, "blockSize", blockSize);
  const size = Math.min(blockSize, d);
  const count = Math.ceil(d / size);
  const { dtype, device } = gradients;
  const toTensor = (values: Float64Array, shape: readonly number[]): Tensor =>
    tensor(dtype === "f64" ? values : Float32Array.from(values), { shape: [...shape], device }) as Tensor;

  const G = scope(() => blocksOf(mul(gradients, 1), size)).eval();
  const gram = scope(() => matmul(G, permute(G, [0, 2, 1])));
  const factors = factorBlocks(name, Float64Array.from(await gram.data(), Number), count, m, m * damping);
  gram.dispose();
  const inverses = new Float64Array(count * m * m);
  factors.forEach((L, b) => {
    for (let j = 0; j < m; j++) {
      // Column j of L^-1, by forward substitution.
      for (let i = j; i < m; i++) {
        let sum = i === j ? 1 : 0;
        for (let k = j; k < i; k++) sum -= L[i][k] * inverses[(b * m + k) * m + j];
        inverses[(b * m + i) * m + j] = sum / L[i][i];
      }
    }
  });
  const H = scope(() => matmul(toTensor(inverses, [count, m, m]), G)).eval();

  /** Vectors of blocks [count, size] as one of length d. */
  const joined = (blocks: Tensor): Tensor => {
    const flat = reshape(blocks, [count * size]);
    return count * size === d ? flat : slice(flat, [[0, d]]);
  };
  const apply = (x: Tensor): Tensor => {
    const xs = reshape(count * size === d ? x : pad(x, [[0, count * size - d]]), [count, size, 1]);
    const inside = matmul(permute(H, [0, 2, 1]), matmul(H, xs));
    return div(sub(x, joined(inside)), damping);
  };
  return {
    rank: m,
    dimension: d,
    damping,
    operator: linearOperator({ name, domain: [d], range: [d], dtype, apply, adjoint: apply }),
    ofGradient(k) {
      checkIndex(name, "k", k, m);
      const unit = Float64Array.from({ length: m }, (_, i) => (i === k ? m : 0));
      const coefficients = new Float64Array(count * m);
      factors.forEach((L, b) => coefficients.set(choleskySolve(L, unit), b * m));
      return scope(() => joined(matmul(toTensor(coefficients, [count, 1, m]), G)));
    },
    diagonal: () => scope(() => div(sub(1, joined(sum(square(H), { axis: 1 }))), damping)),
    async element(i, j) {
      checkIndex(name, "i", i, d);
      checkIndex(name, "j", j, d);
      const [a, b] = [Math.floor(i / size), Math.floor(j / size)];
      if (a !== b) return 0;
      const read = async (at: number): Promise<Float64Array> => {
        const column = scope(() => slice(H, [a, [0, m], at % size]));
        const values = Float64Array.from(await column.data(), Number);
        column.dispose();
        return values;
      };
      const [p, q] = [await read(i), await read(j)];
      return ((i === j ? 1 : 0) - p.reduce((s, v, k) => s + v * q[k], 0)) / damping;
    },
    dispose() {
      G.dispose();
      H.dispose();
    },
  };
}

function checkIndex(name: string, field: string, value: number, count: number): void {
  if (!(Number.isInteger(value) && value >= 0 && value < count)) {
    throw new ArgumentError(
      `${name}: ${field} is out of range (got ${String(value)}, expected an integer in [0, ${count})).`,
    );
  }
}

/** Transposed product `G^T c`, as a vector. */
export function combined(G: Tensor, c: Tensor): Tensor {
  return matmul(transpose(G), c);
}
