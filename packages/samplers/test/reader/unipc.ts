/** `unipc.json`: UniPC on continuous levels and on sigma grids that end in 0. */
import { continuousLevels, uniPc, vpLevelFromEdmSigma, vpLinear } from "@ansatz/samplers";
import { expectEqual, knownKeys, unknownSections, type GoldenCase, type GoldenReader } from "@ansatz/golden";
import { words } from "./words.ts";
import { denoiserOf, expectRun, points } from "./common.ts";
import { SPACINGS } from "./schedules.ts";

export const unipc: GoldenReader = (file) => [
  ...unknownSections(file, ["about", "source", "tolerance", "models", "x_T", "continuous", "diffusers"]),
  ...(file.continuous ?? []).map((entry: any) => continuous(entry, file)),
  ...(file.diffusers ?? []).map((entry: any) => sigmaGrid(entry, file)),
];

function continuous(entry: any, file: any): GoldenCase {
  const prediction = entry.data_prediction ? "x0" : "epsilon";
  const name = `UniPC ${entry.model} ${prediction} ${entry.variant} ${entry.order} ${entry.skip} ${entry.steps}`;
  return {
    name,
    kind: "UniPC",
    async run() {
      knownKeys(
        name,
        entry,
        words("model data_prediction variant order skip steps t_end lower_order_final corrector_at_last_point final"),
      );
      expectEqual("corrector at the last point", entry.corrector_at_last_point, false);
      const { order, variant, steps, lower_order_final: lowerOrderFinal } = entry;
      await expectRun(
        {
          sampler: uniPc({ order, variant, prediction, lowerOrderFinal }),
          levels: continuousLevels(vpLinear(), { steps, spacing: SPACINGS[entry.skip], end: entry.t_end }),
          denoiser: denoiserOf(file.models[entry.model]),
          x: points(file.x_T[entry.model]),
        },
        { final: entry.final, evaluations: steps },
        file.tolerance,
      );
    },
  };
}

function sigmaGrid(entry: any, file: any): GoldenCase {
  const name = `UniPC sigma grid ${entry.kind} ${entry.variant} ${entry.order} ${entry.steps}`;
  return {
    name,
    kind: "UniPC",
    async run() {
      knownKeys(name, entry, words("kind beta_start beta_end order variant steps final_sigma sigmas note final"));
      const { order, variant, steps } = entry;
      await expectRun(
        {
          sampler: uniPc({ order, variant, lowerOrderFinal: true }),
          levels: entry.sigmas.map((u: number) => vpLevelFromEdmSigma(u)),
          denoiser: denoiserOf(file.models.A),
          x: points(file.x_T.A),
        },
        { final: entry.final, evaluations: steps },
        file.tolerance,
      );
    },
  };
}
