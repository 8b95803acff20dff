/** Writing plans. */
import { ArgumentError, InternalError } from "@ansatz/tensor";
import type { Level } from "../level.ts";
import { conversion, type Prediction } from "../predictions/table.ts";
import type { Evaluate, Instruction, Plan, Term, TransformFunction, Value } from "./plan.ts";

/** What a sampler writes its plan with. */
export interface PlanBuilder {
  /** The initial noisy signal. */
  readonly start: Value;
  /** A further input by name; undefined when the run was not given it. */
  input(name: string): Value | undefined;
  /** Asks the model for a prediction at `x`. */
  evaluate(x: Value, level: Level, predict: Prediction): Value;
  /** Draws noise for the current step. */
  noise(from: Level, to: Level): Value;
  /** A linear combination; equal values are merged, and a single value with factor 1 is returned itself. */
  combine(terms: readonly Term[]): Value;
  /** Something that is not linear in its arguments. */
  transform(name: string, values: readonly Value[], compute: TransformFunction): Value;
  /** Ends a step: `x` lies on `level`. */
  finish(x: Value, level: Level): void;
}

/**
 * Builds a plan.
 * @param name the sampler, for messages
 * @param write writes the instructions
 * @param inputs names of the inputs that the run is given beside the initial signal
 * @throws ArgumentError when a coefficient is not finite, i.e. the method is undefined on these levels
 */
export function buildPlan(name: string, write: (builder: PlanBuilder) => void, inputs: readonly string[] = []): Plan {
  const instructions: Instruction[] = [];
  let values = 1 + inputs.length;
  let evaluations = 0;
  let steps = 0;
  let noisy = false;
  let lastCall: Evaluate | null = null;
  write({
    start: 0,
    input(wanted) {
      const at = inputs.indexOf(wanted);
      return at < 0 ? undefined : at + 1;
    },
    evaluate(x, level, predict) {
      evaluations++;
      lastCall = { op: "evaluate", x, level, predict, into: values++ };
      instructions.push(lastCall);
      return lastCall.into;
    },
    noise(from, to) {
      noisy = true;
      instructions.push({ op: "noise", step: steps, from, to, into: values });
      return values++;
    },
    combine(terms) {
      const merged = merge(name, steps, terms);
      if (merged.length === 1 && merged[0][0] === 1) return merged[0][1];
      instructions.push({ op: "combine", terms: merged, into: values });
      return values++;
    },
    transform(what, args, compute) {
      instructions.push({ op: "transform", name: what, arguments: args, compute, into: values });
      return values++;
    },
    finish(x, level) {
      steps++;
      const denoised = lastCall === null ? [] : denoisedTerms(lastCall);
      instructions.push({ op: "finish", step: steps, x, level, denoised });
      lastCall = null;
    },
  });
  return { instructions, inputs, values, evaluations, steps, noisy, lastUse: lastUses(instructions, values) };
}

function merge(name: string, step: number, terms: readonly Term[]): Term[] {
  const sums = new Map<Value, number>();
  for (const [coefficient, value] of terms) {
    if (!Number.isFinite(coefficient)) {
      throw new ArgumentError(
        `${name}: step ${step} has no finite update (got a coefficient of ${coefficient}). ` +
          `Start below pure noise, or use a first-order or data-prediction method there.`,
      );
    }
    sums.set(value, (sums.get(value) ?? 0) + coefficient);
  }
  const merged = [...sums].map(([value, coefficient]): Term => [coefficient, value]);
  const used = merged.filter(([coefficient]) => coefficient !== 0);
  if (merged.length === 0) throw new InternalError(`${name}: a combination without terms.`);
  return used.length > 0 ? used : merged.slice(0, 1);
}

/** x0 from the last call of a step. */
function denoisedTerms(call: Evaluate): Term[] {
  const factors = conversion(call.predict, "x0", call.level);
  const terms: Term[] = [
    [factors.x, call.x],
    [factors.prediction, call.into],
  ];
  return terms.filter(([coefficient]) => coefficient !== 0);
}

/** A finished `x` lives until the next one is there, the last one for ever. */
function lastUses(instructions: readonly Instruction[], values: number): number[] {
  const last = new Array<number>(values).fill(-1);
  let current: Value = 0;
  instructions.forEach((instruction, i) => {
    switch (instruction.op) {
      case "evaluate":
        last[instruction.x] = i;
        break;
      case "combine":
        for (const [, value] of instruction.terms) last[value] = i;
        break;
      case "transform":
        for (const value of instruction.arguments) last[value] = i;
        break;
      case "finish":
        for (const [, value] of instruction.denoised) last[value] = i;
        last[current] = Math.max(last[current], i);
        current = instruction.x;
        break;
      case "noise":
        break;
    }
    if ("into" in instruction) last[instruction.into] = Math.max(last[instruction.into], i);
  });
  last[current] = instructions.length;
  return last;
}
