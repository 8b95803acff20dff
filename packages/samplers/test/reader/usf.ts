/** `usf.json`: explicit solver schedules. */
import {
  solverEvaluations,
  solverLevels,
  solverSchedule,
  usf as usfSampler,
  vpLinear,
  type SolverSchedule,
} from "@ansatz/samplers";
import { expectEqual, knownKeys, unknownSections, type GoldenCase, type GoldenReader } from "@ansatz/golden";
import { words } from "./words.ts";
import { denoiserOf, expectRun, points } from "./common.ts";

export const usf: GoldenReader = (file) => [
  ...unknownSections(file, ["about", "source", "tolerance", "model_A", "x_T", "cases"]),
  ...(file.cases ?? []).map((entry: any, i: number) => caseOf(entry, file, i)),
];

/** The fields of a solver schedule in the files. */
export const SCHEDULE_KEYS: readonly string[] = words(
  "timesteps taylor_order data_prediction first_derivative_points linear_relaxation pseudo_corrector analytic_first_step nfe",
);

export function scheduleOf(entry: any): SolverSchedule {
  return solverSchedule({
    timesteps: entry.timesteps,
    order: entry.taylor_order,
    data: entry.data_prediction,
    points: entry.first_derivative_points,
    relax: entry.linear_relaxation,
    corrector: entry.pseudo_corrector,
    analyticFirst: entry.analytic_first_step,
  });
}

function caseOf(entry: any, file: any, i: number): GoldenCase {
  const name = `USF schedule ${i}, ${entry.nfe} calls`;
  return {
    name,
    kind: "USF schedules",
    async run() {
      knownKeys(name, entry, [...SCHEDULE_KEYS, "final"]);
      const schedule = scheduleOf(JSON.parse(JSON.stringify(entry)));
      expectEqual("evaluations", solverEvaluations(schedule), entry.nfe);
      const { timesteps, ...decisions } = schedule;
      expectEqual("timesteps", timesteps.length, entry.taylor_order.length + 1);
      await expectRun(
        {
          sampler: usfSampler(decisions),
          levels: solverLevels(schedule, vpLinear()),
          denoiser: denoiserOf(file.model_A),
          x: points(file.x_T),
        },
        { final: entry.final, evaluations: entry.nfe },
        file.tolerance,
      );
    },
  };
}
