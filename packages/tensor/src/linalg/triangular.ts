/** Triangular systems. */
import { checkOptions, requireFlag } from "../errors.ts";
import { attrOf, internAttr } from "../graph/op.ts";
import { record } from "../graph/record.ts";
import { neg } from "../ops/arith.ts";
import { squeeze, transpose } from "../ops/movement.ts";
import type { Tensor } from "../tensor.ts";
import {
  adjoint,
  defineOps,
  lowerPart,
  opFor,
  requireSquare,
  systemOf,
  timesAdjoint,
  upperPart,
  type OpPair,
} from "./matrix.ts";
import { complexTriangularRoutine } from "./complexSystems.ts";
import { triangularRoutine, type TriangularAttr } from "./substitution.ts";
import { triangularGpu } from "./gpu/substitution.wgsl.ts";

/** Options of {@link triangularSolve}. */
export interface TriangularSolveOptions {
  /** Whether a is lower triangular (the default) or upper triangular. */
  readonly lower?: boolean;
  /** Solves with the transpose of a, without conjugation: with that of `conj(a)`, for the conjugate transpose. */
  readonly transpose?: boolean;
  /** Takes the diagonal as ones without reading it. */
  readonly unitDiagonal?: boolean;
}

const TRIANGULAR: OpPair = /*@__PURE__*/ defineOps(
  "triangularSolve",
  { real: triangularRoutine, complex: complexTriangularRoutine, gpu: triangularGpu },
  {
    strided: [false, false],
    vjp: [
      (g, x, [a]) => {
        const attr = attrOf<TriangularAttr>(x);
        const part = attr.lower ? lowerPart : upperPart;
        return part(neg(timesAdjoint(back(g, a, attr), x)), attr.unitDiagonal);
      },
      (g, x, [a]) => back(g, a, attrOf<TriangularAttr>(x)),
    ],
  },
);

function back(g: Tensor, a: Tensor, { lower, unitDiagonal }: TriangularAttr): Tensor {
  return substitute(adjoint(a), g, { lower: !lower, unitDiagonal });
}

/** Records the solution of a triangular system of checked arguments. */
export function substitute(a: Tensor, b: Tensor, attr: TriangularAttr): Tensor {
  return record(opFor(TRIANGULAR, a), [a, b], b.s, b.dtype, internAttr<TriangularAttr>(attr));
}

/**
 * The solution of a x = b for a triangular matrix: substitution, n^2 k multiply-adds. The other triangle of a is not read.
 * Leading axes broadcast.
 * @param a [..., n, n], f32, f64, c64 or c128
 * @param b [n] or [..., n, k], of the same type
 * @returns [..., n, k], [..., n] when b is a vector; NaN from the row on where the diagonal is zero
 * @throws ShapeError when the shapes do not fit, DTypeError when the types differ or are no floats
 */
export function triangularSolve(a: Tensor, b: Tensor, options: TriangularSolveOptions = {}): Tensor {
  const name = "triangularSolve";
  checkOptions(name, options, ["lower", "transpose", "unitDiagonal"]);
  requireFlag(name, "lower", options.lower);
  requireFlag(name, "transpose", options.transpose);
  requireFlag(name, "unitDiagonal", options.unitDiagonal);
  requireSquare(name, a);
  const system = systemOf(name, a, b);
  const lower = options.lower ?? true;
  const flip = options.transpose ?? false;
  const x = substitute(flip ? transpose(system.a) : system.a, system.b, {
    lower: lower !== flip,
    unitDiagonal: options.unitDiagonal ?? false,
  });
  return system.vector ? squeeze(x, -1) : x;
}
