/** LU factorization and determinants. */
import { isComplex, realOf } from "../dtype.ts";
import { abs, add, div, mul, sign, sub } from "../ops/arith.ts";
import { equal, where } from "../ops/compare.ts";
import { iota } from "../ops/create.ts";
import { cast } from "../ops/elementwise.ts";
import { log } from "../ops/math.ts";
import { matmul } from "../ops/matmul.ts";
import { concat, slice, squeeze, transpose, unsqueeze } from "../ops/movement.ts";
import { prod, sum } from "../ops/reduce.ts";
import { recordRoutine } from "../ops/routine.ts";
import type { Tensor } from "../tensor.ts";
import { together } from "../transform/together.ts";
import { complexLuRoutine } from "./complexSystems.ts";
import { luRoutine } from "./luFactor.ts";
import {
  adjoint,
  adjointTimes,
  defineOps,
  diagonalOf,
  lowerPart,
  opFor,
  requireMatrix,
  requireSquare,
  timesAdjoint,
  upperPart,
  withDiagonal,
  type OpPair,
} from "./matrix.ts";
import { substitute } from "./triangular.ts";
import { luGpu } from "./gpu/lu.wgsl.ts";

const LU: OpPair = /*@__PURE__*/ defineOps(
  "lu",
  { real: luRoutine, complex: complexLuRoutine, gpu: luGpu },
  {
    strided: [false],
    more: (node) => [
      { shape: node.shape.slice(0, -1), dtype: "i32" },
      { shape: node.shape.slice(0, -2), dtype: realOf(node.dtype) },
    ],
    vjpAll: ([g], node) => [g === undefined ? null : backward(g, node)],
  },
);

/** Rows or columns `from` to the end, or to `to`, of a stack. */
function part(x: Tensor, axis: -1 | -2, from: number, to: number): Tensor {
  const range = [from, to] as const;
  const lead = new Array<null>(x.ndim - 2).fill(null);
  return slice(x, [...lead, axis === -2 ? range : null, axis === -1 ? range : null]);
}

/**
 * The gradient of the matrix from that of the packed factors. With square factors L, U of the leading block, P a the permuted
 * matrix and G_L, G_U the gradients: L^-H [tril(L^H G_L, -1) + triu(G_U U^H)] U^-H. The rows below that block are A U^-1, the
 * columns beside it L^-1 A, whose gradients are added to those of the block's factors first.
 */
function backward(g: Tensor, packed: Tensor): Tensor {
  const [m, n] = packed.shape.slice(-2);
  const k = Math.min(m, n);
  const block = (x: Tensor): Tensor => part(part(x, -2, 0, k), -1, 0, k);
  const l = withDiagonal(lowerPart(block(packed)), 1);
  const u = upperPart(block(packed));
  const lt = adjoint(l);
  const ut = adjoint(u);
  const throughL = (x: Tensor): Tensor => substitute(lt, x, { lower: false, unitDiagonal: true });
  const throughU = (x: Tensor): Tensor => adjoint(substitute(u, adjoint(x), { lower: false, unitDiagonal: false }));
  let gl = lowerPart(block(g), true);
  let gu = upperPart(block(g));
  let rest: Tensor | null = null;
  if (m > n) {
    rest = throughU(part(g, -2, k, m));
    gu = sub(gu, adjointTimes(part(packed, -2, k, m), rest));
  } else if (n > m) {
    rest = throughL(part(g, -1, k, n));
    gl = sub(gl, timesAdjoint(rest, part(packed, -1, k, n)));
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
  return recordRoutine(opFor(LU, a), [a], a.shape, a.dtype, null);
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
 * @param a [..., m, n], f32, f64, c64 or c128
 * @throws ShapeError unless a is a matrix, DTypeError unless it is of floats
 */
export function lu(a: Tensor): Lu {
  requireMatrix("lu", a);
  const [m, n] = a.shape.slice(-2);
  const k = Math.min(m, n);
  const [packed, rows] = recordLu(a);
  // One factorization, whichever is read first.
  return together({
    rows: rows as Tensor<"i32">,
    l: withDiagonal(lowerPart(part(packed, -1, 0, k)), 1),
    u: upperPart(part(packed, -2, 0, k)),
  });
}

/** A determinant as its sign and the logarithm of its magnitude. */
export interface SlogDet {
  /** [...]: of magnitude 1, so 1 or -1 for real matrices; 0 for singular ones. */
  readonly sign: Tensor;
  /** [...]: -Infinity for singular matrices. */
  readonly logAbs: Tensor;
}

/**
 * The sign of the determinant and the logarithm of its magnitude, from the diagonal of U: neither overflows. The gradient of the
 * logarithm, the transposed inverse, exists for regular matrices.
 * @param a [..., n, n], f32, f64, c64 or c128
 * @throws ShapeError unless a is square, DTypeError unless it is of floats
 */
export function slogdet(a: Tensor): SlogDet {
  requireSquare("slogdet", a);
  const [packed, , parity] = recordLu(a);
  const diagonal = diagonalOf(packed);
  return together({
    sign: mul(parity, product(direction(diagonal))),
    logAbs: sum(log(abs(diagonal)), { axis: -1 }),
  });
}

/**
 * The determinant, as the product of the diagonal of U; {@link slogdet} cannot overflow. Its gradient exists for regular matrices.
 * @param a [..., n, n], f32, f64, c64 or c128
 * @returns [...]
 * @throws ShapeError unless a is square, DTypeError unless it is of floats
 */
export function det(a: Tensor): Tensor {
  requireSquare("det", a);
  const [packed, , parity] = recordLu(a);
  return mul(parity, product(diagonalOf(packed)));
}

/** x / |x|, 0 for 0. Carries a gradient for complex numbers, whose directions vary. */
function direction(x: Tensor): Tensor {
  if (!isComplex(x.dtype)) return sign(x);
  const size = abs(x);
  const zero = equal(size, 0);
  return where(zero, 0, div(x, where(zero, 1, size)));
}

/** The product along the last axis; of complex numbers, by halves. */
function product(x: Tensor): Tensor {
  if (!isComplex(x.dtype)) return prod(x, { axis: -1 });
  const lead = new Array<null>(x.ndim - 1).fill(null);
  let y = x;
  for (let n = x.shape[x.ndim - 1]; n > 1; n = Math.ceil(n / 2)) {
    const half = n >> 1;
    const range = (from: number, to: number): Tensor => slice(y, [...lead, [from, to]]);
    const paired = mul(range(0, half), range(half, 2 * half));
    y = n % 2 === 0 ? paired : concat([paired, range(n - 1, n)], -1);
  }
  return squeeze(y, -1);
}
