/** Eigenvalues and eigenvectors of symmetric matrices. */
import type { Routine } from "../backend/backend.ts";
import { lowerRoutine } from "../graph/lowerRoutine.ts";
import { defineOp, type RoutineOp } from "../graph/op.ts";
import { record } from "../graph/record.ts";
import { add, div, mul, sub } from "../ops/arith.ts";
import { equal, where } from "../ops/compare.ts";
import { matmul } from "../ops/matmul.ts";
import { transpose, unsqueeze } from "../ops/movement.ts";
import { recordRoutine } from "../ops/routine.ts";
import { internShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { eighRoutine } from "./eighFactor.ts";
import { requireSquare, scaleColumns, timesTranspose, transposeTimes } from "./matrix.ts";

const EIGH_ROUTINE: Routine = { name: "eigh", js: eighRoutine };
const VALUES_ROUTINE: Routine = { name: "eigvalsh", js: eighRoutine };

/** 1 / (s[j] - s[i]) at row i and column j; 0 where the values are equal. */
export function inverseGaps(s: Tensor): Tensor {
  const gaps = sub(unsqueeze(s, -2), unsqueeze(s, -1));
  const same = equal(gaps, 0);
  return where(same, 0, div(1, where(same, 1, gaps)));
}

const EIGH: RoutineOp = /*@__PURE__*/ defineOp<RoutineOp>({
  kind: "routine",
  schedule: lowerRoutine,
  name: "eigh",
  routine: EIGH_ROUTINE,
  strided: [false],
  more: (node) => [{ shape: node.ins[0].shape, dtype: node.dtype }],
  vjpAll([gw, gv], node) {
    // V [diag(G_w) + F * (V^T G_V)] V^T (Giles, Collected matrix derivative results, section 3.1), symmetrized.
    const [w, v] = recordEigh(node.ins[0]);
    let x: Tensor | null = gw === undefined ? null : timesTranspose(scaleColumns(v, gw), v);
    if (gv !== undefined) {
      const inner = mul(inverseGaps(w), transposeTimes(v, gv));
      const turned = timesTranspose(matmul(v, inner), v);
      x = x === null ? turned : add(x, turned);
    }
    return [x === null ? null : symmetric(x)];
  },
});

const VALUES: RoutineOp = /*@__PURE__*/ defineOp<RoutineOp>({
  kind: "routine",
  schedule: lowerRoutine,
  name: "eigvalsh",
  routine: VALUES_ROUTINE,
  strided: [false],
  vjp: [
    (g, _, [x]) => {
      const [, v] = recordEigh(x);
      return timesTranspose(scaleColumns(v, g), v);
    },
  ],
});

function symmetric(x: Tensor): Tensor {
  return mul(add(x, transpose(x)), 0.5);
}

function recordEigh(a: Tensor): Tensor[] {
  return recordRoutine(EIGH, [a], a.shape.slice(0, -1), a.dtype, null);
}

/** The results of {@link eigh}. */
export interface Eigh {
  /** [..., n], ascending. */
  readonly values: Tensor;
  /** [..., n, n], one orthonormal eigenvector per column. */
  readonly vectors: Tensor;
}

/**
 * The eigenvalues and eigenvectors of a symmetric matrix or a stack of them, a = V diag(w) V^T: reduction to tridiagonal form, which is
 * solved by dividing it; about 9 n^3 operations at most, nearly all of them in matrix products, in double precision. What is decomposed is the symmetric part (a + a^T) / 2.
 *
 * Gradients of the eigenvectors exist where eigenvalues are distinct; parts belonging to equal ones are taken as zero.
 * @param a [..., n, n], f32 or f64
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
 * @param a [..., n, n], f32 or f64
 * @returns [..., n], ascending
 * @throws ShapeError unless a is square, DTypeError unless it is of floats
 */
export function eigvalsh(a: Tensor): Tensor {
  requireSquare("eigvalsh", a);
  return record(VALUES, [a], internShape(a.shape.slice(0, -1)), a.dtype, null);
}
