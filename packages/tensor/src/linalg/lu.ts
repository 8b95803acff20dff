/** LU factorization and determinants. */
import type { Routine } from "../backend/backend.ts";
import { lowerRoutine } from "../graph/lowerRoutine.ts";
import { defineOp, type RoutineOp } from "../graph/op.ts";
import { abs, add, mul, sign, sub } from "../ops/arith.ts";
import { equal } from "../ops/compare.ts";
import { iota } from "../ops/create.ts";
import { cast } from "../ops/elementwise.ts";
import { log } from "../ops/math.ts";
import { matmul } from "../ops/matmul.ts";
import { concat, slice, transpose, unsqueeze } from "../ops/movement.ts";
import { prod, sum } from "../ops/reduce.ts";
import { recordRoutine } from "../ops/routine.ts";
import type { Tensor } from "../tensor.ts";
import { luRoutine } from "./luFactor.ts";
import {
  diagonalOf,
  lowerPart,
  requireMatrix,
  requireSquare,
  timesTranspose,
  transposeTimes,
  upperPart,
  withDiagonal,
} from "./matrix.ts";
import { substitute } from "./triangular.ts";

const ROUTINE: Routine = { name: "lu", js: luRoutine };

const LU: RoutineOp = /*@__PURE__*/ defineOp<RoutineOp>({
  kind: "routine",
  schedule: lowerRoutine,
  name: "lu",
  routine: ROUTINE,
  strided: [false],
  more: (node) => [
    { shape: node.shape.slice(0, -1), dtype: "i32" },
    { shape: node.shape.slice(0, -2), dtype: node.dtype },
  ],
  vjpAll: ([g], node) => [g === undefined ? null : backward(g, node)],
});

/** Rows or columns `from` to the end, or to `to`, of a stack. */
function part(x: Tensor, axis: -1 | -2, from: number, to: number): Tensor {
  const range = [from, to] as const;
  const lead = new Array<null>(x.ndim - 2).fill(null);
  return slice(x, [...lead, axis === -2 ? range : null, axis === -1 ? range : null]);
}

/**
 * The gradient of the matrix from that of the packed factors. With square factors L, U of the leading block, P a the permuted
 * matrix and G_L, G_U the gradients: L^-T [tril(L^T G_L, -1) + triu(G_U U^T)] U^-T. The rows below that block are A U^-1, the
 * columns beside it L^-1 A, whose gradients are added to those of the block's factors first.
 */
function backward(g: Tensor, packed: Tensor): Tensor {
  const [m, n] = packed.shape.slice(-2);
  const k = Math.min(m, n);
  const block = (x: Tensor): Tensor => part(part(x, -2, 0, k), -1, 0, k);
  const l = withDiagonal(lowerPart(block(packed)), 1);
  const u = upperPart(block(packed));
  const lt = transpose(l);
  const ut = transpose(u);
  const throughL = (x: Tensor): Tensor => substitute(lt, x, { lower: false, unitDiagonal: true });
  const throughU = (x: Tensor): Tensor => transpose(substitute(u, transpose(x), { lower: false, unitDiagonal: false }));
  let gl = lowerPart(block(g), true);
  let gu = upperPart(block(g));
  let rest: Tensor | null = null;
  if (m > n) {
    rest = throughU(part(g, -2, k, m));
    gu = sub(gu, transposeTimes(part(packed, -2, k, m), rest));
  } else if (n > m) {
    rest = throughL(part(g, -1, k, n));
    gl = sub(gl, timesTranspose(rest, part(packed, -1, k, n)));
  }
  const middle = add(lowerPart(matmul(lt, gl), true), upperPart(matmul(gu, ut)));
  const square = throughU(throughL(middle));
  const whole = rest === null ? square : concat([square, rest], m > n ? -2 : -1);
  return matmul(transpose(permutationOf(packed)), whole);
}

/** The matrix P with P a = L U, from any node's packed output. */
function permutationOf(packed: Tensor): Tensor {
  const [, rows] = recordLu(packed.ins[0]);
  return permutationMatrix(rows, packed);
}

function permutationMatrix(rows: Tensor, like: Tensor): Tensor {
  const m = rows.shape[rows.ndim - 1];
  return cast(equal(unsqueeze(rows, -1), iota([m], { device: like.device })), like.dtype);
}

function recordLu(a: Tensor): Tensor[] {
  return recordRoutine(LU, [a], a.shape, a.dtype, null);
}

/** The factors of {@link lu}. */
export interface Lu {
  /** [..., m], i32: row i of L U is row `rows[i]` of the matrix. */
  readonly rows: Tensor<"i32">;
  /** [..., m, min(m, n)], lower triangular with ones on the diagonal. */
  readonly l: Tensor;
  /** [..., min(m, n), n], upper triangular. */
  readonly u: Tensor;
}

/**
 * The LU factorization with partial pivoting: the rows of the matrix in the order `rows` are L U, and no element of L exceeds 1 in
 * magnitude; n^3 / 3 multiply-adds for a square matrix. Singular matrices have a zero on the diagonal of U; their gradients do
 * not exist.
 * @param a [..., m, n], f32 or f64
 * @throws ShapeError unless a is a matrix, DTypeError unless it is of floats
 */
export function lu(a: Tensor): Lu {
  requireMatrix("lu", a);
  const [m, n] = a.shape.slice(-2);
  const k = Math.min(m, n);
  const [packed, rows] = recordLu(a);
  return {
    rows: rows as Tensor<"i32">,
    l: withDiagonal(lowerPart(part(packed, -1, 0, k)), 1),
    u: upperPart(part(packed, -2, 0, k)),
  };
}

/** A determinant as its sign and the logarithm of its magnitude. */
export interface SlogDet {
  /** [...]: 1, -1, or 0 for singular matrices. */
  readonly sign: Tensor;
  /** [...]: -Infinity for singular matrices. */
  readonly logAbs: Tensor;
}

/**
 * The sign of the determinant and the logarithm of its magnitude, from the diagonal of U: neither overflows. The gradient of the
 * logarithm, the transposed inverse, exists for regular matrices.
 * @param a [..., n, n], f32 or f64
 * @throws ShapeError unless a is square, DTypeError unless it is of floats
 */
export function slogdet(a: Tensor): SlogDet {
  requireSquare("slogdet", a);
  const [packed, , parity] = recordLu(a);
  const diagonal = diagonalOf(packed);
  return {
    sign: mul(parity, prod(sign(diagonal), { axis: -1 })),
    logAbs: sum(log(abs(diagonal)), { axis: -1 }),
  };
}

/**
 * The determinant, as the product of the diagonal of U; {@link slogdet} cannot overflow. Its gradient exists for regular matrices.
 * @param a [..., n, n], f32 or f64
 * @returns [...]
 * @throws ShapeError unless a is square, DTypeError unless it is of floats
 */
export function det(a: Tensor): Tensor {
  requireSquare("det", a);
  const [packed, , parity] = recordLu(a);
  return mul(parity, prod(diagonalOf(packed), { axis: -1 }));
}
