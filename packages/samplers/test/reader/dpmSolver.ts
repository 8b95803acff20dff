/** `dpm_solver.json`: multistep, singlestep and adaptive DPM-Solver and DPM-Solver++. */
import {
  continuousLevels,
  discreteLevels,
  dpmSolverAdaptive,
  dpmSolverMultistep,
  dpmSolverSinglestep,
  edmSigma,
  fastOrders,
  levelGrid,
  vpLevelFromEdmSigma,
  vpLinear,
  type DiscreteLevelOptions,
  type Level,
  type SolverPrediction,
  type SolverType,
} from "@ansatz/samplers";
import {
  expectClose,
  expectEqual,
  knownKeys,
  unknownCase,
  unknownSections,
  type GoldenCase,
  type GoldenReader,
} from "@ansatz/golden";
import { denoiserOf, expectRun, points, tableOf } from "./common.ts";
import { SPACINGS } from "./schedules.ts";

export const dpmSolver: GoldenReader = (file) => [
  ...unknownSections(file, [
    "about",
    "source",
    "tolerance",
    "models",
    "x_T",
    "continuous",
    "adaptive",
    "diffusers_multistep",
    "corrected_third_order",
  ]),
  ...(file.continuous ?? []).map((entry: any) => continuous(entry, file)),
  ...(file.adaptive ?? []).map((entry: any) => adaptive(entry, file)),
  ...(file.diffusers_multistep ?? []).map((entry: any) => diffusersMultistep(entry, file)),
  ...(file.corrected_third_order ?? []).map((entry: any) => correctedThirdOrder(entry, file)),
];

const PREDICTIONS: Record<string, SolverPrediction> = { dpmsolver: "epsilon", "dpmsolver++": "x0" };
const SOLVER_TYPES: Record<string, SolverType> = {
  dpmsolver: "midpoint",
  midpoint: "midpoint",
  taylor: "taylor",
  heun: "taylor",
};

function settings(entry: any): { prediction: SolverPrediction; solverType: SolverType } {
  const prediction = PREDICTIONS[entry.algorithm];
  const solverType = SOLVER_TYPES[entry.solver_type ?? "dpmsolver"];
  if (prediction === undefined || solverType === undefined) {
    throw new Error(`unknown algorithm ${entry.algorithm} or solver type ${entry.solver_type}`);
  }
  return { prediction, solverType };
}

function continuous(entry: any, file: any): GoldenCase {
  const { model, algorithm, method, order, solver_type, skip, t_end } = entry;
  const calls = entry.nfe ?? entry.steps;
  const name = `${algorithm} ${method} order ${order} ${solver_type} ${skip} ${calls} ${model}`;
  if (method !== "multistep" && method !== "singlestep_fast") return unknownCase(name, method);
  return {
    name,
    kind: `${algorithm} ${method}`,
    async run() {
      knownKeys(name, entry, [
        "model",
        "algorithm",
        "method",
        "order",
        "solver_type",
        "skip",
        "steps",
        "nfe",
        "orders",
        "lower_order_final",
        "t_end",
        "final",
      ]);
      const grid = levelGrid(vpLinear(), { spacing: SPACINGS[skip], end: t_end });
      const shared = { order, ...settings(entry) };
      let run;
      if (method === "multistep") {
        const lowerOrderFinal = entry.lower_order_final;
        const sampler = dpmSolverMultistep({ ...shared, thirdOrder: "released", lowerOrderFinal });
        run = { sampler, levels: grid.levels(calls) };
      } else {
        const orders = fastOrders(calls, order);
        expectEqual("orders", orders, entry.orders);
        run = { sampler: dpmSolverSinglestep({ ...shared, orders }), levels: grid.singlestep(orders) };
      }
      await expectRun(
        { ...run, denoiser: denoiserOf(file.models[model]), x: points(file.x_T[model]) },
        { final: entry.final, evaluations: calls },
        file.tolerance,
      );
    },
  };
}

