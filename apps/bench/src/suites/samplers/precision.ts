/** Single against double precision, up to 200 steps. */
import { levelGrid, sample, samplers, vpLinear } from "@ansatz/samplers";
import { gaussianMixture } from "@ansatz/samplers/problems";
import { astype, tensor } from "@ansatz/tensor";
import { key } from "@ansatz/tensor/random";
import { MIXTURES } from "../../problems/mixtures.ts";
import { STARTING_POINTS } from "../../problems/startingPoints.ts";
import type { Row } from "../../results/benchResult.ts";
import type { Figure } from "../base.ts";
import { makeRow } from "../rows.ts";

export const precision: Figure = {
  id: "e",
  title: "f32 against f64: the largest difference of a sample, 10, 50 and 200 model calls on the time-uniform grid",
  async run({ signal, seed, report }) {
    const problem = MIXTURES[1];
    const points = STARTING_POINTS[problem.name];
    const grid = levelGrid(vpLinear(), { spacing: "time-uniform" });
    const denoiser = gaussianMixture({ ...problem.mixture, predict: "epsilon" });
    const rows: Row[] = [];
    for (const entry of samplers) {
      if (entry.prepare === undefined || entry.noisy === true || entry.create().order < 1) continue;
      report(entry.name);
      let worst = 0;
      let at = 0;
      for (const nfe of [10, 50, 200]) {
        if (nfe < entry.minEvaluations) continue;
        const { sampler, levels } = entry.prepare(grid, nfe);
        const ends: Float64Array[] = [];
        for (const dtype of ["f64", "f32"] as const) {
          using x = tensor(Float64Array.from(points.flat()), { shape: [points.length, points[0].length] });
          using start = astype(x, dtype).eval();
          const { value } = await sample({
            sampler,
            levels,
            denoiser,
            x: start,
            schedule: vpLinear(),
            key: key(seed),
            signal,
          });
          using end = value;
          ends.push(Float64Array.from((await end.data()) as ArrayLike<number>));
        }
        const difference = ends[0].reduce((top, v, i) => Math.max(top, Math.abs(v - ends[1][i])), 0);
        if (difference >= worst) [worst, at] = [difference, nfe];
      }
      rows.push(
        makeRow({
          id: `e.${entry.name}`,
          title: entry.name,
          unit: "",
          better: "less",
          value: worst,
          target: { relation: "<=", value: 2e-3 },
          note: `at ${at} model calls`,
        }),
      );
    }
    return rows;
  },
};
