/** Logarithms of Bessel functions against SciPy, and fits of directions in many dimensions. */
import { concentrationOf, logBesselI, logBesselK } from "@ansatz/qmc";
import { tensor } from "@ansatz/tensor";
import { inProcess, interleave } from "../../measure/interleave.ts";
import { summarize } from "../../measure/statistics.ts";
import { OURS } from "../../peers/ours.ts";
import type { Figure } from "../base.ts";
import { fromSummary, makeRow } from "../rows.ts";
import { onOneThread } from "../tensor/elementwise.ts";
import { gridPoints, LARGE, SMALL } from "./grids.ts";
import { compareWithScipy } from "../scipy.ts";
import { finiteShare, withAnswers } from "./scipy.ts";

const FUNCTIONS = { logI: logBesselI, logK: logBesselK } as const;

const logs: Figure = {
  id: "bessel",
  title: "log I and log K at 100 000 points, f64",
  run: (context) =>
    onOneThread(() =>
      withAnswers(async (scipy) => {
        const rows = [];
        for (const [kind, f] of Object.entries(FUNCTIONS) as ["logI" | "logK", typeof logBesselI][]) {
          for (const [name, grid] of [
            ["orders and arguments to 150", SMALL],
            ["to 10 000", LARGE],
          ] as const) {
            const { v, x } = gridPoints(grid);
            using orders = tensor(v, { device: "cpu" });
            using places = tensor(x, { device: "cpu" });
            const id = `bessel.${kind}.${grid.orders[1]}`;
            const mine = inProcess(OURS, () => f(orders, places).eval().dispose());
            using values = f(orders, places);
            const out = (await values.data()) as Float64Array;
            const theirs = { kind, ...grid };
            rows.push(
              await compareWithScipy(context, scipy, {
                id,
                title: `${kind}, ${name}`,
                mine,
                theirs,
                ratio: "speed",
                target: { relation: ">=", value: 10 },
              }),
            );
            const share = scipy === null ? null : await finiteShare(scipy, theirs);
            rows.push(
              makeRow({
                id: `${id}.finite`,
                title: `${kind}, ${name}: share that is finite`,
                unit: "",
                better: "more",
                value: out.reduce((count, y) => count + Number(Number.isFinite(y)), 0) / grid.count,
                target: { relation: "=", value: 1 },
                note: share === null ? undefined : `SciPy: ${share.toFixed(2)}`,
              }),
            );
          }
        }
        return rows;
      }),
    ),
};

/** Mean lengths of fits. */
const LENGTHS = [0.01, 0.3, 0.6, 0.9, 0.99];

const directions: Figure = {
  id: "vmf",
  title: "von Mises-Fisher fits in 32768 dimensions",
  run: async (context) => {
    const work = inProcess(OURS, () => {
      for (const length of LENGTHS) concentrationOf(32768, length);
    });
    const [times] = await interleave([work], { clock: "cpu", signal: context.signal });
    return [
      makeRow({
        id: "vmf",
        title: "the concentration, given the mean",
        unit: "ms",
        better: "less",
        ...fromSummary(summarize(times.map((seconds) => (seconds * 1000) / LENGTHS.length))),
        target: { relation: "<=", value: 1 },
      }),
    ];
  },
};

export const besselFigures: readonly Figure[] = [logs, directions];
