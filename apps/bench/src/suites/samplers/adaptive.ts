/** Adaptive steps: a smaller tolerance costs more and errs less. */
import { continuousLevels, dpmSolverAdaptive, sample, vpLinear } from "@ansatz/samplers";
import { gaussianMixture, mixtureModel, probabilityFlow } from "@ansatz/samplers/problems";
import { tensor } from "@ansatz/tensor";
import type { Row } from "../../results/benchResult.ts";
import type { Figure } from "../base.ts";
import { makeRow } from "../rows.ts";
import { SMOOTH } from "./orders.ts";
import { rms, standardNormals } from "./problem.ts";

export const adaptive: Figure = {
  id: "d",
  title: "adaptive DPM-Solver++ 23: error by tolerance",
  async run({ seed, signal }) {
    const schedule = vpLinear();
    const levels = continuousLevels(schedule, { steps: 1 });
    const x = standardNormals(seed, 24);
    const exact = probabilityFlow(mixtureModel(SMOOTH), x, levels[0], levels[1]);
    const rows: Row[] = [];
    let before = Infinity;
    for (const rtol of [0.1, 0.03, 0.01, 0.003, 0.001]) {
      using start = tensor(x, { shape: [8, 3] });
      const sampler = dpmSolverAdaptive({ rtol, atol: 0.156 * rtol });
      const run = { sampler, levels, schedule, denoiser: gaussianMixture(SMOOTH), x: start, signal };
      const { value, cost, iterations } = await sample(run);
      using end = value;
      const error = rms((await end.data()) as Float64Array, exact);
      rows.push(
        makeRow({
          id: `d.${rtol}`,
          title: `relative tolerance ${rtol}: error`,
          unit: "rms",
          better: "less",
          value: error,
          ...(before < Infinity && { target: { relation: "<", value: before } }),
          note: `${cost.evaluations} model calls, ${iterations} steps taken, ${cost.rejected} rejected`,
        }),
      );
      before = error;
    }
    return rows;
  },
};
