/** MRS: fast samplers for mean-reverting diffusion. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import { checkChoice, checkInteger, checkNumber } from "../check.ts";
import { MRS_PAPER } from "../citation.ts";
import { halfLogSnr, type Level } from "../level.ts";
import type { Term } from "../plan/plan.ts";
import type { PlannedSampler } from "./base.ts";
import { noisyStepWeights, type NoisyStepWeights } from "./dpmSolver.ts";
import { checkOrders } from "./dpmSolverMultistep.ts";
import { derivativeTerms, type Point } from "./multistepTerms.ts";
import { countSteps, planned, walk } from "./planned.ts";
import { SOLVER_PREDICTIONS, type SolverPrediction } from "./transfer.ts";

/** Options of {@link mrs}. */
export interface MrsOptions {
  /** 1, 2 or 3 (3 without noise only); 2 when left out. */
  readonly order?: number;
  /** What is integrated; `"x0"` when left out. Noise prediction with fresh noise blows up below about 10 steps. */
  readonly prediction?: SolverPrediction;
  /** Strength of fresh noise: 0 is MR-ODE, 1 is MR-SDE; 0 when left out. */
  readonly eta?: number;
  /** As in `dpmSolverMultistep`. */
  readonly thirdOrder?: "corrected" | "released";
  /** As in `dpmSolverMultistep`; 10 when left out. */
  readonly lowerOrderFinal?: boolean | number;
  /** The order of every step, instead of the rules above. */
  readonly orders?: readonly number[];
}

/** Name of the input that carries mu. */
const MEAN = "mean";

/**
 * MRS (Li et al. 2025), MR-ODE and MR-SDE of order 1 to 3, on the centred signal x - mu: there it is exactly the
 * multistep DPM-Solver(++) with Taylor terms, or its stochastic form, on mean-reverting levels. `sampleMeanReverting`
 * centres and shifts back.
 *
 * On levels with a half log-SNR of their own (`between: "separate"`) the published formula is not a shifted DPM-Solver:
 * give the run mu as input `mean`, and its extra term is added.
 *
 * One model call per step.
 * @throws ArgumentError for bad options; from `begin` for more orders than steps, or separate levels without `mean`
 */
export function mrs(options: MrsOptions = {}): PlannedSampler {
  const factory = "mrs";
  checkOptions(factory, options, ["order", "prediction", "eta", "thirdOrder", "lowerOrderFinal", "orders"]);
  const { order = 2, prediction = "x0", eta = 0, thirdOrder = "corrected", lowerOrderFinal: lower = 10 } = options;
  checkNumber(factory, "eta", eta, 0);
  checkInteger(factory, "order", order, 1, eta === 0 ? 3 : 2);
  checkChoice(factory, "prediction", prediction, SOLVER_PREDICTIONS);
  checkChoice(factory, "thirdOrder", thirdOrder, ["corrected", "released"]);
  if (typeof lower === "number") checkInteger(factory, "lowerOrderFinal", lower, 0);
  options.orders?.forEach((value, i) => checkInteger(factory, `orders[${i}]`, value, 1, Math.min(order, i + 1)));
  const released = order === 3 && thirdOrder === "released";
  const kind = eta === 0 ? "ode" : eta === 1 ? "sde" : `sde(eta=${eta})`;
  const name = `mr-${kind}-${order}${prediction === "epsilon" ? "-epsilon" : ""}${released ? "-released" : ""}`;
  return planned({
    name,
    order: eta > 0 ? 0.5 : released ? 2 : order,
    citations: [MRS_PAPER],
    inputs: [MEAN],
    write: (builder, levels) => {
      const mean = builder.input(MEAN);
      checkSeparate(name, levels, mean !== undefined);
      const steps = countSteps(levels);
      const lowers = typeof lower === "number" ? steps < lower : lower;
      checkOrders(name, levels.length - 1, order, options.orders);
      const history: Point[] = [];
      walk(builder, levels, ({ x, from, to, index, count }) => {
        history.unshift({ lambda: halfLogSnr(from), m: builder.evaluate(x, from, prediction) });
        history.length = Math.min(history.length, order);
        const weights = noisyStepWeights(prediction, from, to, eta);
        const wanted = options.orders?.[index] ?? (lowers ? Math.min(order, steps - count) : order);
        const used = weights.h === Infinity ? 1 : Math.min(wanted, history.length);
        const terms: Term[] = [
          [weights.base, x],
          ...derivativeTerms(weights, history.slice(0, used), "taylor", thirdOrder === "corrected" ? 2 : 1),
        ];
        const extra = mean === undefined ? 0 : meanTerm(prediction, from, to, weights, eta);
        if (mean !== undefined && extra !== 0) terms.push([extra, mean]);
        if (weights.noise > 0) terms.push([weights.noise, builder.noise(from, to)]);
        return builder.combine(terms);
      });
    },
  });
}

function checkSeparate(name: string, levels: readonly Level[], hasMean: boolean): void {
  if (hasMean || levels.every(({ lambda }) => lambda === undefined)) return;
  throw new ArgumentError(
    `${name}: levels with a log-SNR of their own need the mean (got no input "mean"). Pass \`inputs: { mean }\`, or use consistent levels.`,
  );
}

/**
 * What the published update adds to the shifted one, in units of mu: zero for the noise prediction and on consistent
 * levels. Its term for the data prediction is `1 - k + k alpha - alpha'` (k = sigma'/sigma), and
 * `1 - (alpha'/alpha) e^{-2h} - alpha' (1 - e^{-2h})` with fresh noise, where the shift by mu itself gives `1 - base - w1`.
 */
function meanTerm(
  prediction: SolverPrediction,
  from: Level,
  to: Level,
  weights: NoisyStepWeights,
  eta: number,
): number {
  if (prediction === "epsilon" || (from.lambda === undefined && to.lambda === undefined)) return 0;
  const { h, base, w1 } = weights;
  if (eta === 0) return base * from.alpha - to.alpha + w1;
  return base - (to.alpha / from.alpha) * Math.exp(-2 * eta * h) + w1 + to.alpha * Math.expm1(-(1 + eta) * h);
}
