/** Samplers whose coefficients depend on the levels alone, made from a function that writes their plan. */
import { ArgumentError, checkOptions, type Citation } from "@ansatz/tensor";
import { checkLevels, isSameLevel, type Direction, type Level } from "../level.ts";
import { buildPlan, type PlanBuilder } from "../plan/builder.ts";
import type { Value } from "../plan/plan.ts";
import { resumePlan, startPlan } from "../plan/run.ts";
import { checkBegin } from "../plan/start.ts";
import type { Schedule } from "../schedules/base.ts";
import type { PlannedSampler } from "./base.ts";

/** What a planned sampler has to say. */
export interface PlannedDefinition {
  readonly name: string;
  readonly order: number;
  readonly citations: readonly Citation[];
  /** Which way the levels go; `"denoising"` when left out. */
  readonly direction?: Direction;
  /** Names of the inputs that a run may be given beside the initial signal. */
  readonly inputs?: readonly string[];
  /** Writes the instructions for checked levels. */
  write(builder: PlanBuilder, levels: readonly Level[], schedule: Schedule | undefined): void;
}

/**
 * The sampler of a definition.
 * @throws ArgumentError for arguments out of range, levels that are none or an unknown option
 */
export function planned(definition: PlannedDefinition): PlannedSampler {
  const { name, order, citations, direction = "denoising", inputs = [], write } = definition;
  const plan: PlannedSampler["plan"] = (levels, options) => {
    checkBegin(name, options);
    checkLevels(name, levels, direction);
    const given = options?.inputs ?? {};
    checkOptions(`${name}: inputs`, given, inputs);
    const present = inputs.filter((input) => given[input] !== undefined);
    return buildPlan(name, (builder) => write(builder, levels, options?.schedule), present);
  };
  return {
    name,
    order,
    citations,
    plan,
    begin: (levels, x, options) => startPlan(name, plan(levels, options), levels[0], x, options),
    resume: (levels, state, options) => resumePlan(name, plan(levels, options), levels[0], state, options),
  };
}

/** One step of {@link walk}. */
export interface WalkStep {
  readonly x: Value;
  readonly from: Level;
  readonly to: Level;
  /** Number of the step in the list of levels. */
  readonly index: number;
  /** Number of the step, steps of length zero not counted. */
  readonly count: number;
}

/**
 * Walks along levels and finishes every step. Steps of length zero are the identity: they cost no model call and leave
 * no trace in a method's history.
 */
export function walk(builder: PlanBuilder, levels: readonly Level[], update: (step: WalkStep) => Value): void {
  let x = builder.start;
  let count = 0;
  for (let index = 0; index + 1 < levels.length; index++) {
    const from = levels[index];
    const to = levels[index + 1];
    if (!isSameLevel(from, to)) x = update({ x, from, to, index, count: count++ });
    builder.finish(x, to);
  }
}

/** Number of steps that are longer than zero. */
export function countSteps(levels: readonly Level[]): number {
  let count = 0;
  for (let i = 0; i + 1 < levels.length; i++) if (!isSameLevel(levels[i], levels[i + 1])) count++;
  return count;
}

/** Throws unless there is one order per step, where orders are given. */
export function checkStepOrders(name: string, steps: number, orders: readonly number[] | undefined): void {
  if (orders !== undefined && orders.length !== steps) {
    throw new ArgumentError(`${name}: one order per step is needed (got ${orders.length} orders, expected ${steps}).`);
  }
}
