/** The Cholesky factor. */
import type { Routine } from "../backend/backend.ts";
import { lowerRoutine } from "../graph/lowerRoutine.ts";
import { defineOp, type RoutineOp } from "../graph/op.ts";
import { record } from "../graph/record.ts";
import { add, mul } from "../ops/arith.ts";
import { transpose } from "../ops/movement.ts";
import type { Tensor } from "../tensor.ts";
import { choleskyRoutine } from "./choleskyFactor.ts";
import { lowerPart, requireSquare, transposeTimes } from "./matrix.ts";
import { substitute } from "./triangular.ts";

const ROUTINE: Routine = { name: "cholesky", js: choleskyRoutine };

const CHOLESKY: RoutineOp = /*@__PURE__*/ defineOp<RoutineOp>({
  kind: "routine",
  schedule: lowerRoutine,
  name: "cholesky",
  routine: ROUTINE,
  strided: [false],
  vjp: [
    (g, l) => {
      // With P taking the lower part and half of the diagonal: S = L^-T P(L^T G) L^-1, symmetrized (Murray,
      // arXiv:1602.07527, equation 10).
      const x = transposeTimes(l, lowerPart(g));
      const p = mul(add(lowerPart(x), lowerPart(x, true)), 0.5);
      const up = transpose(l);
      const back = { lower: false, unitDiagonal: false };
      const left = substitute(up, p, back);
      const s = substitute(up, transpose(left), back);
      return mul(add(s, transpose(s)), 0.5);
    },
  ],
});

/**
 * The lower triangular L with positive diagonal and a = L L^T, for a symmetric positive definite matrix or a stack of them;
 * n^3 / 6 multiply-adds each, in double precision. What is factored is the symmetric part (a + a^T) / 2, and gradients are
 * symmetric.
 * @param a [..., n, n], f32 or f64
 * @returns [..., n, n]; matrices that are not positive definite give NaN in all their elements
 * @throws ShapeError unless a is square, DTypeError unless it is of floats
 */
export function cholesky(a: Tensor): Tensor {
  requireSquare("cholesky", a);
  return record(CHOLESKY, [a], a.s, a.dtype, null);
}
