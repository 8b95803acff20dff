/** The price of a sampler's own arithmetic at the size of a latent picture. */
import { continuousLevels, ddim, dpmSolverMultistep, plms, vpLinear, type PlannedSampler } from "@ansatz/samplers";
import { tensor } from "@ansatz/tensor";
import { inProcess, inProcessAsync, interleave } from "../../measure/interleave.ts";
import { summarize } from "../../measure/statistics.ts";
import { OURS } from "../../peers/ours.ts";
import type { Row } from "../../results/benchResult.ts";
import type { Figure } from "../base.ts";
import { fromSummary, makeRow } from "../rows.ts";
import { onOneThread } from "../tensor/elementwise.ts";
import { standardNormals } from "./problem.ts";

const SHAPE = [16, 4, 64, 64];
const SIZE = SHAPE.reduce((a, b) => a * b, 1);
const STEPS = 50;

/** Each method with the number of earlier model outputs that a step combines. */
const METHODS: readonly (readonly [PlannedSampler, number])[] = [
  [ddim(), 0],
  [dpmSolverMultistep({ order: 2 }), 1],
  [plms(), 3],
];

/** The same combination written by hand: one pass over typed arrays that are there already. */
function byHand(history: number, values: Float32Array): () => void {
  const x = values.slice();
  const out = new Float32Array(SIZE);
  const outputs = Array.from({ length: history + 1 }, () => values.slice());
  const [m0, m1 = m0, m2 = m0, m3 = m0] = outputs;
  const loops = [
    () => {
      for (let i = 0; i < SIZE; i++) out[i] = 0.9 * x[i] + 0.1 * m0[i];
    },
    () => {
      for (let i = 0; i < SIZE; i++) out[i] = 0.9 * x[i] + 0.2 * m0[i] - 0.1 * m1[i];
    },
    () => {},
    () => {
      for (let i = 0; i < SIZE; i++) out[i] = 0.9 * x[i] + 0.4 * m0[i] - 0.3 * m1[i] + 0.1 * m2[i] - 0.05 * m3[i];
    },
  ];
  return () => {
    for (let step = 0; step < STEPS; step++) loops[history]();
  };
}

export const latentStep: Figure = {
  id: "step",
  title: `one step on ${SHAPE.join(" x ")} f32 without the model, one thread, against a loop over typed arrays`,
  run: (context) =>
    onOneThread(async () => {
      const schedule = vpLinear();
      const values = Float32Array.from(standardNormals(context.seed, SIZE));
      using x = tensor(values, { shape: SHAPE });
      using output = tensor(values, { shape: SHAPE });
      const rows: Row[] = [];
      for (const [sampler, history] of METHODS) {
        const levels = continuousLevels(schedule, { steps: STEPS });
        const mine = inProcessAsync(OURS, async () => {
          const run = sampler.begin(levels, x, { schedule });
          while (!run.done) await run.give(output.add(0));
          run.release().dispose();
        });
        const theirs = inProcess("typed arrays", byHand(history, values));
        const [ours, hand] = await interleave([mine, theirs], {
          rounds: 9,
          clock: "cpu",
          signal: context.signal,
          onRound: (round, all) => context.report(`${sampler.name}: round ${round + 1} of ${all}`),
        });
        const perStep = (seconds: number): number => (1e3 * seconds) / STEPS;
        const ratios = summarize(hand.map((seconds, i) => seconds / ours[i]));
        rows.push(
          makeRow({
            id: `step.${sampler.name}`,
            title: sampler.name,
            unit: "ms",
            better: "less",
            ...fromSummary(summarize(ours.map(perStep))),
            beats: ["typed arrays"],
            peers: [
              {
                name: "typed arrays",
                version: null,
                status: "measured",
                value: summarize(hand.map(perStep)).median,
                ratio: ratios.median,
                ratioSpread: [ratios.q1, ratios.q3],
                note: null,
              },
            ],
          }),
        );
      }
      return rows;
    }),
};
