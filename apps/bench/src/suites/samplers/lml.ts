/** LML: at the published setting it is DDIM, and elsewhere it does not help on exact scores. */
import { ddim, lml } from "@ansatz/samplers";
import { mixtureModel, probabilityFlow } from "@ansatz/samplers/problems";
import { MIXTURES } from "../../problems/mixtures.ts";
import { STARTING_POINTS } from "../../problems/startingPoints.ts";
import type { Row } from "../../results/benchResult.ts";
import type { Figure } from "../base.ts";
import { makeRow } from "../rows.ts";
import { gridOf, rms } from "./problem.ts";
import { runPlanNumeric, type PlannedSampler, type Level } from "@ansatz/samplers";

export const lmlFigure: Figure = {
  id: "LML",
  title: "LML-DDIM against DDIM on the same levels: error over that of DDIM, by the memory kappa and the damping",
  run({ report }) {
    const problem = MIXTURES[1];
    const points = STARTING_POINTS[problem.name];
    const x = Float64Array.from(points.flat());
    const model = mixtureModel(problem.mixture);
    const rows: Row[] = [];
    for (const steps of [10, 20]) {
      const levels = gridOf("log-snr").levels(steps);
      const exact = probabilityFlow(model, x, levels[0], levels[steps]);
      const end = (sampler: PlannedSampler, list: readonly Level[]): Float64Array =>
        runPlanNumeric(sampler.plan(list), x, model, { samples: points.length }).at(-1) as Float64Array;
      const base = end(ddim(), levels);
      const plain = rms(base, exact);
      for (const kappa of [0, 0.1, 0.5, -0.1, -0.3]) {
        for (const damping of kappa === 0 ? [1e-3] : [1e-3, 10]) {
          report(`${steps} steps, kappa ${kappa}, damping ${damping}`);
          const found = end(lml({ kappa, damping }), levels);
          rows.push(
            makeRow({
              id: `LML.${steps}.${kappa}.${damping}`,
              title: `${steps} steps, kappa ${kappa}, damping ${damping}`,
              unit: "x",
              better: "less",
              value: rms(found, exact) / plain,
              ...(kappa === 0 && { target: { relation: "=", value: 1 } }),
              note:
                kappa === 0
                  ? `the published setting: ${found.every((v, i) => v === base[i]) ? "the same bits as DDIM" : "differs from DDIM"}`
                  : "",
            }),
          );
        }
      }
    }
    return Promise.resolve(rows);
  },
};
