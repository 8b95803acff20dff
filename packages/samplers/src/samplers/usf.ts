/** The unified sampling framework: a sampler whose every step has its own solver. */
import { USF_PAPER } from "../citation.ts";
import { halfLogSnr, isSameLevel, type Level } from "../level.ts";
import { solveSmall } from "../math.ts";
import type { PlanBuilder } from "../plan/builder.ts";
import type { Term, Value } from "../plan/plan.ts";
import { conversion } from "../predictions/table.ts";
import type { PlannedSampler } from "./base.ts";
import { phi } from "./phi.ts";
import { planned } from "./planned.ts";
import {
  checkDecisions,
  stepDecisions,
  type Relaxation,
  type SolverDecisions,
  type StepDecision,
} from "./solverSchedule.ts";
import { transfer, type SolverPrediction } from "./transfer.ts";

/**
 * The unified sampling framework USF (Liu et al. 2023): every step from level i decides a Taylor order n, what to
 * integrate, how many points the first derivative uses, its scaling, and a correction. With h the step in half log-SNR,
 * hh = h for the noise and -h for the data prediction m, and its derivatives m^(j) by finite differences,
 *
 * noise `x' = (alpha'/alpha) x - sigma' sum_{j<n} h^{j+1} phi_{j+1}(hh) m^(j)`,
 * data `x' = (sigma'/sigma) x + alpha' sum_{j<n} h^{j+1} phi_{j+1}(hh) m^(j)`.
 *
 * A corrected step is redone after the call at its end, with order n + 1, the new point in every stencil and no scaling
 * of the first derivative; the call is not repeated. `analyticFirst` takes the first noise prediction to be x, which is right for pure noise on
 * variance-preserving levels.
 *
 * One model call per step, less one for `analyticFirst`. Decisions are lists with one value per step (see
 * `SolverSchedule` for the JSON that a search saves) or single values for all steps; with single values the order of
 * convergence is `order`, plus one with the corrector. A list claims no order.
 * Steps to sigma 0 and from alpha = 0 are first order and are not corrected.
 * @throws ArgumentError for decisions that do not fit; from `begin` for another number of steps than a list has
 */
export function usf(decisions: SolverDecisions = {}): PlannedSampler {
  const name = "usf";
  checkDecisions(name, decisions);
  const { order = 2, corrector = false } = decisions;
  const single = typeof order === "number" && typeof corrector === "boolean";
  return planned({
    name,
    order: single ? order + (corrector ? 1 : 0) : 1,
    citations: [USF_PAPER],
    write: (builder, levels) => {
      const distinct = levels.filter((level, i) => i === 0 || !isSameLevel(levels[i - 1], level));
      const steps = stepDecisions(name, decisions, distinct.length - 1);
      const history: Point[] = [];
      let x = builder.start;
      let redo: ((point: Point) => Value) | undefined;
      let done = 0;
      for (let index = 0; index + 1 < levels.length; index++) {
        const [from, to] = [levels[index], levels[index + 1]];
        if (!isSameLevel(from, to)) {
          const decision = steps[done];
          const analytic = done === 0 && decisions.analyticFirst === true;
          const point = analytic ? purePoint(x, from) : evaluated(builder, x, from, decision);
          if (redo !== undefined) x = redo(point);
          history.unshift(point);
          history.length = Math.min(history.length, 5);
          const [start, past] = [x, [...history]];
          x = builder.combine(stepTerms(decision, start, from, to, past, undefined));
          redo =
            decision.corrector && Number.isFinite(halfLogSnr(to) - halfLogSnr(from))
              ? (end) => builder.combine(stepTerms(decision, start, from, to, past, end))
              : undefined;
          done++;
        }
        builder.finish(x, to);
      }
    },
  });
}

/** A model output as both predictions, each a combination of the output and the signal it was asked at. */
interface Point {
  readonly lambda: number;
  readonly epsilon: readonly Term[];
  readonly x0: readonly Term[];
}

function evaluated(builder: PlanBuilder, x: Value, level: Level, decision: StepDecision): Point {
  // At pure noise only x0 says anything.
  const native: SolverPrediction = decision.data || level.alpha === 0 ? "x0" : "epsilon";
  const m = builder.evaluate(x, level, native);
  const as = (target: SolverPrediction): Term[] => {
    const factors = conversion(native, target, level);
    return [
      [factors.x, x],
      [factors.prediction, m],
    ];
  };
  return { lambda: halfLogSnr(level), epsilon: as("epsilon"), x0: as("x0") };
}

function purePoint(x: Value, level: Level): Point {
  return { lambda: halfLogSnr(level), epsilon: [[1, x]], x0: [[(1 - level.sigma) / level.alpha, x]] };
}

/** One step as terms; with `end` the corrected step. `past` starts with the point at the step's beginning. */
function stepTerms(
  { order, data, points, relax }: StepDecision,
  x: Value,
  from: Level,
  to: Level,
  past: readonly Point[],
  end: Point | undefined,
): Term[] {
  const prediction: SolverPrediction = data ? "x0" : "epsilon";
  const now = past[0];
  const h = halfLogSnr(to) - now.lambda;
  const z = data ? -h : h;
  const g = data ? to.alpha : -to.sigma;
  const extra = end === undefined ? [] : [end];
  const integrated = from.alpha === 0 ? "x0" : prediction;
  const { x: base, m: first } = transfer(integrated, from, to);
  const terms: Term[] = [[base, x], ...scaled(first, now[integrated])];
  if (!Number.isFinite(h)) return terms;
  // The prediction at pure noise lies infinitely far away.
  const earlier = past.slice(1, order).filter(({ lambda }) => Number.isFinite(lambda));
  const terminal = 1 + earlier.length + extra.length;
  for (let j = 1; j < terminal; j++) {
    const stencil = [...(j === 1 && points > 0 ? earlier.slice(0, points) : earlier), ...extra];
    const weights = derivativeWeights(
      stencil.map(({ lambda }) => lambda - now.lambda),
      j,
    );
    const scale = g * h ** (j + 1) * phi(j + 1, z) * (j === 1 && end === undefined ? relaxation(relax, h, z) : 1);
    stencil.forEach((point, q) => {
      terms.push(...scaled(scale * weights[q], point[prediction]), ...scaled(-scale * weights[q], now[prediction]));
    });
  }
  return terms;
}

function scaled(factor: number, terms: readonly Term[]): Term[] {
  return terms.map(([c, value]): Term => [factor * c, value]);
}

/** Weights c of the differences at distances d: `sum_q c_q d_q^r / r! = [r = j]`, r = 1 .. number of points. */
function derivativeWeights(distances: readonly number[], j: number): number[] {
  let factorial = 1;
  const matrix = distances.map((_, row) => {
    factorial *= row + 1;
    return distances.map((d) => d ** (row + 1) / factorial);
  });
  return solveSmall(
    matrix,
    distances.map((_, row) => (row + 1 === j ? 1 : 0)),
  );
}

/** Factor on the first derivative. */
function relaxation(relax: Relaxation, h: number, z: number): number {
  switch (relax) {
    case null:
      return 1;
    case "half-exp":
      return 1 + Math.expm1(z) / 2;
    // expm1(z) - z = z^2 phi_2(z)
    case "dpm-2":
      return Math.expm1(z) / (2 * z * phi(2, z));
    case "bh1":
      return 1 / (2 * phi(2, z));
    default:
      return 1 + relax * h;
  }
}
