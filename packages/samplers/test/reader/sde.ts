/** `sde.json`: stochastic DPM-Solvers and DDPM with the noise handed in. */
import { ddpm, discreteLevels, dpmSolverSde, vpLevelFromEdmSigma, type SolverPrediction } from "@ansatz/samplers";
import {
  expectEqual,
  knownKeys,
  unknownCase,
  unknownSections,
  type GoldenCase,
  type GoldenReader,
} from "@ansatz/golden";
import { words } from "./words.ts";
import { denoiserOf, expectRun, points, tableOf } from "./common.ts";

export const sde: GoldenReader = (file) => [
  ...unknownSections(file, ["about", "source", "tolerance", "model_A", "x_T", "noises", "sde_dpm", "ddpm"]),
  ...(file.sde_dpm ?? []).map((entry: any) => sdeDpm(entry, file)),
  ...(file.ddpm ?? []).map((entry: any) => ancestral(entry, file)),
];

const ALGORITHMS: Record<string, SolverPrediction> = { "sde-dpmsolver++": "x0", "sde-dpmsolver": "epsilon" };

function sdeDpm(entry: any, file: any): GoldenCase {
  const name = `${entry.algorithm} ${entry.kind} ${entry.spacing} ${entry.order} ${entry.solver_type}`;
  const prediction = ALGORITHMS[entry.algorithm];
  if (prediction === undefined) return unknownCase(name, entry.algorithm);
  return {
    name,
    kind: entry.algorithm,
    async run() {
      knownKeys(
        name,
        entry,
        words("kind beta_start beta_end spacing order solver_type algorithm steps per_step_orders sigmas final"),
      );
      const solverType = entry.solver_type === "midpoint" ? "midpoint" : "taylor";
      const { order, per_step_orders: orders } = entry;
      await expectRun(
        {
          sampler: dpmSolverSde({ order, prediction, solverType, orders }),
          levels: entry.sigmas.map((u: number) => vpLevelFromEdmSigma(u)),
          denoiser: denoiserOf(file.model_A),
          x: points(file.x_T),
          noise: ({ step }) => points(file.noises[step]),
        },
        { final: entry.final, evaluations: entry.steps },
        file.tolerance,
      );
    },
  };
}

const VARIANCES: Record<string, "small" | "large"> = { fixed_small: "small", fixed_large: "large" };

function ancestral(entry: any, file: any): GoldenCase {
  const name = `DDPM ${entry.variance_type}`;
  const variance = VARIANCES[entry.variance_type];
  if (variance === undefined) return unknownCase(name, entry.variance_type);
  return {
    name,
    kind: "DDPM",
    async run() {
      knownKeys(name, entry, words("variance_type kind beta_start beta_end timesteps previous noises final"));
      expectEqual("previous", entry.previous, "t-100, alpha_bar=1 below 0");
      const levels = discreteLevels(tableOf(entry), { steps: 10, spacing: "leading" });
      expectEqual(
        "timesteps",
        levels.slice(0, -1).map(({ time }) => time),
        entry.timesteps,
      );
      await expectRun(
        {
          sampler: ddpm({ variance }),
          levels,
          denoiser: denoiserOf(file.model_A),
          x: points(file.x_T),
          noise: ({ step }) => points(entry.noises[step]),
        },
        { final: entry.final, evaluations: 10 },
        file.tolerance,
      );
    },
  };
}
