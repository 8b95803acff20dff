/** The alternating direction method of multipliers. */
import { add, checkOptions, mul, scope, sub, zeros, together, type Tensor } from "@ansatz/tensor";
import { linearOperator } from "@ansatz/tensor/linear";
import { cg, solveLinear } from "@ansatz/optim/linear";
import { checkCount, checkNonNegative, checkPositive } from "../check.ts";
import { ADMM_PAPER } from "../citation.ts";
import { jointLength, evaluate } from "../vector.ts";
import type { Algorithm } from "./base.ts";
import { applied } from "./fista.ts";
import { checkTerms, numbered, operatorsOf, type Term } from "./terms.ts";
import { advance, begin, startOf } from "./tools.ts";

/** Options of {@link admm}. */
export interface AdmmOptions {
  /** The terms `f_i(K_i x)`, at least one; a denoiser in the place of a proximal map makes it plug-and-play. */
  readonly terms: readonly Term[];
  /** Penalty rho of the constraints `z_i = K_i x`; 1 when left out. */
  readonly penalty?: number;
  /** Whether the penalty is doubled or halved when one residual is ten times the other; false when left out. */
  readonly balance?: boolean;
  /** Most iterations of conjugate gradients per iteration, from the last image on; 10 when left out. */
  readonly innerIterations?: number;
  /** Relative residual at which they end; 1e-6 when left out. */
  readonly innerTolerance?: number;
  /**
   * Converged when the primal residual `|K x - z|` and the dual one `rho |K* (z - z_before)|` are at most this, relative to the larger of
   * `|K x|, |z|` and to `rho |K* u|`; 0, never, when left out.
   */
  readonly tolerance?: number;
}

/**
 * `min |A x - b|^2 / 2 + sum_i f_i(K_i x)` in the scaled form (Boyd and others 2011, section 3.1.1):
 * `x = (A* A + rho sum K_i* K_i)^-1 (A* b + rho sum K_i* (z_i - u_i))` by warm conjugate gradients, `z_i = prox_(f_i / rho)(K_i x + u_i)`,
 * `u_i += K_i x - z_i`.
 *
 * A few applications of A and its adjoint per iteration.
 * @throws ArgumentError for an option outside its range
 */
export function admm(options: AdmmOptions): Algorithm {
  const name = "admm";
  checkOptions(name, options, ["terms", "penalty", "balance", "innerIterations", "innerTolerance", "tolerance"]);
  const { terms, penalty = 1, balance = false, innerIterations = 10, innerTolerance = 1e-6, tolerance = 0 } = options;
  checkTerms(name, terms);
  checkCount(name, "number of terms", terms.length);
  checkPositive(name, "penalty", penalty);
  checkCount(name, "innerIterations", innerIterations);
  checkNonNegative(name, "innerTolerance", innerTolerance);
  checkNonNegative(name, "tolerance", tolerance);
  return {
    name,
    citations: [ADMM_PAPER, ...terms.flatMap(({ regularizer }) => regularizer.citations)],
    watchesResidual: false,
    complex: true,
    async init(problem) {
      const state = await begin(problem, startOf(problem));
      const operators = operatorsOf(terms, problem);
      const none = (shape: readonly number[]): Tensor =>
        zeros(shape, { dtype: problem.operator.dtype, device: problem.data.device } as never);
      const vectors = scope(() =>
        together({
          seen: problem.operator.adjoint(problem.data),
          ...numbered(
            "z",
            operators.map((k) => (problem.start === undefined ? none(k.range) : k.apply(state.x))),
          ),
          ...numbered(
            "u",
            operators.map(({ range }) => none(range)),
          ),
        } as never),
      ) as unknown as Record<string, Tensor>;
      return { ...state, vectors: { ...state.vectors, ...vectors }, numbers: { penalty } };
    },
    async step(problem, state) {
      const { operator } = problem;
      const { penalty: rho } = state.numbers;
      const operators = operatorsOf(terms, problem);
      const [z, u] = ["z", "u"].map((which) => terms.map((_, i) => state.vectors[`${which}${i}`]));
      const normal = (x: Tensor): Tensor =>
        operators.reduce((sum, k) => add(sum, mul(k.adjoint(k.apply(x)), rho)), operator.adjoint(operator.apply(x)));
      const { domain, dtype } = operator;
      const system = linearOperator({
        name: `${name}: normal equations`,
        domain,
        range: domain,
        dtype,
        apply: normal,
        adjoint: normal,
      });
      const rhs = scope(() =>
        operators.reduce((sum, k, i) => add(sum, mul(k.adjoint(sub(z[i], u[i])), rho)), state.vectors["seen"]),
      );
      const inner = { maxIterations: innerIterations, tolerance: innerTolerance };
      const solved = await solveLinear(cg(), { operator: system, rhs, start: state.x }, inner);
      if (rhs !== state.vectors["seen"]) rhs.dispose();
      const image = solved.value;
      if (solved.status === "non-finite") {
        image.dispose();
        return { ...state, failure: "non-finite" };
      }
      const zs: Tensor[] = [];
      for (const [i, { regularizer }] of terms.entries()) {
        const moved = scope(() => add(operators[i].apply(image), u[i]));
        zs.push(await applied(regularizer, moved, 1 / rho));
      }
      // Scaled duals change with the penalty.
      const { vectors: duals, numbers } = await evaluate(() => {
        const seen = operators.map((k) => k.apply(image));
        const next = seen.map((kx, i) => sub(add(u[i], kx), zs[i]));
        const pulled = (xs: readonly Tensor[]): Tensor =>
          xs.map((x, i) => operators[i].adjoint(x)).reduce((a, b) => add(a, b));
        const scalars = [
          jointLength(seen.map((kx, i) => sub(kx, zs[i]))),
          jointLength([pulled(zs.map((x, i) => sub(x, z[i])))]),
          jointLength(seen),
          jointLength(zs),
          jointLength([pulled(next)]),
        ];
        return { vectors: numbered("u", next), scalars };
      });
      const [primal, moved, size, sizeOfZ, pull] = numbers;
      const dual = rho * moved;
      let factor = 1;
      if (balance && primal > 10 * dual) factor = 2;
      else if (balance && dual > 10 * primal) factor = 0.5;
      const next = await advance(problem, state, () => ({
        x: mul(image, 1),
        ...numbered(
          "z",
          zs.map((x) => mul(x, 1)),
        ),
        ...numbered(
          "u",
          terms.map((_, i) => div1(duals[`u${i}`], factor)),
        ),
      }));
      for (const t of [image, ...zs, ...Object.values(duals)]) t.dispose();
      const converged =
        primal <= tolerance * Math.max(size, sizeOfZ) && dual <= tolerance * rho * pull && tolerance > 0;
      const numbersAfter = { penalty: rho * factor, primal, dual };
      return next.failure === undefined
        ? { ...next, numbers: numbersAfter, ...(converged ? { converged } : {}) }
        : next;
    },
  };
}

const div1 = (x: Tensor, factor: number): Tensor => mul(x, 1 / factor);
