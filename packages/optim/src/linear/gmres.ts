/** Generalised minimal residuals. */
import { div, maximum, scope, type Tensor } from "@ansatz/tensor";
import { checkCount, settings, type Fields } from "../check.ts";
import { GMRES_PAPER } from "../citation.ts";
import type { FullProblem, LinearSolver, LinearState } from "./base.ts";
import { combination, evaluate, inner, length, NO_COST, plus, residual } from "./tools.ts";

/** Options of {@link gmres}. */
export interface GmresOptions {
  /** Vectors that are kept before the method starts again from its result; 30 when left out. */
  readonly restart?: number;
}

const FIELDS: Fields<Required<GmresOptions>> = { restart: [30, checkCount] };

/**
 * GMRES(m) for any square operator, preconditioned from the right, so that residuals are those of the system (Saad and
 * Schultz 1986): the point of least residual in the Krylov space, by modified Gram-Schmidt and Givens rotations.
 *
 * One application of each and j inner products in the j-th iteration of a cycle; memory for m + 1 vectors. Restarted cycles
 * can stagnate where the full method would not.
 * @throws ArgumentError unless `restart` is a positive integer
 */
export function gmres(options: GmresOptions = {}): LinearSolver {
  const name = "gmres";
  const { restart } = settings(name, options, FIELDS);
  return {
    name,
    citations: [GMRES_PAPER],
    requires: "square",
    preconditions: true,
    init: (problem) => cycle(problem, problem.start, { iteration: 0, cost: NO_COST }),
    async step(problem, state) {
      const j = state.lists?.["g"].length as number;
      if (j > restart) return advance(problem, await cycle(problem, (await formed(problem, state)).x, state));
      return advance(problem, state);
    },
    finish: formed,
  };
}

/** Starts a cycle from x. */
async function cycle(
  problem: FullProblem,
  x: Tensor,
  { iteration, cost }: Pick<LinearState, "iteration" | "cost">,
): Promise<LinearState> {
  const { vectors, numbers } = await evaluate(() => {
    const r = residual(problem, x);
    const size = length(r);
    return { vectors: { v0: combination([div(1, maximum(size, 1e-30)), r]) }, scalars: [size] };
  });
  const [beta] = numbers;
  return {
    iteration,
    x,
    vectors,
    numbers: {},
    // g: rotated right-hand side; c, s: rotations; R: columns of the triangular factor, one after the other.
    lists: { g: [beta], c: [], s: [], R: [] },
    residualNorm: beta,
    cost: plus(cost, { apply: 1 }),
    ...(Number.isFinite(beta) ? {} : { failure: "non-finite" as const }),
  };
}

/** One vector more. */
async function advance(problem: FullProblem, state: LinearState): Promise<LinearState> {
  if (state.failure !== undefined) return state;
  const { g, c, s, R } = state.lists as Record<string, readonly number[]>;
  const j = c.length;
  const basis = Array.from({ length: j + 1 }, (_, i) => state.vectors[`v${i}`]);
  const z = await problem.precondition(basis[j]);
  const { vectors, numbers } = await evaluate(() => {
    let w = problem.operator.apply(z);
    const h = basis.map((v) => {
      const overlap = inner(v, w);
      w = combination([1, w], [-1, combination([overlap, v])]);
      return overlap;
    });
    const size = length(w);
    return { vectors: { next: combination([div(1, maximum(size, 1e-30)), w]) }, scalars: [...h, size] };
  });
  if (z !== basis[j]) z.dispose();
  const cost = plus(state.cost, { apply: 1, precondition: problem.preconditioned ? 1 : 0 });
  if (!numbers.every(Number.isFinite)) {
    vectors.next.dispose();
    return { ...state, cost, failure: "non-finite" };
  }
  const column = [...numbers];
  for (let i = 0; i < j; i++) {
    const [a, b] = [column[i], column[i + 1]];
    column[i] = c[i] * a + s[i] * b;
    column[i + 1] = c[i] * b - s[i] * a;
  }
  const r = Math.hypot(column[j], column[j + 1]);
  if (r === 0) {
    vectors.next.dispose();
    return { ...state, cost, failure: "breakdown" };
  }
  const [cj, sj] = [column[j] / r, column[j + 1] / r];
  return {
    ...state,
    iteration: state.iteration + 1,
    vectors: { ...state.vectors, [`v${j + 1}`]: vectors.next },
    lists: {
      g: [...g.slice(0, j), cj * g[j], -sj * g[j]],
      c: [...c, cj],
      s: [...s, sj],
      R: [...R, ...column.slice(0, j), r],
    },
    residualNorm: Math.abs(sj * g[j]),
    cost,
  };
}

/** The state with the point that its vectors stand for. */
async function formed(problem: FullProblem, state: LinearState): Promise<LinearState> {
  const { g, c, R } = state.lists as Record<string, readonly number[]>;
  const j = c.length;
  if (j === 0) return state;
  const entry = (row: number, column: number): number => R[(column * (column + 1)) / 2 + row];
  const y = new Array<number>(j).fill(0);
  for (let i = j - 1; i >= 0; i--) {
    let sum = g[i];
    for (let k = i + 1; k < j; k++) sum -= entry(i, k) * y[k];
    y[i] = sum / entry(i, i);
  }
  const u = scope(() => {
    const [first, ...others] = y.map((v, i) => [v, state.vectors[`v${i}`]] as const);
    return combination(first, ...others);
  });
  const z = await problem.precondition(u);
  const x = scope(() => combination([1, state.x], [1, z]));
  if (z !== u) z.dispose();
  u.dispose();
  return { ...state, x, cost: plus(state.cost, { precondition: problem.preconditioned ? 1 : 0 }) };
}
