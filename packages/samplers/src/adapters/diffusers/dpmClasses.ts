/** The scheduler classes of the DPM-Solver family: multistep, singlestep, UniPC and DEIS. */
import { ArgumentError } from "@ansatz/tensor";
import { CLEAN, edmSigma, type Level } from "../../level.ts";
import { evenly } from "../../math.ts";
import type { PlannedSampler } from "../../samplers/base.ts";
import type { SolverType } from "../../samplers/dpmSolver.ts";
import { dpmSolverMultistep } from "../../samplers/dpmSolverMultistep.ts";
import { dpmSolverSde } from "../../samplers/dpmSolverSde.ts";
import { dpmSolverSinglestep } from "../../samplers/dpmSolverSinglestep.ts";
import { uniPc } from "../../samplers/uniPc.ts";
import type { DiscreteSchedule } from "../../schedules/base.ts";
import type { ConfigReader } from "./config.ts";
import { dpmFamilyLevels, dpmFlowLevels, flowLevel, shifted, tableOf } from "./levels.ts";
import { dynamicShift, prediction, thresholding, type Build, type Call } from "./shared.ts";

/** The order of every step of the multistep classes. */
function multistepOrders(steps: number, order: number, lower: boolean, firstAtEnd: boolean): number[] {
  return Array.from({ length: steps }, (_, i) => {
    const full = Math.min(order, i + 1);
    if (i === steps - 1 && (firstAtEnd || (lower && steps < 15))) return 1;
    return i === steps - 2 && lower && steps < 15 ? Math.min(full, 2) : full;
  });
}

const ALGORITHMS = ["dpmsolver", "dpmsolver++", "sde-dpmsolver", "sde-dpmsolver++", "deis"] as const;

/** The sampler of the multistep classes. */
export function multistepSampler(config: ConfigReader, steps: number): PlannedSampler {
  const algorithm = config.word("algorithm_type", "dpmsolver++", ALGORITHMS);
  const order = config.number("solver_order", 2);
  const solverType = solverTypeOf(config);
  const zero = config.word("final_sigmas_type", "zero", ["zero", "sigma_min"]) === "zero";
  const lower = config.flag("lower_order_final", true);
  const orders = multistepOrders(steps, order, lower, config.flag("euler_at_final", false) || zero);
  const data = algorithm.endsWith("++") || algorithm === "deis";
  if (!data && zero) {
    throw new ArgumentError(
      `fromDiffusersConfig: ${algorithm} cannot end at sigma 0 there (got final_sigmas_type "zero", expected "sigma_min").`,
    );
  }
  const shared = { order: Math.min(order, steps), solverType, orders, prediction: data ? "x0" : "epsilon" } as const;
  if (!algorithm.startsWith("sde")) return dpmSolverMultistep({ ...shared, thirdOrder: "released" });
  if (order > 2 && !data) {
    throw new ArgumentError(
      `fromDiffusersConfig: sde-dpmsolver has no third order there (got solver_order ${order}, expected 1 or 2).`,
    );
  }
  return dpmSolverSde({ ...shared, thirdOrder: "diffusers" });
}

/** diffusers replaces the solver types of other classes by midpoint. */
function solverTypeOf(config: ConfigReader): SolverType {
  const word = config.word("solver_type", "midpoint", ["midpoint", "heun", "logrho", "bh1", "bh2"]);
  return word === "heun" ? "taylor" : "midpoint";
}

/** The levels of the classes that can also walk flow sigmas. */
function solverLevelsOf(config: ConfigReader, { steps, mu }: Call, table: DiscreteSchedule): Level[] {
  const zero = config.word("final_sigmas_type", "zero", ["zero", "sigma_min"]) === "zero";
  const shift = dynamicShift(config, mu) ?? config.number("flow_shift", 1);
  if (!config.flag("use_flow_sigmas", false)) return dpmFamilyLevels(config, table, steps, zero ? "zero" : "min");
  const last = edmSigma(table.level(0));
  return dpmFlowLevels(steps, table.count, shift, zero ? CLEAN : { alpha: 1 - last, sigma: last, time: 0 });
}

const FLOW_TYPES = ["epsilon", "sample", "v_prediction", "flow_prediction"];

/** DPMSolverMultistepScheduler. */
export const dpmMultistep: Build = (config, call) => {
  const table = tableOf(config, false, [1e-4, 0.02]);
  config.refuse("variance_type", [], "Split off the mean of such networks yourself and leave the key out.");
  return {
    sampler: multistepSampler(config, call.steps),
    levels: solverLevelsOf(config, call, table),
    schedule: table,
    predict: prediction(config, FLOW_TYPES),
    initialScale: 1,
    threshold: thresholding(config),
  };
};

/** Steps of the singlestep class: a group of orders 1, 2 (, 3) there is one step of that order here. */
function singlestepOrders(steps: number, order: number, lower: boolean, zero: boolean): number[] {
  const repeat = (group: number[], times: number): number[] => Array.from({ length: times }, () => group).flat();
  const list = ((): number[] => {
    if (order === 1) return repeat([1], steps);
    if (!lower) return order === 2 ? repeat([1, 2], steps / 2) : repeat([1, 2, 3], steps / 3);
    if (order === 2)
      return steps % 2 === 0 ? [...repeat([1, 2], steps / 2 - 1), 1, 1] : [...repeat([1, 2], (steps - 1) / 2), 1];
    if (steps % 3 === 0) return [...repeat([1, 2, 3], steps / 3 - 1), 1, 2, 1];
    return [...repeat([1, 2, 3], Math.floor(steps / 3)), ...(steps % 3 === 1 ? [1] : [1, 2])];
  })();
  if (zero) list[list.length - 1] = 1;
  const orders: number[] = [];
  for (const value of list) {
    if (value === 1) orders.push(1);
    else orders[orders.length - 1] = value;
  }
  return orders;
}

