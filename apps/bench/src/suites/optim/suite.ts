/** The figures of the optimisers. */
import type { Row } from "../../results/benchResult.ts";
import type { Figure, FigureContext, Suite } from "../base.ts";
import { makeRow } from "../rows.ts";
import { acceleration, friction, sensing } from "./headlines.ts";
import { race, RACE_SETTINGS } from "./race.ts";
import { adamSpeed, mfacSpeed } from "./speed.ts";
import { directions, filters } from "./systems.ts";

/** The race as rows: what came out, whoever won. */
const raceFigure: Figure = {
  id: "race",
  title: "nine optimisers on handwritten digits, learning rates by cross-validation, three seeds",
  async run({ seed, device, signal, report }: FigureContext): Promise<Row[]> {
    const results = await race({ seed, device: device.name, signal, report }, RACE_SETTINGS);
    return results.flatMap(({ name, label, rate, points, accuracies }) => {
      const last = points[points.length - 1];
      const note = `learning rate ${rate}`;
      const spread: [number, number] = [100 * Math.min(...accuracies), 100 * Math.max(...accuracies)];
      const common = { runs: accuracies.length, note } as const;
      return [
        makeRow({
          ...common,
          id: `race.accuracy.${name}`,
          title: `${label}: held-back digits recognised after ${last.step} steps`,
          unit: "%",
          better: "more",
          value: 100 * last.accuracy,
          spread,
        }),
        makeRow({
          ...common,
          id: `race.loss.${name}`,
          title: `${label}: held-back loss after ${last.step} steps`,
          unit: "",
          better: "less",
          value: last.loss,
        }),
        makeRow({
          ...common,
          id: `race.time.${name}`,
          title: `${label}: time of a step`,
          unit: "ms",
          better: "less",
          value: (1000 * last.seconds) / last.step,
        }),
      ];
    });
  },
};

export const optimSuite: Suite = {
  name: "optim",
  title: "Optimisers: a race, speed, what papers claim, linear systems, filters with few bits",
  packages: ["@ansatz/tensor", "@ansatz/optim", "@ansatz/nn"],
  figures: [raceFigure, adamSpeed, mfacSpeed, friction, acceleration, sensing, directions, filters],
};