function adaptive(entry: any, file: any): GoldenCase {
  const name = `${entry.algorithm} adaptive order ${entry.order} rtol ${entry.rtol} ${entry.model}`;
  return {
    name,
    kind: `${entry.algorithm} adaptive`,
    async run() {
      knownKeys(name, entry, [
        "model",
        "algorithm",
        "order",
        "rtol",
        "atol",
        "h_init",
        "theta",
        "t_err",
        "norm",
        "nfe",
        "accepted",
        "rejected",
        "final",
      ]);
      const schedule = vpLinear();
      const options = {
        order: entry.order,
        ...settings(entry),
        rtol: entry.rtol,
        atol: entry.atol,
        initialStep: entry.h_init,
        safety: entry.theta,
        timeTolerance: entry.t_err,
      };
      const common = {
        schedule,
        levels: continuousLevels(schedule, { steps: 1 }),
        denoiser: denoiserOf(file.models[entry.model]),
        x: points(file.x_T[entry.model]),
      };
      const tolerance = { abs: file.tolerance.adaptive_abs, rel: file.tolerance.rel };
      const result = await expectRun(
        { ...common, sampler: dpmSolverAdaptive(options) },
        { final: entry.final, evaluations: entry.nfe },
        tolerance,
      );
      expectEqual("accepted", result.iterations, entry.accepted);
      expectEqual("rejected", result.cost.rejected, entry.rejected);
      await expectRun(
        { ...common, sampler: dpmSolverAdaptive({ ...options, reuse: true }) },
        { final: entry.final, evaluations: entry.nfe - entry.rejected },
        tolerance,
      );
    },
  };
}

function diffusersMultistep(entry: any, file: any): GoldenCase {
  const { algorithm, kind, spacing, order, solver_type, steps, model, sigmas } = entry;
  const name = `diffusers ${algorithm} ${kind} ${spacing} order ${order} ${solver_type} ${steps} steps ${model}`;
  return {
    name,
    kind: `${algorithm} multistep`,
    async run() {
      knownKeys(name, entry, [
        "note",
        "model",
        "kind",
        "beta_start",
        "beta_end",
        "spacing",
        "order",
        "solver_type",
        "algorithm",
        "steps",
        "per_step_orders",
        "sigmas",
        "final",
      ]);
      const levels = sigmas.map((u: number) => vpLevelFromEdmSigma(u));
      const own = diffusersLevels(entry);
      expectClose("sigmas", own.map(edmSigma), sigmas, { abs: 1e-12, rel: 1e-10 });
      const sampler = dpmSolverMultistep({
        order,
        ...settings(entry),
        thirdOrder: "released",
        orders: entry.per_step_orders,
      });
      // A last step of length zero is not evaluated.
      const evaluations = sampler.plan(levels).evaluations;
      const repeated = Math.abs(sigmas[steps] / sigmas[steps - 1] - 1) < 1e-12;
      expectEqual("model calls", evaluations, repeated ? steps - 1 : steps);
      for (const walked of [levels, own]) {
        await expectRun(
          { sampler, levels: walked, denoiser: denoiserOf(file.models[model]), x: points(file.x_T[model]) },
          { final: entry.final, evaluations },
          file.tolerance,
        );
      }
    },
  };
}

function diffusersLevels(entry: any): Level[] {
  const { spacing, steps, sigmas } = entry;
  const final = sigmas[steps] === 0 ? "zero" : "min";
  const options: Record<string, Omit<DiscreteLevelOptions, "steps">> = {
    leading: { spacing: "leading", convention: "dpm" },
    trailing: { spacing: "trailing", convention: "dpm" },
    linspace: { spacing: "linspace", convention: "dpm" },
    karras: { spacing: "karras" },
    lu: { spacing: "log-snr" },
  };
  if (options[spacing] === undefined) throw new Error(`unknown spacing ${spacing}`);
  return discreteLevels(tableOf(entry), { steps, final, ...options[spacing] });
}

function correctedThirdOrder(entry: any, file: any): GoldenCase {
  const name = `corrected third order ${entry.data_prediction ? "data" : "noise"} ${entry.steps} steps ${entry.model}`;
  return {
    name,
    kind: "corrected third order",
    async run() {
      knownKeys(name, entry, ["model", "data_prediction", "steps", "skip", "t_end", "orders", "final"]);
      const sampler = dpmSolverMultistep({
        order: 3,
        prediction: entry.data_prediction ? "x0" : "epsilon",
        solverType: "taylor",
        lowerOrderFinal: false,
      });
      const spacing = SPACINGS[entry.skip];
      const levels = continuousLevels(vpLinear(), { steps: entry.steps, spacing, end: entry.t_end });
      await expectRun(
        { sampler, levels, denoiser: denoiserOf(file.models[entry.model]), x: points(file.x_T[entry.model]) },
        { final: entry.final, evaluations: entry.steps },
        file.tolerance,
      );
    },
  };
}
