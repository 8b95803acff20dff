/** Square systems and inverses. */
import { record } from "../graph/record.ts";
import { neg } from "../ops/arith.ts";
import { eye } from "../ops/create.ts";
import { broadcastTo, squeeze } from "../ops/movement.ts";
import type { Tensor } from "../tensor.ts";
import { complexSolveRoutine } from "./complexSystems.ts";
import { solveRoutine } from "./luFactor.ts";
import { adjoint, defineOps, opFor, requireSquare, systemOf, timesAdjoint, type OpPair } from "./matrix.ts";
import { solveGpu } from "./gpu/lu.wgsl.ts";

const SOLVE: OpPair = /*@__PURE__*/ defineOps(
  "solve",
  { real: solveRoutine, complex: complexSolveRoutine, gpu: solveGpu },
  {
    strided: [false, false],
    vjp: [(g, x, [a]) => neg(timesAdjoint(solution(adjoint(a), g), x)), (g, _, [a]) => solution(adjoint(a), g)],
  },
);

function solution(a: Tensor, b: Tensor): Tensor {
  return record(opFor(SOLVE, a), [a, b], b.s, b.dtype, null);
}

/**
 * The solution of a x = b, by LU factorization with partial pivoting. Leading axes broadcast.
 * @param a [..., n, n], f32, f64, c64 or c128
 * @param b [n] or [..., n, k], of the same type
 * @returns [..., n, k], [..., n] when b is a vector; NaN where the matrix is singular to working precision (a zero pivot)
 * @throws ShapeError when the shapes do not fit, DTypeError when the types differ or are no floats
 */
export function solve(a: Tensor, b: Tensor): Tensor {
  requireSquare("solve", a);
  const system = systemOf("solve", a, b);
  const x = solution(system.a, system.b);
  return system.vector ? squeeze(x, -1) : x;
}

/**
 * The inverse of a square matrix; {@link solve} is cheaper and more accurate where only a product with it is needed.
 * @param a [..., n, n], f32, f64, c64 or c128
 * @returns [..., n, n]; NaN for matrices that are singular to working precision
 * @throws ShapeError unless a is square, DTypeError unless it is of floats
 */
export function inv(a: Tensor): Tensor {
  requireSquare("inv", a);
  const n = a.shape[a.ndim - 1];
  const one = eye(n, n, { dtype: a.dtype, device: a.device });
  return solution(a, broadcastTo(one, a.shape));
}
