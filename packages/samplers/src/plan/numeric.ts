/** Plans on plain f64 arrays: for tests, searches over coefficients and reference runs of small problems. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import type { Level } from "../level.ts";
import type { Prediction } from "../predictions/table.ts";
import type { Plan, Term } from "./plan.ts";

/** A model on plain arrays: writes nothing, returns the prediction that is asked for. */
export type NumericModel = (x: Float64Array, level: Level, predict: Prediction) => Float64Array;

/** Noise on plain arrays for step `step`. */
export type NumericNoise = (step: number, size: number) => Float64Array;

/** What a plan on plain arrays may need beside its model. */
export interface NumericOptions {
  /** Needed by plans that draw noise. */
  readonly noise?: NumericNoise;
  /** Further inputs of the plan, by name. */
  readonly inputs?: Readonly<Record<string, Float64Array>>;
  /** Number of samples in `x`, for steps that treat samples one by one; 1 when left out. */
  readonly samples?: number;
}

/**
 * Runs a plan in f64 on plain arrays and returns x after every step.
 * @param options noise, further inputs, number of samples
 * @throws ArgumentError for plans that draw noise when there is none, or that lack an input
 */
export function runPlanNumeric(
  plan: Plan,
  x: Float64Array,
  model: NumericModel,
  options: NumericOptions = {},
): Float64Array[] {
  checkOptions("runPlanNumeric", options, ["noise", "inputs", "samples"]);
  const { noise, inputs = {}, samples = 1 } = options;
  if (plan.noisy && noise === undefined) {
    throw new ArgumentError("runPlanNumeric: the plan draws noise (got no noise function). Pass one.");
  }
  const values = new Array<Float64Array>(plan.values);
  values[0] = x;
  plan.inputs.forEach((input, i) => {
    if (inputs[input] === undefined) {
      throw new ArgumentError(`runPlanNumeric: the plan needs an input (got no ${JSON.stringify(input)}). Pass it.`);
    }
    values[i + 1] = inputs[input];
  });
  const trajectory: Float64Array[] = [];
  for (const instruction of plan.instructions) {
    switch (instruction.op) {
      case "evaluate":
        values[instruction.into] = model(values[instruction.x], instruction.level, instruction.predict);
        break;
      case "noise":
        values[instruction.into] = (noise as NumericNoise)(instruction.step, x.length);
        break;
      case "combine":
        values[instruction.into] = combined(instruction.terms, values, x.length);
        break;
      case "transform":
        values[instruction.into] = instruction.compute.numeric(
          samples,
          ...instruction.arguments.map((value) => values[value]),
        );
        break;
      case "finish":
        trajectory.push(values[instruction.x]);
        break;
    }
  }
  return trajectory;
}

/** A linear combination; two terms in one pass. */
function combined(terms: readonly Term[], values: readonly Float64Array[], size: number): Float64Array {
  const sum = new Float64Array(size);
  for (let t = 0; t < terms.length; t += 2) {
    const [a, first] = [terms[t][0], values[terms[t][1]]];
    if (t + 1 === terms.length) {
      for (let i = 0; i < size; i++) sum[i] += a * first[i];
    } else {
      const [b, second] = [terms[t + 1][0], values[terms[t + 1][1]]];
      for (let i = 0; i < size; i++) sum[i] = sum[i] + a * first[i] + b * second[i];
    }
  }
  return sum;
}
