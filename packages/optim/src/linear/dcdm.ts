/** Conjugate directions proposed by a function, such as a trained network. */
import { ArgumentError, checkOptions, div, scope, ShapeError, showShape, type Tensor } from "@ansatz/tensor";
import { checkCount, checkFlag, checkFunction, checkPositive } from "../check.ts";
import { DEEP_CONJUGATE_DIRECTIONS_PAPER } from "../citation.ts";
import type { FullProblem, LinearSolver, LinearState } from "./base.ts";
import { cg } from "./cg.ts";
import { combination, evaluate, inner, length, NO_COST, plus, residual } from "./tools.ts";

/** Proposes a direction from the residual, which comes with length 1: ideally close to `A^-1 r`, at any scale. */
export type Direction = (r: Tensor) => Tensor | Promise<Tensor>;

/** Options of {@link deepConjugateDirections}. */
export interface DeepConjugateDirectionsOptions {
  /** Proposes directions. Its result becomes the solver's, which disposes it. */
  readonly direction: Direction;
  /** Directions before it that a new one is made conjugate to; 2 when left out. */
  readonly previous?: number;
  /** Whether useless directions are replaced, and the run goes on with {@link cg} when it stalls; true when left out. */
  readonly safeguard?: boolean;
  /**
   * The run stalls when ten iterations leave more than this share of the residual, in (0, 1]; 0.5 when left out. Larger for
   * systems on which conjugate gradients are slower still.
   */
  readonly stall?: number;
}

/** A direction that loses this much of its length to the previous ones is as good as none. */
const LOST = 1e-12;

/** Iterations over which a stall shows. */
const WINDOW = 10;

/**
 * Conjugate directions from a function (Kaneda and others 2023): with `d = f(r / |r|)`,
 *
 *     q = d - sum_i p_i <d, A p_i> / <p_i, A p_i>,  alpha = <r, q> / <q, A q>,  x += alpha q,  r = b - A x,
 *
 * over the last directions p_i. For operators that are symmetric positive definite. With f the identity this is {@link cg}; with
 * f a multiple of the inverse it ends in one iteration. Two applications of A per iteration, as the residual is computed anew.
 *
 * The safeguard takes the residual for a direction that is zero, not finite, without positive curvature or contained in the
 * previous ones (`notes.replaced` counts), and goes on with cg from where it is once ten iterations left more than the share `stall`
 * of the residual (`notes.switchedAt`, the iteration). So a useless function costs about ten iterations.
 * @throws ArgumentError for a value outside its range, naming it; ShapeError when a direction has another shape
 */
export function deepConjugateDirections(options: DeepConjugateDirectionsOptions): LinearSolver {
  const name = "deepConjugateDirections";
  checkOptions(name, options, ["direction", "previous", "safeguard", "stall"]);
  const { direction, previous = 2, safeguard = true, stall = 0.5 } = options;
  checkFunction(name, "direction", direction);
  checkCount(name, "previous", previous, 0);
  checkFlag(name, "safeguard", safeguard);
  checkPositive(name, "stall", stall);
  if (stall > 1) throw new ArgumentError(`${name}: stall is out of range (got ${stall}, expected at most 1).`);
  if (options.stall !== undefined && !safeguard) {
    throw new ArgumentError(`${name}: stall belongs to the safeguard (got ${stall} with safeguard false).`);
  }
  const rest = cg();
  return {
    name,
    citations: [DEEP_CONJUGATE_DIRECTIONS_PAPER],
    requires: "positive-definite",
    preconditions: false,
    async init(problem) {
      const { vectors, numbers } = await evaluate(() => {
        const r = residual(problem, problem.start);
        return { vectors: { r }, scalars: [length(r)] };
      });
      return {
        iteration: 0,
        x: problem.start,
        vectors,
        numbers: {},
        lists: { curvatures: [], norms: [numbers[0]] },
        notes: { replaced: 0 },
        residualNorm: numbers[0],
        cost: plus(NO_COST, { apply: 1 }),
        ...(Number.isFinite(numbers[0]) ? {} : { failure: "non-finite" as const }),
      };
    },
    async step(problem, state) {
      if (state.notes?.["switchedAt"] !== undefined)
        return { ...(await rest.step(problem, state)), notes: state.notes };
      const { r } = state.vectors;
      const unit = scope(() => div(r, state.residualNorm));
      const proposed = await direction(unit);
      if (proposed !== unit) unit.dispose();
      if (showShape(proposed.shape) !== showShape(r.shape)) {
        throw new ShapeError(
          `${name}: the direction has another shape (got ${showShape(proposed.shape)}, expected ${showShape(r.shape)}).`,
        );
      }
      if (proposed.dtype !== r.dtype) {
        throw new ArgumentError(
          `${name}: the direction has another data type (got ${proposed.dtype}, expected ${r.dtype}).`,
        );
      }
      let made = await conjugated(problem, state, proposed);
      if (proposed !== r) proposed.dispose();
      let { notes } = state;
      if (safeguard && !useful(made)) {
        disposeAll(made.vectors);
        made = await conjugated(problem, state, r);
        notes = { replaced: (notes?.["replaced"] ?? 0) + 1 };
      }
      const cost = plus(state.cost, { apply: 1, precondition: 1 });
      if (!useful(made)) {
        disposeAll(made.vectors);
        const failure = Number.isFinite(made.curvature) ? (safeguard ? "not-definite" : "breakdown") : "non-finite";
        return { ...state, cost, failure };
      }
      const next = await moved(problem, { ...state, cost }, made, previous);
      if (next.failure !== undefined) return next;
      const norms = [...(state.lists?.["norms"] ?? []), next.residualNorm].slice(-WINDOW - 1);
      const lists = { ...next.lists, norms };
      const stalls = safeguard && norms.length > WINDOW && next.residualNorm > stall * norms[0];
      const noted = { ...next, lists, notes: notes as Readonly<Record<string, number>> };
      return stalls ? switched(rest, problem, noted) : noted;
    },
  };
}

