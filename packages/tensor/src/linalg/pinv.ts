/** The pseudoinverse and what else singular values tell. */
import type { Routine } from "../backend/backend.ts";
import { ArgumentError, checkOptions, show } from "../errors.ts";
import { lowerRoutine } from "../graph/lowerRoutine.ts";
import { defineOp, internAttr, type RoutineOp } from "../graph/op.ts";
import { record } from "../graph/record.ts";
import { add, div, mul, sub } from "../ops/arith.ts";
import { greater } from "../ops/compare.ts";
import { cast } from "../ops/elementwise.ts";
import { matmul } from "../ops/matmul.ts";
import { slice, transpose } from "../ops/movement.ts";
import { max, min, sum } from "../ops/reduce.ts";
import { internShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { requireMatrix, timesTranspose, transposeTimes, withLast } from "./matrix.ts";
import { svdvals } from "./svd.ts";
import { pinvRoutine, type PinvAttr } from "./svdFactor.ts";

const ROUTINE: Routine = { name: "pinv", js: pinvRoutine };

const PINV: RoutineOp = /*@__PURE__*/ defineOp<RoutineOp>({
  kind: "routine",
  schedule: lowerRoutine,
  name: "pinv",
  routine: ROUTINE,
  strided: [false],
  vjp: [
    (g, y, [a]) => {
      // Golub and Pereyra (1973): dY = -Y dA Y + Y Y^T dA^T (I - A Y) + (I - Y A) dA^T Y^T Y.
      const gt = transpose(g);
      const left = timesTranspose(matmul(gt, y), y);
      const right = matmul(transposeTimes(y, y), gt);
      const outer = add(sub(left, matmul(a, matmul(y, left))), sub(right, matmul(matmul(right, y), a)));
      return sub(outer, transpose(matmul(y, matmul(gt, y))));
    },
  ],
});

/** Options of {@link pinv} and {@link matrixRank}. */
export interface RankOptions {
  /** Singular values up to this, relative to the largest, count as zero; max(m, n) times the type's epsilon when left out. */
  readonly tolerance?: number;
}

function toleranceOf(name: string, a: Tensor, options: RankOptions): number {
  checkOptions(name, options, ["tolerance"]);
  const { tolerance } = options;
  if (tolerance === undefined) return Math.max(...a.shape.slice(-2)) * (a.dtype === "f32" ? 2 ** -23 : 2 ** -52);
  if (typeof tolerance !== "number" || !(tolerance >= 0 && tolerance < 1)) {
    throw new ArgumentError(
      `${name}: tolerance is out of range (got ${show(tolerance)}, expected at least 0 and below 1).`,
    );
  }
  return tolerance;
}

/**
 * The Moore-Penrose pseudoinverse, V diag(1 / s) U^T over the singular values above the tolerance. Its gradient is that of matrices
 * of the same rank, and does not mind equal singular values.
 * @param a [..., m, n], f32 or f64
 * @returns [..., n, m]; NaN for matrices with elements that are not finite
 * @throws ShapeError unless a is a matrix, DTypeError unless it is of floats, ArgumentError for a tolerance outside [0, 1)
 */
export function pinv(a: Tensor, options: RankOptions = {}): Tensor {
  requireMatrix("pinv", a);
  const [m, n] = a.shape.slice(-2);
  const attr = internAttr<PinvAttr>({ tolerance: toleranceOf("pinv", a, options) });
  return record(PINV, [a], internShape(withLast(a, n, m)), a.dtype, attr);
}

/**
 * The number of singular values above the tolerance.
 * @param a [..., m, n], f32 or f64
 * @returns [...], i32; 0 for matrices with elements that are not finite
 * @throws as {@link pinv}
 */
export function matrixRank(a: Tensor, options: RankOptions = {}): Tensor<"i32"> {
  requireMatrix("matrixRank", a);
  const tolerance = toleranceOf("matrixRank", a, options);
  const s = svdvals(a);
  const first = slice(s, [...new Array<null>(s.ndim - 1).fill(null), [0, 1]]);
  return sum(cast(greater(s, mul(first, tolerance)), "i32"), { axis: -1 }) as Tensor<"i32">;
}

/**
 * The condition number: the largest singular value over the smallest.
 * @param a [..., m, n], f32 or f64
 * @returns [...]; Infinity when only the smallest is zero, NaN for a matrix of zeros and for elements that are not finite
 * @throws ShapeError unless a is a matrix, DTypeError unless it is of floats
 */
export function cond(a: Tensor): Tensor {
  requireMatrix("cond", a);
  const s = svdvals(a);
  return div(max(s, { axis: -1 }), min(s, { axis: -1 }));
}
