/** Solver schedules of the unified sampling framework: one decision per step, as JSON. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import { checkChoice, checkInteger } from "../check.ts";
import type { Level } from "../level.ts";
import type { Schedule } from "../schedules/base.ts";

/**
 * How the first derivative of a step is scaled: a number c multiplies it by `1 + c h`, the words by a function of the step
 * that is 1 in the limit: `half-exp` by `1 + expm1(z)/2`, `dpm-2` by `z expm1(z)/(2 (expm1(z) - z))`, `bh1` by
 * `z^2/(2 (expm1(z) - z))`, z = h for the noise and -h for the data prediction. null leaves it alone.
 */
export type Relaxation = number | "half-exp" | "dpm-2" | "bh1" | null;

/** Relaxations by name. */
export const RELAXATIONS: readonly string[] = ["half-exp", "dpm-2", "bh1"];

/** One value per step, or one value for all of them. */
export type PerStep<T> = T | readonly T[];

/** What a solver schedule decides; see `usf` for the meaning. */
export interface SolverDecisions {
  /** Taylor order, 1 to 4; a list has at most i + 1 in step i, a single value is lowered there. 2 when left out. */
  readonly order?: PerStep<number>;
  /** Whether the step integrates the data prediction (true) or the noise; true when left out. */
  readonly data?: PerStep<boolean>;
  /** Earlier points for the first derivative, at most order - 1; 0 (all of them) when left out. */
  readonly points?: PerStep<number>;
  /** Scaling of the first derivative; null (none) when left out. */
  readonly relax?: PerStep<Relaxation>;
  /** Whether the step is redone with the call at its end; a list must end in false. False when left out. */
  readonly corrector?: PerStep<boolean>;
  /** Whether the first prediction is taken to be x itself, at no call; false when left out. */
  readonly analyticFirst?: boolean;
}

/** A complete solver schedule, the JSON that a search saves. */
export interface SolverSchedule extends SolverDecisions {
  /** Times of the noise schedule, from noisy to clean: steps + 1 of them. */
  readonly timesteps: readonly number[];
}

/** The decisions of one step. */
export interface StepDecision {
  readonly order: number;
  readonly data: boolean;
  readonly points: number;
  readonly relax: Relaxation;
  readonly corrector: boolean;
}

const DECISIONS = ["order", "data", "points", "relax", "corrector", "analyticFirst"] as const;

/**
 * Checks a solver schedule, such as one parsed from JSON.
 * @throws ArgumentError naming the field that does not fit
 */
export function solverSchedule(value: unknown): SolverSchedule {
  const name = "solverSchedule";
  checkOptions(name, value as object, ["timesteps", ...DECISIONS]);
  const schedule = value as SolverSchedule;
  const { timesteps } = schedule;
  if (!Array.isArray(timesteps) || timesteps.length < 2) {
    throw new ArgumentError(`${name}: timesteps must list at least 2 times (got ${JSON.stringify(timesteps)}).`);
  }
  timesteps.forEach((time, i) => {
    if (!Number.isFinite(time) || (i > 0 && !(time < timesteps[i - 1]))) {
      throw new ArgumentError(
        `${name}: timesteps must decrease (got ${String(time)} after ${String(timesteps[i - 1])}, expected a smaller number).`,
      );
    }
  });
  stepDecisions(name, schedule, timesteps.length - 1);
  return schedule;
}

/** The levels of a solver schedule on a noise schedule. */
export function solverLevels(schedule: SolverSchedule, noise: Schedule): Level[] {
  return schedule.timesteps.map((time) => noise.level(time));
}

/** Model calls of a schedule. */
export function solverEvaluations(schedule: SolverSchedule): number {
  return schedule.timesteps.length - 1 - (schedule.analyticFirst === true ? 1 : 0);
}

/** Checks decisions that do not depend on the number of steps. */
export function checkDecisions(name: string, decisions: SolverDecisions): void {
  checkOptions(name, decisions, DECISIONS);
  const lists = listsOf(decisions);
  if (lists.some(({ length }) => length !== lists[0].length)) {
    throw new ArgumentError(
      `${name}: the lists of decisions differ in length (got ${lists.map(({ length }) => length).join(", ")}, expected one value per step).`,
    );
  }
  stepDecisions(name, decisions, lists[0]?.length ?? 4);
}

function listsOf(decisions: SolverDecisions): (readonly unknown[])[] {
  const { order, data, points, relax, corrector } = decisions;
  const all: readonly unknown[] = [order, data, points, relax, corrector];
  return all.filter((value): value is readonly unknown[] => Array.isArray(value));
}

/**
 * The decisions of every step.
 * @throws ArgumentError where they do not fit the number of steps or each other
 */
export function stepDecisions(name: string, decisions: SolverDecisions, steps: number): StepDecision[] {
  for (const list of listsOf(decisions)) {
    if (list.length !== steps) {
      throw new ArgumentError(
        `${name}: one decision per step is needed (got ${list.length} of them, expected ${steps}).`,
      );
    }
  }
  const { order = 2, data = true, points = 0, relax = null, corrector = false, analyticFirst = false } = decisions;
  if (typeof analyticFirst !== "boolean") {
    throw new ArgumentError(`${name}: analyticFirst must be true or false (got ${String(analyticFirst)}).`);
  }
  return Array.from({ length: steps }, (_, i) => {
    const last = i === steps - 1;
    const ofStep = isList(order) ? order[i] : Math.min(order, i + 1);
    const one: StepDecision = {
      order: ofStep,
      data: isList(data) ? data[i] : data,
      points: isList(points) ? points[i] : Math.min(points, ofStep - 1),
      relax: isList(relax) ? relax[i] : relax,
      corrector: isList(corrector) ? corrector[i] : corrector && !last,
    };
    checkDecision(name, one, i, last);
    return one;
  });
}

function isList<T>(value: PerStep<T>): value is readonly T[] {
  return Array.isArray(value);
}

function checkDecision(name: string, decision: StepDecision, i: number, last: boolean): void {
  const { order, data, points, relax, corrector } = decision;
  checkInteger(name, `order[${i}]`, order, 1, Math.min(4, i + 1));
  checkInteger(name, `points[${i}]`, points, 0, order - 1);
  if (typeof data !== "boolean" || typeof corrector !== "boolean") {
    throw new ArgumentError(
      `${name}: data[${i}] and corrector[${i}] must be true or false (got ${String(data)} and ${String(corrector)}).`,
    );
  }
  if (corrector && last) {
    throw new ArgumentError(
      `${name}: the last step has no call at its end to correct with (got corrector[${i}] = true).`,
    );
  }
  if (typeof relax === "string") checkChoice<string>(name, `relax[${i}]`, relax, RELAXATIONS);
  else if (relax !== null && !Number.isFinite(relax)) {
    throw new ArgumentError(`${name}: relax[${i}] must be a number, a name or null (got ${String(relax)}).`);
  }
}
