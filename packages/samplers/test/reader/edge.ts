/** `edge.json`: thresholding, pure noise at the start, repeated and zero last sigma. */
import {
  ddim,
  discreteLevels,
  discreteSchedule,
  dpmSolverMultistep,
  dynamicThreshold,
  vpLevelFromEdmSigma,
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
import { denoiserOf, expectRun, flat, points } from "./common.ts";

export const edge: GoldenReader = (file) => [
  ...unknownSections(file, ["about", "source", "tolerance", "model_A", "cases"]),
  ...(file.cases ?? []).map((entry: any) => caseOf(entry, file)),
];

function caseOf(entry: any, file: any): GoldenCase {
  const { id } = entry;
  const make = (kind: string, run: () => Promise<void>): GoldenCase => ({ name: id, kind, run });
  if (id === "dynamic threshold") return make(id, () => threshold(entry, file));
  if (id.startsWith("zero terminal SNR")) return make("zero terminal SNR", () => zeroSnr(entry, file));
  if (entry.method?.startsWith("dpmsolver++ 2M midpoint")) return make("last sigma", () => lastSigma(entry, file));
  return unknownCase(id, id);
}

async function threshold(entry: any, file: any): Promise<void> {
  knownKeys(entry.id, entry, ["id", "ratio", "max", "quantile", "x0", "expected"]);
  const got = await dynamicThreshold(points(entry.x0), { ratio: entry.ratio, max: entry.max });
  expectClose("clipped", await got.data(), flat(entry.expected), file.tolerance);
}

async function zeroSnr(entry: any, file: any): Promise<void> {
  knownKeys(entry.id, entry, ["id", "kind", "spacing", "steps", "final_level", "x_T", "timesteps", "final"]);
  expectEqual(
    "kind",
    [entry.kind, entry.spacing, entry.final_level],
    ["scaled_linear 0.00085 0.012 rescaled", "trailing", 1],
  );
  const schedule = discreteSchedule({ betas: "scaled-linear", zeroTerminalSnr: true });
  const levels = discreteLevels(schedule, { steps: entry.steps, spacing: "trailing" });
  expectEqual(
    "timesteps",
    levels.slice(0, -1).map(({ time }) => time),
    entry.timesteps,
  );
  for (const predict of ["v", "x0", "flow"] as const) {
    await expectRun(
      { sampler: ddim(), levels, denoiser: denoiserOf(file.model_A, predict), x: points(entry.x_T) },
      { final: entry.final, evaluations: entry.steps },
      file.tolerance,
    );
  }
}

async function lastSigma(entry: any, file: any): Promise<void> {
  knownKeys(entry.id, entry, ["id", "sigmas", "method", "x_T", "final"]);
  const levels = entry.sigmas.map((u: number) => vpLevelFromEdmSigma(u));
  const steps = levels.length - 1;
  const repeated = entry.sigmas[steps] === entry.sigmas[steps - 1];
  const sampler = dpmSolverMultistep({ order: 2, solverType: "midpoint", lowerOrderFinal: false });
  await expectRun(
    { sampler, levels, denoiser: denoiserOf(file.model_A), x: points(entry.x_T) },
    { final: entry.final, evaluations: repeated ? steps - 1 : steps },
    file.tolerance,
  );
}
