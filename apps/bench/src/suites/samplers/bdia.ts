/** Exact inversion: round trips, and how rounding errors grow. */
import {
  bdiaAmplification,
  bdiaDecode,
  bdiaEncode,
  ddim,
  ddimInversion,
  discreteLevels,
  discreteSchedule,
  sample,
  type Level,
} from "@ansatz/samplers";
import { exactSample, gaussianMixture } from "@ansatz/samplers/problems";
import { tensor, type Tensor } from "@ansatz/tensor";
import { key } from "@ansatz/tensor/random";
import { MIXTURES } from "../../problems/mixtures.ts";
import type { Row } from "../../results/benchResult.ts";
import type { Figure } from "../base.ts";
import { makeRow } from "../rows.ts";

const POINTS = 64;

/** Largest round-trip error that is demanded: rounding of the precision, by the growth that gamma causes. */
const LIMITS = { f64: 1e-12, f32: 2e-4 } as const;

function levelsOf(steps: number): Level[] {
  const schedule = discreteSchedule({ betas: "scaled-linear" });
  return discreteLevels(schedule, { steps, spacing: "leading", offset: 1, final: "min" });
}

async function difference(a: Tensor, b: Tensor): Promise<number> {
  const [x, y] = [await a.data(), await b.data()] as [Float64Array, Float64Array];
  return x.reduce((top: number, v: number, i: number) => Math.max(top, Math.abs(v - y[i])), 0);
}

export const bdiaFigure: Figure = {
  id: "BDIA",
  title:
    "BDIA: encode samples of the mixture and decode them again; the largest error, and its predicted growth gamma^-K",
  async run({ seed, report }) {
    const { mixture } = MIXTURES[1];
    const denoiser = gaussianMixture(mixture);
    const points = exactSample(mixture, key(seed), POINTS);
    const shape = [POINTS, points.length / POINTS];
    const rows: Row[] = [];
    for (const steps of [20, 50]) {
      const levels = levelsOf(steps);
      for (const dtype of ["f64", "f32"] as const) {
        for (const gamma of [1, 0.96, 0.92, 0.8, 0.5]) {
          report(`${steps} steps, gamma ${gamma}, ${dtype}`);
          const growth = bdiaAmplification(gamma, steps);
          const title = `${steps} steps, gamma ${gamma}, ${dtype}: round trip`;
          const shared = { id: `BDIA.${steps}.${gamma}.${dtype}`, title, unit: "", better: "less" } as const;
          using x = tensor(dtype === "f64" ? points : Float32Array.from(points), { shape });
          let code;
          try {
            code = await bdiaEncode(x, { denoiser, levels, gamma });
          } catch (error) {
            rows.push(makeRow({ ...shared, value: null, note: `refused: ${(error as Error).message}` }));
            continue;
          }
          using again = await bdiaDecode(code, { denoiser, levels, gamma });
          rows.push(
            makeRow({
              ...shared,
              value: await difference(again, x),
              ...(gamma >= 0.92 && { target: { relation: "<=", value: LIMITS[dtype] } }),
              note: `growth ${growth.toExponential(1)}, predicted error ${code.predictedError.toExponential(1)}`,
            }),
          );
          code.last.dispose();
          code.beforeLast.dispose();
        }
      }
      using x = tensor(points, { shape });
      const up = await sample({ sampler: ddimInversion(), levels: levels.toReversed(), denoiser, x });
      const down = await sample({ sampler: ddim(), levels, denoiser, x: up.value });
      rows.push(
        makeRow({
          id: `BDIA.${steps}.ddim`,
          title: `${steps} steps, DDIM inversion, f64: round trip`,
          unit: "",
          better: "less",
          value: await difference(down.value, x),
          note: "for comparison",
        }),
      );
      up.value.dispose();
      down.value.dispose();
    }
    return rows;
  },
};
