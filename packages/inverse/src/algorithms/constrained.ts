/** Regularised images that explain the data to a given accuracy. */
import {
  add,
  ArgumentError,
  checkOptions,
  complex,
  concat,
  eye,
  flatten,
  imag,
  isComplex,
  matmul,
  mul,
  neg,
  real,
  reshape,
  scope,
  slice,
  sub,
  together,
  withDevice,
  zerosLike,
  type Tensor,
} from "@ansatz/tensor";
import { inv } from "@ansatz/tensor/linalg";
import { gramOperator, linearOperator, toMatrix, type LinearOperator } from "@ansatz/tensor/linear";
import { cg, solveLinear } from "@ansatz/optim/linear";
import { checkCount, checkNonNegative, checkPositive } from "../check.ts";
import { CSALSA_PAPER } from "../citation.ts";
import type { Regularizer } from "../proximal/base.ts";
import { ontoBall } from "../proximal/vectors.ts";
import type { Algorithm } from "./base.ts";
import { applied } from "./fista.ts";
import { advance, begin } from "./tools.ts";

/** Options of {@link constrainedAdmm}. */
export interface ConstrainedOptions {
  /** R; for complex images {@link import("../proximal/magnitude.ts").onMagnitude} of a real one, or of a denoiser. */
  readonly regularizer: Regularizer;
  /** Largest distance from the data, such as `sqrt(measurements)` times the standard deviation of the noise. */
  readonly epsilon: number;
  /** Weight kappa of the data's copy; 500 when left out, for operators of norm 1. */
  readonly penalty?: number;
  /** The proximal map is that of this times R; 1 when left out. */
  readonly step?: number;
  /** Most iterations of conjugate gradients per iteration, from the last image on; 20 when left out. */
  readonly innerIterations?: number;
  /** Relative residual at which they end; 1e-5 when left out. */
  readonly innerTolerance?: number;
  /**
   * Whether `(I + kappa A* A)^-1` is computed once and stored instead, as a matrix: exact, and much quicker for up to some
   * hundred elements; false when left out.
   */
  readonly direct?: boolean;
}

/** An image of more elements has no stored inverse. */
const MOST_DIRECT = 2000;

/**
 * `min R(x)` with `|A x - b| <= epsilon` by ADMM with two copies (Afonso, Bioucas-Dias and Figueiredo 2011, C-SALSA), from `x = A* b`:
 * `x = (I + kappa A* A)^-1 (v1 + d1 + kappa A* (v2 + d2))` by warm conjugate gradients, `v1 = prox(x - d1)`, v2 the point of the ball
 * next to `A x - d2`, `d1 -= x - v1`, `d2 -= A x - v2`. The image is v1. Real and complex images.
 * @throws ArgumentError for an option outside its range
 */
