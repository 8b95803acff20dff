/** QR factorization and least squares. */
import { ArgumentError, checkOptions, requireFlag } from "../errors.ts";
import { attrOf, internAttr } from "../graph/op.ts";
import { add, mul, sub } from "../ops/arith.ts";
import { zerosLike } from "../ops/create.ts";
import { matmul } from "../ops/matmul.ts";
import { concat, slice, squeeze } from "../ops/movement.ts";
import { recordRoutine } from "../ops/routine.ts";
import type { Tensor } from "../tensor.ts";
import { complexQrRoutine } from "./complexQr.ts";
import {
  adjoint,
  adjointTimes,
  defineOps,
  lowerPart,
  opFor,
  requireMatrix,
  systemOf,
  timesAdjoint,
  withLast,
  type OpPair,
} from "./matrix.ts";
import { qrRoutine, type QrAttr } from "./qrFactor.ts";
import { substitute } from "./triangular.ts";
import { qrGpu } from "./gpu/qr.wgsl.ts";

const QR: OpPair = /*@__PURE__*/ defineOps(
  "qr",
  { real: qrRoutine, complex: complexQrRoutine, gpu: qrGpu },
  {
    strided: [false],
    more: (node) => [
      { shape: withLast(node, node.shape[node.ndim - 1], node.ins[0].shape[node.ndim - 1]), dtype: node.dtype },
    ],
    vjpAll([gq, gr], q) {
      const [x] = q.ins;
      const [m, n] = x.shape.slice(-2);
      if (attrOf<QrAttr>(q).complete && m > n) {
        throw new ArgumentError(
          `qr: a complete factorization of a tall matrix has no gradient (got ${m} x ${n}). Leave complete out.`,
        );
      }
      const r = factors(x, false)[1];
      const [dq, dr] = [gq ?? zerosLike(q), gr ?? zerosLike(r)];
      if (m >= n) return [tall(q, r, dq, dr)];
      // The columns beside the square block are Q^H A: their gradient goes to Q and to themselves.
      const [r1, dr1] = [columns(r, 0, m), columns(dr, 0, m)];
      const [y, dr2] = [columns(x, m, n), columns(dr, m, n)];
      return [concat([tall(q, r1, add(dq, timesAdjoint(y, dr2)), dr1), matmul(q, dr2)], -1)];
    },
  },
);

function columns(x: Tensor, from: number, to: number): Tensor {
  return slice(x, [...new Array<null>(x.ndim - 1).fill(null), [from, to]]);
}

/**
 * The gradient for a matrix with no more columns than rows: (G_Q + Q copyltu(M)) R^-H with M = R G_R^H - G_Q^H Q, copyltu
 * mirroring the lower part, with a real diagonal (Liao, Liu, Wang and Xiang, arXiv:1903.09650, equation 5).
 */
function tall(q: Tensor, r: Tensor, gq: Tensor, gr: Tensor): Tensor {
  const m = sub(timesAdjoint(r, gr), adjointTimes(gq, q));
  // Half of the diagonal comes from either side, so that of a complex one the real part stays.
  const lower = mul(add(lowerPart(m), lowerPart(m, true)), 0.5);
  const mirrored = add(lower, adjoint(lower));
  const left = add(gq, matmul(q, mirrored));
  return adjoint(substitute(r, adjoint(left), { lower: false, unitDiagonal: false }));
}

function factors(a: Tensor, complete: boolean): Tensor[] {
  const [m, n] = a.shape.slice(-2);
  const attr = internAttr<QrAttr>({ complete });
  return recordRoutine(opFor(QR, a), [a], withLast(a, m, complete ? m : Math.min(m, n)), a.dtype, attr);
}

/** Options of {@link qr}. */
export interface QrOptions {
  /** Q is square, of m columns, instead of min(m, n). */
  readonly complete?: boolean;
}

/** The factors of {@link qr}. */
export interface Qr {
  /** [..., m, k], orthonormal columns. */
  readonly q: Tensor;
  /** [..., k, n], upper triangular, its diagonal real and not negative. */
  readonly r: Tensor;
}

/**
 * The QR factorization a = Q R by Householder reflections, in double precision on the CPU; the diagonal of R is real and not negative, so it is
 * unique for matrices of full rank. Gradients exist for those (for wide ones where the first m columns are independent), and for
 * complete factorizations only when m <= n.
 * @param a [..., m, n], f32, f64, c64 or c128
 * @throws ShapeError unless a is a matrix, DTypeError unless it is of floats, ArgumentError when the gradient of a complete
 * factorization of a tall matrix is asked for
 */
export function qr(a: Tensor, options: QrOptions = {}): Qr {
  checkOptions("qr", options, ["complete"]);
  requireFlag("qr", "complete", options.complete);
  requireMatrix("qr", a);
  const [q, r] = factors(a, options.complete ?? false);
  return { q, r };
}

/**
 * The x that minimizes |a x - b|, by QR: R^-1 Q^H b. Where a has fewer rows than columns, the shortest of the x with a x = b. The
 * matrix must have full rank; multiply with `pinv(a)` otherwise. Leading axes broadcast.
 * @param a [..., m, n], f32, f64, c64 or c128
 * @param b [m] or [..., m, k], of the same type
 * @returns [..., n, k], [..., n] when b is a vector; NaN where a zero on the diagonal of R shows that the rank is not full
 * @throws ShapeError when the shapes do not fit, DTypeError when the types differ or are no floats
 */
export function lstsq(a: Tensor, b: Tensor): Tensor {
  requireMatrix("lstsq", a);
  const system = systemOf("lstsq", a, b);
  const [m, n] = a.shape.slice(-2);
  const wide = m < n;
  const [q, r] = factors(wide ? adjoint(system.a) : system.a, false);
  const x = wide
    ? matmul(q, substitute(adjoint(r), system.b, { lower: true, unitDiagonal: false }))
    : substitute(r, adjointTimes(q, system.b), { lower: false, unitDiagonal: false });
  return system.vector ? squeeze(x, -1) : x;
}
