/**
 * What a network may predict, as one table. Every prediction is a fixed combination `p x0 + r epsilon` of the clean
 * signal and the noise; together with `x = alpha x0 + sigma epsilon` two such combinations determine every other one.
 */
import { ArgumentError } from "@ansatz/tensor";
import { checkChoice } from "../check.ts";
import { showLevel, type Level } from "../level.ts";

/** What a network predicts. */
export type Prediction = "x0" | "epsilon" | "v" | "score" | "flow";

/** Every kind of prediction. */
export const PREDICTIONS: readonly Prediction[] = ["x0", "epsilon", "v", "score", "flow"];

/** The pair (p, r) of a prediction `p x0 + r epsilon`. */
type Mixture = readonly [signal: number, noise: number];

const TABLE: Record<Prediction, (level: Level) => Mixture> = {
  x0: () => [1, 0],
  epsilon: () => [0, 1],
  /** v = alpha epsilon - sigma x0 (Salimans & Ho 2022). */
  v: ({ alpha, sigma }) => [-sigma, alpha],
  /** score = -epsilon / sigma, the gradient of the log density of x. */
  score: ({ sigma }) => [0, -1 / sigma],
  /** flow = epsilon - x0, the velocity of a straight path from data to noise. */
  flow: () => [-1, 1],
};

/**
 * The pair (p, r) with `prediction = p x0 + r epsilon` at a level. The noise factor of a score is infinite at sigma 0.
 * @throws ArgumentError for an unknown prediction
 */
export function mixtureOf(prediction: Prediction, level: Level): Mixture {
  checkChoice("mixtureOf", "prediction", prediction, PREDICTIONS);
  return TABLE[prediction](level);
}

/** Factors (a, b) of a conversion `target = a x + b prediction`. */
export interface Conversion {
  /** Factor of the noisy signal x. */
  readonly x: number;
  /** Factor of the prediction. */
  readonly prediction: number;
}

const IDENTITY: Conversion = { x: 0, prediction: 1 };

/**
 * Factors that turn one prediction into another at a level: with `from = p x0 + r epsilon`, `to = p' x0 + r' epsilon`
 * and `D = alpha r - sigma p`, `to = ((p' r - r' p) x + (r' alpha - p' sigma) from) / D`.
 *
 * One division, done in f64: never by way of a third prediction.
 * @throws ArgumentError where the level leaves the target undetermined: x0 from epsilon or score at alpha = 0, epsilon
 *   from x0 at sigma = 0, anything to or from a score at sigma = 0
 */
export function conversion(from: Prediction, to: Prediction, level: Level): Conversion {
  checkChoice("conversion", "prediction", from, PREDICTIONS);
  checkChoice("conversion", "prediction", to, PREDICTIONS);
  if (from === to) return IDENTITY;
  const [p, r] = TABLE[from](level);
  const [pTo, rTo] = TABLE[to](level);
  if ((from === "score" || to === "score") && level.sigma === 0) throw undefinedAt(from, to, level);
  const cross = pTo * r - rTo * p;
  // Multiples of each other need no x, and stay defined at pure noise.
  if (cross === 0) return { x: 0, prediction: p === 0 ? rTo / r : pTo / p };
  const determinant = level.alpha * r - level.sigma * p;
  if (determinant === 0) throw undefinedAt(from, to, level);
  // + 0 turns a negative zero into an ordinary one.
  return { x: cross / determinant, prediction: (rTo * level.alpha - pTo * level.sigma) / determinant + 0 };
}

function undefinedAt(from: Prediction, to: Prediction, level: Level): ArgumentError {
  const hint =
    level.alpha === 0
      ? "At alpha = 0 use a model that predicts x0, v or flow, or start below pure noise."
      : "At sigma = 0 only x0 and flow are determined by a prediction of the signal; end above sigma 0.";
  return new ArgumentError(
    `conversion: ${to} cannot be computed from ${from} at this level (got ${showLevel(level)}). ${hint}`,
  );
}
