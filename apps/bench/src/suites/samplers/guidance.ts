/** Strong classifier-free guidance: which methods stay stable. */
import {
  ddim,
  discreteLevels,
  discreteSchedule,
  dpmSolverMultistep,
  ghvb,
  heavyBall,
  plms,
  uniPc,
  type NumericModel,
  type PlannedSampler,
} from "@ansatz/samplers";
import { mixtureModel, probabilityFlow, type MixtureOptions } from "@ansatz/samplers/problems";
import { MIXTURES } from "../../problems/mixtures.ts";
import type { Row } from "../../results/benchResult.ts";
import type { Figure } from "../base.ts";
import { makeRow } from "../rows.ts";
import { endOf, largest, rms, standardNormals } from "./problem.ts";

const POINTS = 32;
/** Components towards which is guided. */
const CONDITION = [0, 2];

const METHODS: readonly (readonly [string, () => PlannedSampler])[] = [
  ["DDIM", () => ddim()],
  ["PLMS", () => plms()],
  ["DPM-Solver++ 2M", () => dpmSolverMultistep({ order: 2 })],
  ["UniPC 3", () => uniPc({ order: 3 })],
  ...[1.8, 2.5, 3.3, 3.7, 4].map((order) => [`GHVB ${order}`, () => ghvb({ order })] as const),
  ...[1.8, 3.7].map((order) => [`HB ${order}`, () => heavyBall({ order })] as const),
];

function towards({ weights, means, variances }: MixtureOptions): MixtureOptions {
  return {
    weights: CONDITION.map((k) => weights[k]),
    means: CONDITION.map((k) => means[k]),
    variances: CONDITION.map((k) => variances[k]),
  };
}

export const guidance: Figure = {
  id: "GHVB",
  title:
    "guided towards two of five bumps, weights 15 and 25: error, and the largest value over that of the exact samples",
  run({ seed, report }) {
    const { mixture } = MIXTURES[1];
    const [base, target] = [mixtureModel(mixture), mixtureModel(towards(mixture))];
    const x = standardNormals(seed, POINTS * mixture.means[0].length);
    const schedule = discreteSchedule({ betas: "scaled-linear" });
    const rows: Row[] = [];
    for (const weight of [15, 25]) {
      const model: NumericModel = (at, level, predict) => {
        const conditional = target(at, level, predict);
        return base(at, level, predict).map((v, i) => v + weight * (conditional[i] - v));
      };
      for (const steps of [10, 20]) {
        const levels = discreteLevels(schedule, { steps, spacing: "leading", offset: 1, final: "min" });
        const exact = probabilityFlow(model, x, levels[0], levels[steps]);
        const errors = new Map<string, number>();
        for (const [name, create] of METHODS) {
          report(`weight ${weight}, ${steps} steps: ${name}`);
          const end = endOf(create(), levels, x, model);
          errors.set(name, rms(end, exact));
          rows.push(
            makeRow({
              id: `GHVB.${weight}.${steps}.${name}`,
              title: `weight ${weight}, ${steps} steps: ${name}`,
              unit: "rms",
              better: "less",
              value: errors.get(name) as number,
              note: `${(largest(end) / largest(exact)).toFixed(2)} times the range`,
            }),
          );
        }
        if (steps === 10) {
          rows.push(
            makeRow({
              id: `GHVB.${weight}.${steps}`,
              title: `weight ${weight}, ${steps} steps: error of PLMS over that of GHVB 2.5`,
              unit: "x",
              better: "more",
              value: (errors.get("PLMS") as number) / (errors.get("GHVB 2.5") as number),
              target: { relation: ">=", value: 10 },
            }),
          );
        }
      }
    }
    return Promise.resolve(rows);
  },
};
