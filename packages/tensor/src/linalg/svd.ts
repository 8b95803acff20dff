/** The singular value decomposition. */
import { isComplex, realOf } from "../dtype.ts";
import { ArgumentError, checkOptions, requireFlag } from "../errors.ts";
import { attrOf, internAttr } from "../graph/op.ts";
import { record } from "../graph/record.ts";
import { add, div, mul, sub } from "../ops/arith.ts";
import { conjugate, real } from "../ops/complex.ts";
import { zerosLike } from "../ops/create.ts";
import { matmul } from "../ops/matmul.ts";
import { unsqueeze } from "../ops/movement.ts";
import { sum } from "../ops/reduce.ts";
import { recordRoutine } from "../ops/routine.ts";
import { internShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { inverseGaps } from "./eigh.ts";
import { complexSvdRoutine } from "./complexSpectra.ts";
import {
  adjoint,
  adjointTimes,
  defineOps,
  opFor,
  requireMatrix,
  scaleColumns,
  timesAdjoint,
  withLast,
  type OpPair,
} from "./matrix.ts";
import { svdRoutine } from "./svdFactor.ts";
import { svdGpu } from "./gpu/spectra.wgsl.ts";

interface SvdAttr {
  readonly full: boolean;
}

const SVD: OpPair = /*@__PURE__*/ defineOps(
  "svd",
  { real: svdRoutine, complex: complexSvdRoutine, gpu: svdGpu },
  {
    strided: [false],
    more: (node) => {
      const [x] = node.ins;
      const [m, n] = x.shape.slice(-2);
      const { full } = attrOf<SvdAttr>(node);
      const k = Math.min(m, n);
      return [
        { shape: withLast(x, m, full ? m : k), dtype: x.dtype },
        { shape: withLast(x, n, full ? n : k), dtype: x.dtype },
      ];
    },
    vjpAll([gs, gu, gv], node) {
      const [x] = node.ins;
      const [m, n] = x.shape.slice(-2);
      if (attrOf<SvdAttr>(node).full && m !== n && (gu !== undefined || gv !== undefined)) {
        throw new ArgumentError(
          `svd: full factors of a matrix that is not square have no gradient (got ${m} x ${n}). Leave full out.`,
        );
      }
      return [backward(x, gs, gu, gv)];
    },
  },
);

/**
 * Townsend, Differentiating the singular value decomposition (2016), with F = 1 / (s_j^2 - s_i^2):
 * U [(F * (U^H G_U - G_U^H U)) S + S (F * (V^H G_V - G_V^H V)) + diag(G_s)] V^H + (I - U U^H) G_U S^-1 V^H + U S^-1 G_V^H (I - V V^H).
 * Complex vectors add U [i Im(diag(U^H G_U)) S^-1] V^H, where functions that a common phase of u and v does not change have the
 * opposite in V (Wan and Zhang, arXiv:1909.02659).
 */
function backward(x: Tensor, gs: Tensor | undefined, gu: Tensor | undefined, gv: Tensor | undefined): Tensor | null {
  const [s, u, v] = recordSvd(x, false);
  const f = inverseGaps(mul(s, s));
  const skew = (y: Tensor, g: Tensor): Tensor => {
    const p = adjointTimes(y, g);
    return mul(f, sub(p, adjoint(p)));
  };
  const outside = (y: Tensor, g: Tensor): Tensor => div(sub(g, matmul(y, adjointTimes(y, g))), unsqueeze(s, -2));
  let total: Tensor = gs === undefined ? zerosLike(x) : timesAdjoint(scaleColumns(u, gs), v);
  if (gu !== undefined) {
    const inner = add(matmul(u, scaleColumns(skew(u, gu), s)), outside(u, gu));
    total = add(total, timesAdjoint(inner, v));
    if (isComplex(x.dtype)) {
      const turn = div(sum(mul(conjugate(u), gu), { axis: -2 }), s);
      total = add(total, timesAdjoint(scaleColumns(u, sub(turn, real(turn))), v));
    }
  }
  if (gv !== undefined) {
    // F * (V^H G_V - G_V^H V) is Hermitian.
    const inner = add(matmul(v, scaleColumns(skew(v, gv), s)), outside(v, gv));
    total = add(total, timesAdjoint(u, inner));
  }
  return total;
}

const VALUES: OpPair = /*@__PURE__*/ defineOps(
  "svdvals",
  { real: svdRoutine, complex: complexSvdRoutine, gpu: svdGpu },
  {
    strided: [false],
    vjp: [
      (g, _, [x]) => {
        const [, u, v] = recordSvd(x, false);
        return timesAdjoint(scaleColumns(u, g), v);
      },
    ],
  },
);

function recordSvd(a: Tensor, full: boolean): Tensor[] {
  const shape = withLast(a, Math.min(...a.shape.slice(-2)));
  return recordRoutine(opFor(SVD, a), [a], shape, realOf(a.dtype), internAttr<SvdAttr>({ full }));
}

/** Options of {@link svd}. */
export interface SvdOptions {
  /** U and V are square. */
  readonly full?: boolean;
}

/** The factors of {@link svd}, with k = min(m, n). */
export interface Svd {
  /** [..., m, k], or [..., m, m]. */
  readonly u: Tensor;
  /** [..., k], descending, real, not negative. */
  readonly s: Tensor;
  /** [..., n, k], or [..., n, n]: the right singular vectors are its columns. */
  readonly v: Tensor;
}

/**
 * The singular value decomposition a = U diag(s) V^H, thin unless `full`: reduction to bidiagonal form, which is solved by dividing
 * it; about 9 n^3 operations for a square matrix, in double precision on the CPU.
 *
 * Gradients of the vectors exist where singular values are distinct and not zero; parts belonging to equal ones are taken as zero.
 * Complex vectors are determined but for a factor of magnitude 1 per pair: gradients are those of functions that it does not change.
 * @param a [..., m, n], f32, f64, c64 or c128
 * @returns NaN in all elements for matrices with elements that are not finite, or should the steps not converge
 * @throws ShapeError unless a is a matrix, DTypeError unless it is of floats, ArgumentError when the gradient of full factors of a
 * matrix that is not square is asked for
 */
export function svd(a: Tensor, options: SvdOptions = {}): Svd {
  checkOptions("svd", options, ["full"]);
  requireFlag("svd", "full", options.full);
  requireMatrix("svd", a);
  const [s, u, v] = recordSvd(a, options.full ?? false);
  return { u, s, v };
}

/**
 * The singular values of {@link svd} alone, in a fraction of the time; their gradient computes the vectors.
 * @param a [..., m, n], f32, f64, c64 or c128
 * @returns [..., min(m, n)], descending, real
 * @throws ShapeError unless a is a matrix, DTypeError unless it is of floats
 */
export function svdvals(a: Tensor): Tensor {
  requireMatrix("svdvals", a);
  return record(opFor(VALUES, a), [a], internShape(withLast(a, Math.min(...a.shape.slice(-2)))), realOf(a.dtype), null);
}
