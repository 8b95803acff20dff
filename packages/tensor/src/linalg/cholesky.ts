/** The Cholesky factor. */
import { record } from "../graph/record.ts";
import { add, mul } from "../ops/arith.ts";
import type { Tensor } from "../tensor.ts";
import { choleskyRoutine } from "./choleskyFactor.ts";
import { complexCholeskyRoutine } from "./complexSystems.ts";
import { adjoint, adjointTimes, defineOps, lowerPart, opFor, requireSquare, type OpPair } from "./matrix.ts";
import { substitute } from "./triangular.ts";
import { choleskyGpu } from "./gpu/cholesky.wgsl.ts";

const CHOLESKY: OpPair = /*@__PURE__*/ defineOps(
  "cholesky",
  { real: choleskyRoutine, complex: complexCholeskyRoutine, gpu: choleskyGpu },
  {
    strided: [false],
    vjp: [
      (g, l) => {
        // With P taking the lower part and half of the diagonal: S = L^-H P(L^H G) L^-1, its Hermitian part (Murray,
        // arXiv:1602.07527, equation 10).
        const x = adjointTimes(l, lowerPart(g));
        const p = mul(add(lowerPart(x), lowerPart(x, true)), 0.5);
        const up = adjoint(l);
        const back = { lower: false, unitDiagonal: false };
        const left = substitute(up, p, back);
        const s = substitute(up, adjoint(left), back);
        return mul(add(s, adjoint(s)), 0.5);
      },
    ],
  },
);

/**
 * The lower triangular L with positive diagonal and a = L L^H, for a symmetric or Hermitian positive definite matrix or a stack of them;
 * n^3 / 6 multiply-adds each, in double precision on the CPU. What is factored is the Hermitian part (a + a^H) / 2, without a check that the rest is
 * zero, and gradients are Hermitian.
 * @param a [..., n, n], f32, f64, c64 or c128
 * @returns [..., n, n]; matrices that are not positive definite give NaN in all their elements
 * @throws ShapeError unless a is square, DTypeError unless it is of floats
 */
export function cholesky(a: Tensor): Tensor {
  requireSquare("cholesky", a);
  return record(opFor(CHOLESKY, a), [a], a.s, a.dtype, null);
}
