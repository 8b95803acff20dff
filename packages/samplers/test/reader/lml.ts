/** `lml.json`: corrected directions and LML-DDIM runs. */
import { ddim, lml as lmlSampler, lmlCorrection, sample } from "@ansatz/samplers";
import {
  expectClose,
  expectEqual,
  knownKeys,
  unknownSections,
  type GoldenCase,
  type GoldenReader,
} from "@ansatz/golden";
import { words } from "./words.ts";
import { chain, denoiserOf, expectRun, flat, points } from "./common.ts";

export const lml: GoldenReader = (file) => [
  ...unknownSections(file, words("about source tolerance model_A x_T kind beta_start beta_end corrections ddim_lm")),
  ...(file.corrections ?? []).map((entry: any, i: number) => correction(entry, file, i)),
  ...(file.ddim_lm ?? []).map((entry: any) => run(entry, file)),
];

function correction(entry: any, file: any, i: number): GoldenCase {
  const name = `LML correction ${i} kappa=${entry.kappa} lambda=${entry["lambda_"]}`;
  return {
    name,
    kind: "LML-DDIM",
    async run() {
      knownKeys(name, entry, ["kappa", "lambda_", "noise", "previous", "corrected"]);
      const { tensor, numeric } = lmlCorrection(entry.kappa, entry["lambda_"]);
      const corrected = await tensor(points(entry.noise), points(entry.previous)).data();
      expectClose("corrected", corrected, flat(entry.corrected), file.tolerance);
      const plain = numeric(entry.noise.length, flat(entry.noise), flat(entry.previous));
      expectClose("on plain arrays", plain, flat(entry.corrected), file.tolerance);
    },
  };
}

function run(entry: any, file: any): GoldenCase {
  if (entry.kappa === undefined) return plainRun(entry, file);
  const name = `LML-DDIM kappa=${entry.kappa} lambda=${entry["lambda_"]} ${entry.steps} steps`;
  return {
    name,
    kind: "LML-DDIM",
    async run() {
      knownKeys(name, entry, ["kappa", "lambda_", "steps", "levels", "final"]);
      const levels = chain(entry.levels);
      const denoiser = denoiserOf(file.model_A);
      const sampler = lmlSampler({ kappa: entry.kappa, damping: entry["lambda_"] });
      const { value } = await expectRun(
        { sampler, levels, denoiser, x: points(file.x_T) },
        { final: entry.final, evaluations: entry.steps },
        file.tolerance,
      );
      if (entry.kappa !== 0) return;
      const plain = await sample({ sampler: ddim(), levels, denoiser, x: points(file.x_T) });
      expectEqual("bits of DDIM", Array.from(await value.data()), Array.from(await plain.value.data()));
    },
  };
}

function plainRun(entry: any, file: any): GoldenCase {
  const name = `LML-DDIM: ${entry.note}`;
  return {
    name,
    kind: "LML-DDIM",
    async run() {
      knownKeys(name, entry, ["note", "final"]);
      expectEqual("note", entry.note, "plain ddim on the same levels (what kappa=0 must equal)");
      const levels = chain(file.ddim_lm[0].levels);
      const { steps } = file.ddim_lm[0];
      for (const sampler of [ddim(), lmlSampler()]) {
        const run = { sampler, levels, denoiser: denoiserOf(file.model_A), x: points(file.x_T) };
        await expectRun(run, { final: entry.final, evaluations: steps }, file.tolerance);
      }
    },
  };
}
