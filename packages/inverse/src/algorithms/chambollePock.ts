/** Chambolle and Pock's primal-dual method. */
import { add, checkOptions, div, mul, scope, sub, zeros, together, type Tensor } from "@ansatz/tensor";
import { checkPositive } from "../check.ts";
import { CHAMBOLLE_POCK_PAPER } from "../citation.ts";
import type { Regularizer } from "../proximal/base.ts";
import type { LinearOperator } from "@ansatz/tensor/linear";
import type { Algorithm, ReconstructionProblem } from "./base.ts";
import { applied } from "./fista.ts";
import { checkTerms, numbered, operatorsOf, type Term } from "./terms.ts";
import { advance, begin, normOf, startOf } from "./tools.ts";

/** Options of {@link chambollePock}. */
export interface ChambollePockOptions {
  /** The terms `f_i(K_i x)`. */
  readonly terms: readonly Term[];
  /** A term g(x) whose proximal map is applied to the image itself, such as `nonNegative()`; none when left out. */
  readonly constraint?: Regularizer;
  /** Ratio of the primal to the dual step; 1 when left out. */
  readonly ratio?: number;
}

/**
 * `min |A x - b|^2 / 2 + sum_i f_i(K_i x) + g(x)` by primal and dual steps (Chambolle and Pock 2011, algorithm 1, theta = 1): duals
 * `p = (p + s (A x' - b)) / (1 + s)` and `q_i = v - s prox_(f_i / s)(v / s)`, `v = q_i + s K_i x'`; then
 * `x = prox_(t g)(x - t (A* p + sum K_i* q_i))` and `x' = 2 x - x_before`. Steps `s t = 0.98 / (|A|^2 + sum |K_i|^2)`.
 *
 * One application of A, its adjoint, every K_i and its adjoint per iteration; no inner solves. The right method for total variation with
 * constraints: `chambollePock({ terms: [{ operator: gradientOperator(shape), regularizer: gradientNorm(weight) }], constraint: nonNegative() })`.
 * @throws ArgumentError for an option outside its range
 */
export function chambollePock(options: ChambollePockOptions): Algorithm {
  const name = "chambollePock";
  checkOptions(name, options, ["terms", "constraint", "ratio"]);
  const { terms, constraint, ratio = 1 } = options;
  checkTerms(name, terms);
  checkPositive(name, "ratio", ratio);
  return {
    name,
    citations: [CHAMBOLLE_POCK_PAPER, ...terms.flatMap(({ regularizer }) => regularizer.citations)],
    watchesResidual: false,
    complex: true,
    async init(problem) {
      const x = startOf(problem);
      const state = await begin(problem, x);
      const operators = operatorsOf(terms, problem);
      let square = (await normOf(problem.operator)) ** 2;
      for (const [i, term] of terms.entries()) square += (term.norm ?? (await normOf(operators[i]))) ** 2;
      const size = square > 0 ? 0.99 / Math.sqrt(square) : 1;
      const none = (shape: readonly number[]): Tensor =>
        zeros(shape, { dtype: problem.operator.dtype, device: problem.data.device } as never);
      const vectors = scope(() =>
        together({
          // Residual and transforms of the extrapolated image.
          far: mul(state.vectors["r"], 1),
          p: none(problem.operator.range),
          ...numbered(
            "q",
            operators.map(({ range }) => none(range)),
          ),
          ...numbered(
            "k",
            operators.map((k) => k.apply(x)),
          ),
        } as never),
      ) as unknown as Record<string, Tensor>;
      const [primal, dual] = [size * ratio, size / ratio];
      const used = [...terms.map(({ regularizer }) => regularizer), ...(constraint === undefined ? [] : [constraint])];
      const shapes = [...operators.map(({ range }) => range), problem.operator.domain];
      let immediate = 1;
      for (const [i, regularizer] of used.entries()) {
        const probe = regularizer.prox(none(shapes[i]), 1 / dual);
        if (probe instanceof Promise) immediate = 0;
        (await probe).dispose();
      }
      return { ...state, vectors: { ...state.vectors, ...vectors }, numbers: { primal, dual, immediate } };
    },
    async step(problem, state) {
      const { r, far, p } = state.vectors;
      const { primal, dual, immediate } = state.numbers;
      const operators = operatorsOf(terms, problem);
      if (immediate === 1) {
        // Everything of an iteration is evaluated together.
        return advance(problem, state, () => {
          const qs = terms.map(({ regularizer }, i) => {
            const v = add(div(state.vectors[`q${i}`], dual), state.vectors[`k${i}`]);
            return mul(sub(v, regularizer.prox(v, 1 / dual) as Tensor), dual);
          });
          const dataDual = div(sub(p, mul(far, dual)), 1 + dual);
          const pull = qs.reduce((sum, q, i) => add(sum, operators[i].adjoint(q)), problem.operator.adjoint(dataDual));
          const moved = sub(state.x, mul(pull, primal));
          const x = constraint === undefined ? moved : (constraint.prox(moved, primal) as Tensor);
          return { x, p: dataDual, ...numbered("q", qs), ...following(problem, operators, x, state.x, r) };
        });
      }
      const qs: Tensor[] = [];
      for (const [i, { regularizer }] of terms.entries()) {
        const v = scope(() => add(div(state.vectors[`q${i}`], dual), state.vectors[`k${i}`]));
        const keep = scope(() => mul(v, 1));
        const near = await applied(regularizer, v, 1 / dual);
        qs.push(scope(() => mul(sub(keep, near), dual)));
        for (const t of [keep, near]) t.dispose();
      }
      const { p: dataDual, moved } = scope(() => {
        const next = div(sub(p, mul(far, dual)), 1 + dual);
        const pull = qs.reduce((sum, q, i) => add(sum, operators[i].adjoint(q)), problem.operator.adjoint(next));
        return together({ p: next, moved: sub(state.x, mul(pull, primal)) });
      });
      const image = constraint === undefined ? moved : await applied(constraint, moved, primal);
      const next = await advance(problem, state, () => {
        const x = mul(image, 1);
        return {
          x,
          p: mul(dataDual, 1),
          ...numbered(
            "q",
            qs.map((q) => mul(q, 1)),
          ),
          ...following(problem, operators, x, state.x, r),
        };
      });
      for (const t of [image, dataDual, ...qs]) t.dispose();
      return next;
    },
  };
}

/** Residuals and transforms of a new image, and of the point as far beyond it. */
function following(
  problem: ReconstructionProblem,
  operators: readonly LinearOperator[],
  x: Tensor,
  before: Tensor,
  residualBefore: Tensor,
): { readonly r: Tensor } & Readonly<Record<string, Tensor>> {
  const r = sub(problem.data, problem.operator.apply(x));
  const ahead = sub(mul(x, 2), before);
  return {
    r,
    far: sub(mul(r, 2), residualBefore),
    ...numbered(
      "k",
      operators.map((k) => k.apply(ahead)),
    ),
  };
}