/** DPMSolverSinglestepScheduler. */
export const dpmSinglestep: Build = (config, call) => {
  const { steps } = call;
  const table = tableOf(config, false, [1e-4, 0.02]);
  const algorithm = config.word("algorithm_type", "dpmsolver++", ["dpmsolver", "dpmsolver++", "deis"]);
  const order = config.number("solver_order", 2);
  const zero = config.word("final_sigmas_type", "zero", ["zero", "sigma_min"]) === "zero";
  const lower = config.flag("lower_order_final", false) || steps % order !== 0 || zero;
  config.refuse("variance_type", [], "Split off the mean of such networks yourself and leave the key out.");
  if (algorithm === "dpmsolver" && zero) {
    throw new ArgumentError(
      `fromDiffusersConfig: dpmsolver cannot end at sigma 0 there (got final_sigmas_type "zero", expected "sigma_min").`,
    );
  }
  const orders = singlestepOrders(steps, order, lower, zero);
  return {
    sampler: dpmSolverSinglestep({
      order: Math.max(...orders),
      orders,
      solverType: solverTypeOf(config),
      prediction: algorithm === "dpmsolver" ? "epsilon" : "x0",
      thirdOrderInner: "second-order",
    }),
    levels: solverLevelsOf(config, call, table),
    schedule: table,
    predict: prediction(config, FLOW_TYPES),
    initialScale: 1,
    threshold: thresholding(config),
  };
};

/** UniPCMultistepScheduler. */
export const uniPcMultistep: Build = (config, call) => {
  const { steps, mu } = call;
  const table = tableOf(config, false, [1e-4, 0.02]);
  const kind = config.word("solver_type", "bh2", ["bh1", "bh2", "midpoint", "heun", "logrho"]);
  config.refuse("solver_p", [], "Another predictor inside UniPC is not supported.");
  config.refuse("shift_terminal", [], "Use FlowMatchEulerDiscreteScheduler, or a list of levels of your own.");
  config.refuse("sigma_min", [], "Build the level list with levelsFromSigmas.");
  config.refuse("sigma_max", [], "Build the level list with levelsFromSigmas.");
  const sampler = uniPc({
    order: Math.min(config.number("solver_order", 2), 3),
    variant: kind === "bh1" ? "bh1" : "bh2",
    prediction: config.flag("predict_x0", true) ? "x0" : "epsilon",
    uncorrected: config.list("disable_corrector") ?? [],
    lowerOrderFinal: config.flag("lower_order_final", true),
  });
  const shared = {
    sampler,
    schedule: table,
    predict: prediction(config, FLOW_TYPES),
    initialScale: 1,
    threshold: thresholding(config),
    differences:
      kind === "bh1" ? ["The last step to sigma 0 gives NaN there with bh1; here it is the estimate of x0."] : [],
  };
  if (!config.flag("use_flow_sigmas", false)) return { ...shared, levels: solverLevelsOf(config, call, table) };
  const count = table.count;
  const shift = dynamicShift(config, mu) ?? config.number("flow_shift", 1);
  const zero = config.word("final_sigmas_type", "zero", ["zero", "sigma_min"]) === "zero";
  const sigmas = evenly(1, 1 / count, steps + 1)
    .slice(0, steps)
    .map((s) => shifted(s, shift));
  if (Math.abs(sigmas[0] - 1) < 1e-6) sigmas[0] -= 1e-6;
  const levels = sigmas.map((s) => ({ ...flowLevel(s, count), time: Math.floor(count * s) }));
  return { ...shared, levels: [...levels, zero ? CLEAN : levels[steps - 1]] };
};

/** DEISMultistepScheduler. */
export const deisMultistep: Build = (config, call) => {
  const { steps } = call;
  const table = tableOf(config, false, [1e-4, 0.02]);
  config.word("algorithm_type", "deis", ["deis", "dpmsolver", "dpmsolver++"]);
  config.word("solver_type", "logrho", ["logrho", "midpoint", "heun", "bh1", "bh2"]);
  const order = config.number("solver_order", 2);
  const flow = config.flag("use_flow_sigmas", false);
  const shift = dynamicShift(config, call.mu) ?? config.number("flow_shift", 1);
  const orders = multistepOrders(steps, order, config.flag("lower_order_final", true), false);
  const flowLevels = flow ? dpmFlowLevels(steps, table.count, shift, CLEAN).slice(0, -1) : [];
  const levels = flow ? flowLevels : dpmFamilyLevels(config, table, steps, "min");
  return {
    // The polynomial in log rho through the last predictions, integrated exactly: Taylor terms of the noise prediction.
    sampler: dpmSolverMultistep({
      order: Math.min(order, steps),
      prediction: "epsilon",
      solverType: "taylor",
      thirdOrder: "corrected",
      orders,
    }),
    levels: flow ? [...levels, flowLevels[steps - 1]] : levels,
    schedule: table,
    predict: prediction(config, FLOW_TYPES),
    initialScale: 1,
    threshold: thresholding(config),
  };
};
