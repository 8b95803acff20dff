/** `bdia.json` and `bdia_edm.json`: sampling, inversion and round trips. */
import {
  bdia as bdiaSampler,
  bdiaEdm as bdiaEdmSampler,
  bdiaInversion,
  ddim,
  ddimInversion,
  heun,
  sample,
} from "@ansatz/samplers";
import type { Level, PlannedSampler } from "@ansatz/samplers";
import type { Tensor } from "@ansatz/tensor";
import {
  expectClose,
  knownKeys,
  unknownCase,
  unknownSections,
  type GoldenCase,
  type GoldenReader,
} from "@ansatz/golden";
import { words } from "./words.ts";
import { chain, denoiserOf, expectRun, flat, points } from "./common.ts";

export const bdia: GoldenReader = (file) => [
  ...unknownSections(file, words("about source tolerance models kind beta_start beta_end sampling round_trip")),
  ...(file.sampling ?? []).map((entry: any) => sampling(entry, file)),
  ...(file.round_trip ?? []).map((entry: any) => roundTrip(entry, file)),
];

function sampling(entry: any, file: any): GoldenCase {
  const { model, gamma, steps } = entry;
  const name = `BDIA-DDIM ${model} gamma=${gamma} ${steps} steps`;
  return {
    name,
    kind: "BDIA-DDIM",
    async run() {
      knownKeys(name, entry, words("model gamma steps levels x_T z_1 z_0 trajectory inverted_x_T_max_abs_error"));
      const levels = chain(entry.levels);
      const denoiser = denoiserOf(file.models[model]);
      const run = { sampler: bdiaSampler({ gamma }), levels, denoiser, x: points(entry.x_T) };
      const expected = { final: entry.z_0, trajectory: entry.trajectory ?? undefined, evaluations: steps };
      await expectRun(run, expected, file.tolerance);
      const { trajectory } = await sample({ ...run, trajectory: true });
      const [second, last] = (trajectory as Tensor[]).slice(-2);
      expectClose("z_1", await second.data(), flat(entry.z_1), file.tolerance);
      if (gamma === 0) return;
      const reversed = [...levels].reverse();
      const sampler = bdiaInversion({ gamma });
      const { value, cost } = await sample({ sampler, levels: reversed, denoiser, x: last, inputs: { second } });
      if (cost.evaluations !== steps - 1) throw new Error(`${cost.evaluations} model calls, expected ${steps - 1}`);
      // The file's own error is of the same kind; rounding may fall differently.
      const limit = 1e-13 + 100 * entry.inverted_x_T_max_abs_error;
      expectClose("inverted x_T", await value.data(), flat(entry.x_T), { abs: limit, rel: 0 });
    },
  };
}

function roundTrip(entry: any, file: any): GoldenCase {
  const { model, gamma, steps, method } = entry;
  const naive = method === "naive ddim inversion";
  const name = `round trip ${naive ? method : `gamma=${gamma}`} ${model} ${steps} steps`;
  if (method !== undefined && !naive) return unknownCase(name, method);
  return {
    name,
    kind: naive ? "DDIM inversion" : "BDIA-DDIM",
    async run() {
      knownKeys(
        name,
        entry,
        words("model gamma method steps levels x_0 z_N z_N_minus_1 round_trip round_trip_max_abs_error"),
      );
      const levels = chain(entry.levels ?? file.round_trip.find((e: any) => e.model === model).levels);
      const denoiser = denoiserOf(file.models[model]);
      const x = points(entry.x_0 ?? file.round_trip.find((e: any) => e.model === model).x_0);
      const [up, down] = naive ? [ddimInversion(), ddim()] : [bdiaInversion({ gamma }), bdiaSampler({ gamma })];
      const encoded = await sample({
        sampler: up,
        levels: [...levels].reverse(),
        denoiser,
        x,
        trajectory: true,
      });
      const [second, last] = (encoded.trajectory as Tensor[]).slice(-2);
      if (entry.z_N !== undefined) expectClose("z_N", await last.data(), flat(entry.z_N), file.tolerance);
      if (entry.z_N_minus_1 !== undefined) {
        expectClose("z_N-1", await second.data(), flat(entry.z_N_minus_1), file.tolerance);
      }
      const inputs: Record<string, Tensor> = naive ? {} : { second };
      const { value } = await sample({ sampler: down, levels, denoiser, x: last, inputs });
      if (naive) {
        expectClose("round trip", await value.data(), flat(entry.round_trip), file.tolerance);
      } else {
        const limit = file.tolerance["round_trip_abs_for_gamma_at_least_0.9"];
        expectClose("round trip", await value.data(), await x.data(), { abs: limit, rel: 0 });
      }
    },
  };
}

export const bdiaEdm: GoldenReader = (file) => [
  ...unknownSections(file, ["about", "source", "tolerance", "model", "x_unit", "cases"]),
  ...(file.cases ?? []).map((entry: any) => edmCase(entry, file)),
];

function edmCase(entry: any, file: any): GoldenCase {
  const { variant, gamma, sigmas } = entry;
  const steps = sigmas.length - 1;
  const name = `${variant} gamma=${gamma} ${steps} steps`;
  const found = edmSampler(variant, gamma, steps);
  if (found === null) return unknownCase(name, variant);
  const [sampler, evaluations, kind] = found;
  return {
    name,
    kind,
    async run() {
      knownKeys(name, entry, ["variant", "gamma", "sigmas", "final"]);
      const levels: Level[] = sigmas.map((sigma: number) => ({ alpha: 1, sigma }));
      const x = points(file.x_unit.map((row: number[]) => row.map((v) => 80 * v)));
      await expectRun(
        { sampler, levels, denoiser: denoiserOf(file.model), x },
        { final: entry.final, evaluations },
        file.tolerance,
      );
    },
  };
}

function edmSampler(variant: string, gamma: number, steps: number): [PlannedSampler, number, string] | null {
  if (variant === "edm heun") return [heun(), 2 * steps - 1, "EDM Heun"];
  if (variant.startsWith("bdia with heun in both directions")) {
    return [bdiaEdmSampler({ gamma, backward: "heun" }), 3 * steps - 2, "BDIA-EDM"];
  }
  if (variant.startsWith("bdia with the backward half-slot taken as the trapezoid")) {
    return [bdiaEdmSampler({ gamma }), 2 * steps - 1, "BDIA-EDM"];
  }
  return null;
}
