/** The figures of the optimisers. */
import { key } from "@ansatz/tensor/random";
import type { Curve, Row } from "../../results/benchResult.ts";
import type { Figure, FigureContext, Suite } from "../base.ts";
import { makeRow } from "../rows.ts";
import { discrete, filters } from "./discrete.ts";
import { acceleration, friction } from "./headlines.ts";
import { mfacSpeed } from "./mfacSpeed.ts";
import { newton } from "./newton.ts";
import { pruning, PRUNING_AXES, PRUNING_SETTINGS } from "./pruning.ts";
import { race, RACE_SETTINGS, type RacePoint } from "./race.ts";
import { sensing } from "./sensing.ts";
import { adamSpeed } from "./speed.ts";
import { directions } from "./systems.ts";

/** The race as rows: what came out, whoever won. */
const raceFigure: Figure = {
  id: "race",
  title: "nine optimisers on handwritten digits, learning rates by cross-validation, three seeds",
  async run({ seed, device, signal, report }: FigureContext): Promise<Row[]> {
    const results = await race({ key: key(seed), device: device.name, signal, report }, RACE_SETTINGS);
    return results.flatMap(({ name, label, rate, points, accuracies }) => {
      const last = points[points.length - 1];
      const note = `learning rate ${rate}`;
      const spread: [number, number] = [100 * Math.min(...accuracies), 100 * Math.max(...accuracies)];
      const common = { runs: accuracies.length, note } as const;
      // Against steps and against the time spent.
      const curves = (y: string, pick: (point: RacePoint) => number): Curve[] => [
        { name: label, x: "steps", y, points: points.map((point) => [point.step, pick(point)]) },
        { name: label, x: "seconds of training", y, points: points.map((point) => [point.seconds, pick(point)]) },
      ];
      return [
        makeRow({
          ...common,
          id: `race.accuracy.${name}`,
          title: `${label}: held-back digits recognised after ${last.step} steps`,
          unit: "%",
          better: "more",
          value: 100 * last.accuracy,
          spread,
          curves: curves("digits not recognised, %", ({ accuracy }) => 100 * (1 - accuracy)),
        }),
        makeRow({
          ...common,
          id: `race.loss.${name}`,
          title: `${label}: held-back loss after ${last.step} steps`,
          unit: "",
          better: "less",
          value: last.loss,
          curves: curves("held-back loss", ({ loss }) => loss),
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

/** Pruning as rows: how much the loss rises, against removing the smallest weights. */
const pruningFigure: Figure = {
  id: "pruning",
  title: "weights of the race's network removed by size and by curvature",
  async run({ seed, device, signal, report }: FigureContext): Promise<Row[]> {
    const context = { key: key(seed), device: device.name, signal, report };
    const { whole, results } = await pruning(context, PRUNING_SETTINGS);
    const [bySize] = results;
    return results.flatMap(({ name, label, points }) =>
      points.map(({ sparsity, loss, accuracy }, i) => {
        const share = (loss - whole.loss) / (bySize.points[i].loss - whole.loss);
        // With few weights gone all losses are about the same.
        const judged = name === "gradual" && sparsity >= 0.7;
        return makeRow({
          id: `pruning.${name}.${sparsity}`,
          title: `${label}, ${100 * sparsity} % removed: rise of the held-back loss over that by size`,
          unit: "",
          better: "less",
          value: share,
          ...(judged ? { target: { relation: "<=", value: 1 } } : {}),
          note: `loss ${whole.loss.toFixed(3)} to ${loss.toFixed(3)}, ${(100 * accuracy).toFixed(1)} % recognised`,
          curves:
            i > 0
              ? []
              : [
                  {
                    name: label,
                    ...PRUNING_AXES,
                    points: points.map((point) => [Math.round(100 * (1 - point.sparsity)), point.loss]),
                  },
                ],
        });
      }),
    );
  },
};

export const optimSuite: Suite = {
  name: "optim",
  title: "Optimisers: a race, speed, what papers claim, linear systems, filters with few bits",
  packages: ["@ansatz/tensor", "@ansatz/optim", "@ansatz/nn"],
  figures: [
    raceFigure,
    pruningFigure,
    adamSpeed,
    mfacSpeed,
    friction,
    acceleration,
    newton,
    sensing,
    directions,
    filters,
    discrete,
  ],
};
