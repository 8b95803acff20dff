/** `ddim_pndm.json`: DDIM, PLMS, S-PNDM and F-PNDM from fixed starts. */
import { ddim, discreteLevels, fPndm, plms, sPndm, type Level, type Prediction, type Sampler } from "@ansatz/samplers";
import {
  expectClose,
  expectEqual,
  knownKeys,
  unknownCase,
  unknownSections,
  type GoldenCase,
  type GoldenReader,
} from "@ansatz/golden";
import { chain, denoiserOf, expectRun, points, tableOf } from "./common.ts";

export const ddimPndm: GoldenReader = (file) => [
  ...unknownSections(file, ["about", "source", "tolerance", "models", "cases"]),
  ...(file.cases ?? []).map((entry: any) => caseOf(entry, file)),
];

/** Sampler and number of model calls beyond one per step. */
const METHODS: Record<string, (entry: any) => readonly [Sampler, number]> = {
  ddim: () => [ddim(), 0],
  ddim_eta: (entry) => [ddim({ eta: entry.eta }), 0],
  plms: () => [plms(), 1],
  "s-pndm": () => [sPndm(), 1],
  "f-pndm": (entry) => {
    const middles = chain(entry.mid_levels);
    return [fPndm({ midpoint: (from) => middles[from.time as number] }), 9];
  },
};

const KEYS = [
  "id",
  "method",
  "note",
  "model",
  "kind",
  "beta_start",
  "beta_end",
  "timesteps",
  "levels",
  "mid_levels",
  "eta",
  "noises",
  "x_T",
  "trajectory",
  "final",
];

function caseOf(entry: any, file: any): GoldenCase {
  const { tolerance, models } = file;
  if (entry.prediction_types !== undefined) return predictionTypes(entry, file);
  const method = METHODS[entry.method];
  if (method === undefined) return unknownCase(entry.id, entry.method);
  return {
    name: entry.id,
    kind: entry.method,
    async run() {
      knownKeys(entry.id, entry, KEYS);
      const [sampler, extra] = method(entry);
      const levels = chain(entry.levels);
      expectOwnLevels(entry, levels);
      const noise = entry.noises === undefined ? undefined : ({ step }: { step: number }) => points(entry.noises[step]);
      await expectRun(
        { sampler, levels, denoiser: denoiserOf(models[entry.model]), x: points(entry.x_T), noise },
        { final: entry.final, trajectory: entry.trajectory ?? undefined, evaluations: levels.length - 1 + extra },
        tolerance,
      );
    },
  };
}

/** Where the file says which table and timesteps its levels come from, our own must be the same. */
function expectOwnLevels(entry: any, levels: readonly Level[]): void {
  if (entry.timesteps === undefined) return;
  const steps = entry.timesteps.length;
  const final = entry.id.includes("final=one") ? "zero" : "min";
  const own = discreteLevels(tableOf(entry), { steps, spacing: "leading", offset: 1, final });
  expectEqual(
    "timesteps",
    own.slice(0, steps).map(({ time }) => time),
    entry.timesteps,
  );
  const tight = { abs: 1e-12, rel: 1e-12 };
  expectClose(
    "alpha",
    own.map(({ alpha }) => alpha),
    levels.map(({ alpha }) => alpha),
    tight,
  );
  expectClose(
    "sigma",
    own.map(({ sigma }) => sigma),
    levels.map(({ sigma }) => sigma),
    tight,
  );
}

const TYPES: Record<string, Prediction> = { epsilon: "epsilon", sample: "x0", v_prediction: "v" };

function predictionTypes(entry: any, file: any): GoldenCase {
  return {
    name: entry.id,
    kind: entry.method,
    async run() {
      knownKeys(entry.id, entry, [...KEYS, "steps", "steps_offset", "final_level", "prediction_types"]);
      expectEqual("final level", entry.final_level, "alpha_bar_0");
      const levels = discreteLevels(tableOf(entry), {
        steps: entry.steps,
        spacing: "leading",
        offset: entry.steps_offset,
        final: "min",
      });
      for (const type of entry.prediction_types) {
        const predict = TYPES[type];
        if (predict === undefined) throw new Error(`unknown prediction type ${type}`);
        await expectRun(
          { sampler: ddim(), levels, denoiser: denoiserOf(file.models[entry.model], predict), x: points(entry.x_T) },
          { final: entry.final, evaluations: entry.steps },
          file.tolerance,
        );
      }
    },
  };
}
