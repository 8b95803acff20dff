/** DPM-Solver and DPM-Solver++ for the reverse-time stochastic equation, with any share of noise. */
import { checkOptions, distinctCitations } from "@ansatz/tensor";
import { checkChoice, checkInteger, checkNumber } from "../check.ts";
import { DPM_SOLVER_PLUS_PAPER } from "../citation.ts";
import { halfLogSnr } from "../level.ts";
import type { PlannedSampler } from "./base.ts";
import { dpmSettings, noisyStepWeights, type DpmSolverOptions } from "./dpmSolver.ts";
import { checkOrders } from "./dpmSolverMultistep.ts";
import { derivativeTerms, type Point } from "./multistepTerms.ts";
import { countSteps, planned, walk } from "./planned.ts";

/** Options of {@link dpmSolverSde}. */
export interface DpmSolverSdeOptions extends DpmSolverOptions {
  /** 1, 2 or 3; 2 when left out. */
  readonly order?: number;
  /** Strength of the noise, 0 (none) and up; 1 (the reverse-time equation) when left out. */
  readonly eta?: number;
  /** Factor on the noise drawn, >= 0; 1 when left out. (k-diffusion's `s_noise`.) */
  readonly noiseScale?: number;
  /**
   * As in `dpmSolverMultistep`, or `"diffusers"`: its third order has the weight of the second difference smaller by
   * alpha', which does not vanish with the step.
   */
  readonly thirdOrder?: "corrected" | "released" | "diffusers";
  /** As in `dpmSolverMultistep`; 10 when left out. */
  readonly lowerOrderFinal?: boolean | number;
  /** The order of every step, instead of the rules above: each at most `order` and at most its number from 1. */
  readonly orders?: readonly number[];
}

/**
 * Multistep exponential integrators of the stochastic equation (Lu et al. 2022b, section 5: SDE-DPM-Solver, SDE-DPM-Solver++, DPM++ 2M SDE and 3M
 * SDE): the deterministic formulas with the weights of `noisyStepWeights`, plus fresh noise on every step but one to
 * sigma 0. One model call per step.
 *
 * Order names the polynomial degree of the prediction plus one; as every method with fresh noise it converges with
 * order 0.5 to a given path, and with its own order in mean. Order 1 with data prediction and eta = 1 is ancestral
 * sampling (`ddpm`). eta = 0 is `dpmSolverMultistep`. Noise prediction is fragile below about ten steps: the error of an
 * early step grows with the signal.
 * @throws ArgumentError for bad options; from `begin` for more orders than steps
 */
export function dpmSolverSde(options: DpmSolverSdeOptions = {}): PlannedSampler {
  const factory = "dpmSolverSde";
  checkOptions(factory, options, [
    "order",
    "eta",
    "noiseScale",
    "prediction",
    "solverType",
    "thirdOrder",
    "lowerOrderFinal",
    "orders",
  ]);
  const order = options.order ?? 2;
  checkInteger(factory, "order", order, 1, 3);
  const eta = options.eta ?? 1;
  checkNumber(factory, "eta", eta, 0);
  const noiseScale = options.noiseScale ?? 1;
  checkNumber(factory, "noiseScale", noiseScale, 0);
  const thirdOrder = options.thirdOrder ?? "corrected";
  checkChoice(factory, "thirdOrder", thirdOrder, ["corrected", "released", "diffusers"]);
  const lower = options.lowerOrderFinal ?? 10;
  if (typeof lower === "number") checkInteger(factory, "lowerOrderFinal", lower, 0);
  options.orders?.forEach((value, i) => checkInteger(factory, `orders[${i}]`, value, 1, Math.min(order, i + 1)));
  const { prediction, solverType, family, citations } = dpmSettings(factory, options);
  const name = `sde-${family}-${order}m${eta === 1 ? "" : `(eta=${eta})`}`;
  const deterministic = order === 3 && thirdOrder !== "corrected" ? 2 : order;
  return planned({
    name,
    order: eta === 0 ? deterministic : 0.5,
    citations: distinctCitations(citations, [DPM_SOLVER_PLUS_PAPER]),
    write: (builder, levels) => {
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
        const scale = thirdOrder === "corrected" ? 2 : 1;
        const shifted = thirdOrder === "diffusers" && weights.noise > 0 ? { w3: weights.w3 - to.alpha } : {};
        const terms = derivativeTerms({ ...weights, ...shifted }, history.slice(0, used), solverType, scale);
        const fresh = weights.noise * noiseScale;
        return builder.combine([
          [weights.base, x],
          ...terms,
          ...(fresh === 0 ? [] : [[fresh, builder.noise(from, to)] as const]),
        ]);
      });
    },
  });
}
