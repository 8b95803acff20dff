/** From continuous time to the time that a network was trained with. */
import { checkChoice, checkInteger } from "../check.ts";

/**
 * Which time a model is told at continuous time t in (0, 1]:
 * - `continuous`: t itself;
 * - `index`: `N max(t - 1/N, 0)`, the fractional index of a table whose entry i stands at time (i+1)/N;
 * - `scaled-index`: `(N - 1) t`.
 */
export type ModelTime = "continuous" | "index" | "scaled-index";

const MODEL_TIMES: readonly ModelTime[] = ["continuous", "index", "scaled-index"];

/**
 * The map from continuous time to model time (DPM-Solver's time types 0, 1 and 2).
 * @param kind which time the model expects
 * @param count N, the number of entries of the table the model was trained on
 * @throws ArgumentError for count out of range or an unknown kind
 */
export function modelTime(kind: ModelTime, count = 1000): (time: number) => number {
  checkChoice("modelTime", "kind", kind, MODEL_TIMES);
  checkInteger("modelTime", "count", count, 1);
  if (kind === "continuous") return (t) => t;
  if (kind === "scaled-index") return (t) => (count - 1) * t;
  return (t) => count * Math.max(t - 1 / count, 0);
}
