/** Orders of convergence: slopes of the error over the number of steps, on a smooth mixture. */
import {
  dpmSolverSinglestep,
  innerLevels,
  levelGrid,
  samplers,
  vpLinear,
  type Level,
  type PlannedSampler,
  type SamplerEntry,
} from "@ansatz/samplers";
import { mixtureModel, probabilityFlow, type MixtureOptions } from "@ansatz/samplers/problems";
import type { Figure } from "../base.ts";
import { makeRow } from "../rows.ts";
import { endOf, rms, standardNormals } from "./problem.ts";

/** Two broad bumps in space. */
export const SMOOTH: MixtureOptions = {
  weights: [0.5, 0.5],
  means: [
    [0.5, -0.3, 0.2],
    [-0.4, 0.4, -0.1],
  ],
  variances: [
    [0.3, 0.4, 0.5],
    [0.5, 0.3, 0.35],
  ],
};

const STEPS = [40, 80, 160, 320];

/** Methods whose order is declared for other circumstances: fresh noise, inversions, adaptive steps, other levels. */
function measurable({ name, noisy, prepare }: SamplerEntry): boolean {
  return prepare !== undefined && noisy !== true && !/^(mr-|bdia-edm)/.test(name);
}

/** A method and the levels of `steps` steps, for single-step solvers with those within a step. */
function runOf({ name, create, measured }: SamplerEntry, steps: number): [PlannedSampler, readonly Level[]] {
  const schedule = vpLinear();
  const levels = levelGrid(schedule, { spacing: "log-snr", end: 1e-2 }).levels(steps);
  const singlestep = /^dpm-solver(.*)-(\d)s$/.exec(name);
  if (singlestep === null) return [(measured ?? create)() as PlannedSampler, levels];
  const order = Number(singlestep[2]);
  const orders = new Array<number>(steps).fill(order);
  const prediction = singlestep[1] === "++" ? "x0" : "epsilon";
  return [dpmSolverSinglestep({ order, orders, prediction }), innerLevels(schedule, levels, orders)];
}

export const orders: Figure = {
  id: "c",
  title: "orders of convergence: the last slope, 160 to 320 steps uniform in log-SNR, against the declared order",
  run({ seed, report }) {
    const model = mixtureModel(SMOOTH);
    const x = standardNormals(seed, 24);
    const ends = levelGrid(vpLinear(), { spacing: "log-snr", end: 1e-2 }).levels(1);
    const exact = probabilityFlow(model, x, ends[0], ends[1]);
    const rows = samplers.filter(measurable).map((entry) => {
      const { name, create } = entry;
      report(name);
      const errors = STEPS.map((steps) => {
        const [sampler, levels] = runOf(entry, steps);
        return rms(endOf(sampler, levels, x, model), exact);
      });
      const slopes = errors.slice(1).map((error, i) => Math.log2(errors[i] / error));
      const { order } = create();
      return makeRow({
        id: `c.${name}`,
        title: `${name}: slope less the declared order ${order}`,
        unit: "",
        better: "equal",
        value: slopes[slopes.length - 1] - order,
        // A faster fall than declared is no fault.
        target: { relation: ">=", value: -0.15 },
        note: `slopes ${slopes.map((slope) => slope.toFixed(2)).join(", ")}`,
      });
    });
    return Promise.resolve(rows);
  },
};