export function constrainedAdmm(options: ConstrainedOptions): Algorithm {
  const name = "constrainedAdmm";
  checkOptions(name, options, [
    "regularizer",
    "epsilon",
    "penalty",
    "step",
    "innerIterations",
    "innerTolerance",
    "direct",
  ]);
  const {
    regularizer,
    epsilon,
    penalty = 500,
    step = 1,
    innerIterations = 20,
    innerTolerance = 1e-5,
    direct = false,
  } = options;
  checkNonNegative(name, "epsilon", epsilon);
  checkPositive(name, "penalty", penalty);
  checkNonNegative(name, "step", step);
  checkCount(name, "innerIterations", innerIterations);
  checkNonNegative(name, "innerTolerance", innerTolerance);
  if (typeof direct !== "boolean")
    throw new ArgumentError(`${name}: direct must be a boolean (got ${String(direct)}).`);
  return {
    name,
    citations: [CSALSA_PAPER, ...regularizer.citations],
    watchesResidual: false,
    complex: true,
    async init(problem) {
      const { operator, data, start } = problem;
      const x = start ?? scope(() => operator.adjoint(data));
      const state = await begin(problem, x);
      const vectors = scope(() =>
        together({ inner: mul(x, 1), v2: operator.apply(x), d1: zerosLike(x), d2: zerosLike(data) }),
      );
      const inverse: Record<string, Tensor> = direct
        ? { inverse: inverseOf(name, operator, penalty, data.device) }
        : {};
      return { ...state, vectors: { ...state.vectors, ...vectors, ...inverse } };
    },
    async step(problem, state) {
      const { operator, data } = problem;
      const { inner: before, v2, d1, d2 } = state.vectors;
      const rhs = scope(() => add(add(state.x, d1), mul(operator.adjoint(add(v2, d2)), penalty)));
      const image = direct
        ? scope(() => times(state.vectors["inverse"], rhs))
        : await solvedBy(name, operator, penalty, rhs, before, {
            maxIterations: innerIterations,
            tolerance: innerTolerance,
          });
      rhs.dispose();
      if (image === undefined) return { ...state, failure: "non-finite" };
      const near = await applied(
        regularizer,
        scope(() => sub(image, d1)),
        step,
      );
      const next = await advance(problem, state, () => {
        const seen = operator.apply(image);
        const inside = ontoBall(sub(seen, d2), data, epsilon);
        return {
          x: mul(near, 1),
          inner: mul(image, 1),
          v2: inside,
          d1: sub(d1, sub(image, near)),
          d2: sub(d2, sub(seen, inside)),
        };
      });
      for (const t of [image, near]) t.dispose();
      return next;
    },
  };
}

/** `(I + kappa A* A)^-1 rhs` by conjugate gradients from `start` on; undefined where values are not finite. */
async function solvedBy(
  name: string,
  operator: LinearOperator,
  penalty: number,
  rhs: Tensor,
  start: Tensor,
  settings: { readonly maxIterations: number; readonly tolerance: number },
): Promise<Tensor | undefined> {
  const gram = gramOperator(operator);
  const normal = (t: Tensor): Tensor => add(t, mul(gram.apply(t), penalty));
  const { domain, dtype } = operator;
  const system = linearOperator({
    name: `${name}: system`,
    domain,
    range: domain,
    dtype,
    apply: normal,
    adjoint: normal,
  });
  const { value, status } = await solveLinear(cg(), { operator: system, rhs, start }, settings);
  if (status !== "non-finite") return value;
  value.dispose();
  return undefined;
}

/** The matrix `(I + kappa A* A)^-1`; of complex operators as one of real numbers, real parts before imaginary ones. */
function inverseOf(name: string, operator: LinearOperator, penalty: number, device: string): Tensor {
  const n = operator.domain.reduce((a, b) => a * b, 1);
  if (n > MOST_DIRECT) {
    throw new ArgumentError(
      `${name}: the image is too large for direct solutions (got ${n} elements, expected at most ${MOST_DIRECT}).`,
    );
  }
  return scope(() => {
    const gram = mul(
      withDevice(device, () => toMatrix(gramOperator(operator))),
      penalty,
    );
    if (!isComplex(gram.dtype)) return inv(add(gram, eye(n, n, { dtype: gram.dtype as "f64", device: gram.device })));
    const [re, im] = [real(gram), imag(gram)];
    const whole = concat([concat([re, neg(im)], 1), concat([im, re], 1)]);
    return inv(add(whole, eye(2 * n, 2 * n, { dtype: whole.dtype as "f64", device: whole.device })));
  });
}

/** The stored inverse times an image. */
function times(inverse: Tensor, x: Tensor): Tensor {
  if (!isComplex(x.dtype)) return reshape(matmul(inverse, flatten(x)), x.shape);
  const parts = matmul(inverse, concat([flatten(real(x)), flatten(imag(x))]));
  const half = x.size;
  return reshape(complex(slice(parts, [[0, half]]), slice(parts, [[half, 2 * half]])), x.shape);
}
