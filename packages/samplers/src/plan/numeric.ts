/** Plans on plain f64 arrays: for tests, searches over coefficients and reference runs of small problems. */
import { ArgumentError } from "@ansatz/tensor";
import type { Level } from "../level.ts";
import type { Prediction } from "../predictions/table.ts";
import type { Plan } from "./plan.ts";

/** A model on plain arrays: writes nothing, returns the prediction that is asked for. */
export type NumericModel = (x: Float64Array, level: Level, predict: Prediction) => Float64Array;

/** Noise on plain arrays for step `step`. */
export type NumericNoise = (step: number, size: number) => Float64Array;

/**
 * Runs a plan in f64 on plain arrays and returns x after every step.
 * @param noise needed by plans that draw noise
 */
export function runPlanNumeric(plan: Plan, x: Float64Array, model: NumericModel, noise?: NumericNoise): Float64Array[] {
  if (plan.noisy && noise === undefined) {
    throw new ArgumentError("runPlanNumeric: the plan draws noise (got no noise function). Pass one.");
  }
  const values = new Array<Float64Array>(plan.values);
  values[0] = x;
  const trajectory: Float64Array[] = [];
  for (const instruction of plan.instructions) {
    switch (instruction.op) {
      case "evaluate":
        values[instruction.into] = model(values[instruction.x], instruction.level, instruction.predict);
        break;
      case "noise":
        values[instruction.into] = (noise as NumericNoise)(instruction.step, x.length);
        break;
      case "combine": {
        const sum = new Float64Array(x.length);
        for (const [coefficient, value] of instruction.terms) {
          const term = values[value];
          for (let i = 0; i < sum.length; i++) sum[i] += coefficient * term[i];
        }
        values[instruction.into] = sum;
        break;
      }
      case "finish":
        trajectory.push(values[instruction.x]);
        break;
    }
  }
  return trajectory;
}
