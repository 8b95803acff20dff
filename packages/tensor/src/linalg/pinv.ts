/** The pseudoinverse and what else singular values tell. */
import { realOf } from "../dtype.ts";
import { ArgumentError, checkOptions, show } from "../errors.ts";
import { internAttr } from "../graph/op.ts";
import { record } from "../graph/record.ts";
import { add, div, mul, sub } from "../ops/arith.ts";
import { greater } from "../ops/compare.ts";
import { cast } from "../ops/elementwise.ts";
import { matmul } from "../ops/matmul.ts";
import { slice } from "../ops/movement.ts";
import { max, min, sum } from "../ops/reduce.ts";
import { internShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { complexPinvRoutine } from "./complexSpectra.ts";
import {
  adjoint,
  adjointTimes,
  defineOps,
  opFor,
  requireMatrix,
  timesAdjoint,
  withLast,
  type OpPair,
} from "./matrix.ts";
import { svdvals } from "./svd.ts";
import { pinvRoutine, type PinvAttr } from "./svdFactor.ts";
import { pinvGpu } from "./gpu/spectra.wgsl.ts";

const PINV: OpPair = /*@__PURE__*/ defineOps(
  "pinv",
  { real: pinvRoutine, complex: complexPinvRoutine, gpu: pinvGpu },
  {
    strided: [false],
    vjp: [
      (g, y, [a]) => {
        // Golub and Pereyra (1973): dY = -Y dA Y + Y Y^H dA^H (I - A Y) + (I - Y A) dA^H Y^H Y.
        const gt = adjoint(g);
        const left = timesAdjoint(matmul(gt, y), y);
        const right = matmul(adjointTimes(y, y), gt);
        const outer = add(sub(left, matmul(a, matmul(y, left))), sub(right, matmul(matmul(right, y), a)));
        return sub(outer, adjoint(matmul(y, matmul(gt, y))));
      },
    ],
  },
);

/** Options of {@link pinv} and {@link matrixRank}. */
export interface RankOptions {
  /** Singular values up to this, relative to the largest, count as zero; max(m, n) times the type's epsilon when left out. */
  readonly tolerance?: number;
}

function toleranceOf(name: string, a: Tensor, options: RankOptions): number {
  checkOptions(name, options, ["tolerance"]);
  const { tolerance } = options;
  if (tolerance === undefined)
    return Math.max(...a.shape.slice(-2)) * (realOf(a.dtype) === "f32" ? 2 ** -23 : 2 ** -52);
  if (typeof tolerance !== "number" || !(tolerance >= 0 && tolerance < 1)) {
    throw new ArgumentError(
      `${name}: tolerance is out of range (got ${show(tolerance)}, expected at least 0 and below 1).`,
    );
  }
  return tolerance;
}

/**
 * The Moore-Penrose pseudoinverse, V diag(1 / s) U^H over the singular values above the tolerance. Its gradient is that of matrices
 * of the same rank, and does not mind equal singular values.
 * @param a [..., m, n], f32, f64, c64 or c128
 * @returns [..., n, m]; NaN for matrices with elements that are not finite
 * @throws ShapeError unless a is a matrix, DTypeError unless it is of floats, ArgumentError for a tolerance outside [0, 1)
 */
export function pinv(a: Tensor, options: RankOptions = {}): Tensor {
  requireMatrix("pinv", a);
  const [m, n] = a.shape.slice(-2);
  const attr = internAttr<PinvAttr>({ tolerance: toleranceOf("pinv", a, options) });
  return record(opFor(PINV, a), [a], internShape(withLast(a, n, m)), a.dtype, attr);
}

/**
 * The number of singular values above the tolerance.
 * @param a [..., m, n], f32, f64, c64 or c128
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
 * @param a [..., m, n], f32, f64, c64 or c128
 * @returns [...]; Infinity when only the smallest is zero, NaN for a matrix of zeros and for elements that are not finite
 * @throws ShapeError unless a is a matrix, DTypeError unless it is of floats
 */
export function cond(a: Tensor): Tensor {
  requireMatrix("cond", a);
  const s = svdvals(a);
  return div(max(s, { axis: -1 }), min(s, { axis: -1 }));
}