interface Conjugated {
  readonly vectors: { readonly q: Tensor; readonly aq: Tensor };
  readonly curvature: number;
  /** Length of the direction before and after it was made conjugate. */
  readonly before: number;
  readonly after: number;
}

function disposeAll({ q, aq }: Conjugated["vectors"]): void {
  q.dispose();
  aq.dispose();
}

function useful({ curvature, before, after }: Conjugated): boolean {
  return curvature > 0 && curvature < Infinity && after > LOST * before && after < Infinity;
}

/** A direction made conjugate to the previous ones, all inner products with the direction as it came. */
async function conjugated(problem: FullProblem, state: LinearState, d: Tensor): Promise<Conjugated> {
  const curvatures = state.lists?.["curvatures"] ?? [];
  const { vectors, numbers } = await evaluate(() => {
    const terms = curvatures.map((curvature, i) => {
      const share = div(inner(d, state.vectors[`ap${i}`]), -curvature);
      return [share, state.vectors[`p${i}`]] as const;
    });
    const q = combination([1, d], ...terms);
    // A copy where nothing was taken away, so that the direction can be disposed.
    const own = terms.length === 0 ? combination([2, d], [-1, d]) : q;
    const aq = problem.operator.apply(own);
    return { vectors: { q: own, aq }, scalars: [inner(own, aq), length(d), length(own)] };
  });
  const [curvature, before, after] = numbers;
  return { vectors, curvature, before, after };
}

/** The state after a step along a conjugate direction. */
async function moved(
  problem: FullProblem,
  state: LinearState,
  { vectors: { q, aq }, curvature }: Conjugated,
  previous: number,
): Promise<LinearState> {
  const { vectors, numbers } = await evaluate(() => {
    const alpha = div(inner(state.vectors["r"], q), curvature);
    const x = combination([1, state.x], [alpha, q]);
    const r = residual(problem, x);
    return { vectors: { x, r }, scalars: [length(r)] };
  });
  const cost = plus(state.cost, { apply: 1 });
  if (!Number.isFinite(numbers[0])) {
    for (const t of [vectors.x, vectors.r, q, aq]) t.dispose();
    return { ...state, cost, failure: "non-finite" };
  }
  const old = state.lists?.["curvatures"] ?? [];
  const from = Math.max(0, old.length + 1 - previous);
  const kept: Record<string, Tensor> = { r: vectors.r };
  [...old.keys(), old.length].slice(from).forEach((i, place) => {
    kept[`p${place}`] = i === old.length ? q : state.vectors[`p${i}`];
    kept[`ap${place}`] = i === old.length ? aq : state.vectors[`ap${i}`];
  });
  if (previous === 0) disposeAll({ q, aq });
  return {
    ...state,
    iteration: state.iteration + 1,
    x: vectors.x,
    vectors: kept,
    lists: { curvatures: [...old, curvature].slice(from) },
    residualNorm: numbers[0],
    cost,
  };
}

/** The same place as a state of conjugate gradients. */
async function switched(rest: LinearSolver, problem: FullProblem, state: LinearState): Promise<LinearState> {
  const fresh = await rest.init({ ...problem, start: state.x });
  return {
    ...fresh,
    iteration: state.iteration,
    cost: plus(state.cost, fresh.cost),
    notes: { ...state.notes, switchedAt: state.iteration },
  };
}
