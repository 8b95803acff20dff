/** Eigenvalues and eigenvectors of symmetric matrices. */
import { realOf } from "../dtype.ts";
import { record } from "../graph/record.ts";
import { add, div, mul, sub } from "../ops/arith.ts";
import { equal, where } from "../ops/compare.ts";
import { matmul } from "../ops/matmul.ts";
import { unsqueeze } from "../ops/movement.ts";
import { recordRoutine } from "../ops/routine.ts";
import { internShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { complexEighRoutine } from "./complexSpectra.ts";
import { eighRoutine } from "./eighFactor.ts";
import {
  adjoint,
  adjointTimes,
  defineOps,
  opFor,
  requireSquare,
  scaleColumns,
  timesAdjoint,
  type OpPair,
} from "./matrix.ts";
import { eighGpu } from "./gpu/spectra.wgsl.ts";

/** 1 / (s[j] - s[i]) at row i and column j; 0 where the values are equal. */
export function inverseGaps(s: Tensor): Tensor {
  const gaps = sub(unsqueeze(s, -2), unsqueeze(s, -1));
  const same = equal(gaps, 0);
  return where(same, 0, div(1, where(same, 1, gaps)));
}

const EIGH: OpPair = /*@__PURE__*/ defineOps(
  "eigh",
  { real: eighRoutine, complex: complexEighRoutine, gpu: eighGpu },
  {
    strided: [false],
    more: (node) => [{ shape: node.ins[0].shape, dtype: node.ins[0].dtype }],
    vjpAll([gw, gv], node) {
      // V [diag(G_w) + F * (V^H G_V)] V^H (Giles, Collected matrix derivative results, section 3.1), its Hermitian part.
      const [w, v] = recordEigh(node.ins[0]);
      let x: Tensor | null = gw === undefined ? null : timesAdjoint(scaleColumns(v, gw), v);
      if (gv !== undefined) {
        const inner = mul(inverseGaps(w), adjointTimes(v, gv));
        const turned = timesAdjoint(matmul(v, inner), v);
        x = x === null ? turned : add(x, turned);
      }
      return [x === null ? null : hermitian(x)];
    },
  },
);

const VALUES: OpPair = /*@__PURE__*/ defineOps(
  "eigvalsh",
  { real: eighRoutine, complex: complexEighRoutine, gpu: eighGpu },
  {
    strided: [false],
    vjp: [
      (g, _, [x]) => {
        const [, v] = recordEigh(x);
        return timesAdjoint(scaleColumns(v, g), v);
      },
    ],
  },
);

function hermitian(x: Tensor): Tensor {
  return mul(add(x, adjoint(x)), 0.5);
}

function recordEigh(a: Tensor): Tensor[] {
  return recordRoutine(opFor(EIGH, a), [a], a.shape.slice(0, -1), realOf(a.dtype), null);
}

/** The results of {@link eigh}. */
export interface Eigh {
  /** [..., n], ascending, real. */
  readonly values: Tensor;
  /** [..., n, n], one orthonormal eigenvector per column. */
  readonly vectors: Tensor;
}

/**
 * The eigenvalues and eigenvectors of a symmetric or Hermitian matrix or a stack of them, a = V diag(w) V^H: reduction to tridiagonal
 * form, which is solved by dividing it; about 9 n^3 operations at most, in double precision on the CPU. What is decomposed is the
 * Hermitian part (a + a^H) / 2, without a check that the rest is zero.
 *
 * Gradients of the eigenvectors exist where eigenvalues are distinct; parts belonging to equal ones are taken as zero. Complex
 * eigenvectors are determined but for a factor of magnitude 1 each: gradients are those of functions that it does not change.
 * @param a [..., n, n], f32, f64, c64 or c128
 * @returns NaN in all elements for matrices with elements that are not finite, or should the steps not converge
 * @throws ShapeError unless a is square, DTypeError unless it is of floats
 */
export function eigh(a: Tensor): Eigh {
  requireSquare("eigh", a);
  const [values, vectors] = recordEigh(a);
  return { values, vectors };
}

/**
 * The eigenvalues of {@link eigh} alone, in a fraction of the time; their gradient computes the eigenvectors.
 * @param a [..., n, n], f32, f64, c64 or c128
 * @returns [..., n], ascending, real
 * @throws ShapeError unless a is square, DTypeError unless it is of floats
 */
export function eigvalsh(a: Tensor): Tensor {
  requireSquare("eigvalsh", a);
  return record(opFor(VALUES, a), [a], internShape(a.shape.slice(0, -1)), realOf(a.dtype), null);
}
