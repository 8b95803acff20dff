/** MRS: distances in distribution by the number of model calls. */
import {
  meanRevertingDraw,
  meanRevertingStudy,
  type MeanRevertingMethod,
  type MixtureOptions,
} from "@ansatz/samplers/problems";
import type { Row } from "../../results/benchResult.ts";
import type { Figure } from "../base.ts";
import { makeRow } from "../rows.ts";

/** Two bumps in space around a mean of zero. */
const LAW: MixtureOptions = {
  weights: [0.6, 0.4],
  means: [
    [-0.1, -0.2, -0.2],
    [0.2, 0.2, 0.1],
  ],
  variances: [
    [0.02, 0.01, 0.03],
    [0.01, 0.02, 0.02],
  ],
};

const SPACINGS = ["log-snr", "karras-index"] as const;
/** Draws whose distances are averaged. */
const SEEDS = [0, 1, 2];

const CALLS = [5, 10, 15, 20, 30, 50, 100];

const [EULER, ODE, SDE] = ["Euler-Maruyama, true steps", "MR-ODE-2", "MR-SDE-2"] as const;

function table(spacing: (typeof SPACINGS)[number]): Figure {
  const id = `MRS-${spacing}`;
  return {
    id,
    title: `mean-reverting samplers, ${spacing} levels: sliced Wasserstein distance of 10 000 samples to the law`,
    plot: { x: "model calls", y: "distance" },
    run({ seed }) {
      const { rows, floor } = meanRevertingStudy({ mixture: LAW, evaluations: CALLS, spacing, seed });
      const lines = [...rows, { method: "exact samples", distances: CALLS.map(() => floor) }];
      return Promise.resolve(
        lines.flatMap(({ method, distances }) =>
          distances.map((value, i) =>
            makeRow({
              id: `${id}.${method}.${CALLS[i]}`,
              title: `${method}, ${CALLS[i]} model calls`,
              unit: "W2",
              better: "less",
              value,
            }),
          ),
        ),
      );
    },
  };
}

/** Grids that the checks choose from; on the indices of the training table Euler-Maruyama is what was published. */
const GRIDS = [...SPACINGS, "linspace"] as const;
const POINTS = 50_000;

/** A mean distance, and the levels it was found on. */
interface Found {
  readonly distance: number;
  readonly spacing: string;
}

const checks: Figure = {
  id: "MRS",
  title:
    "few calls of MRS against 100 of Euler-Maruyama with true steps, both on log-SNR, and each on the best of three grids " +
    "(log-SNR, Karras, the indices of the training table), mean of three draws of 50 000 samples",
  run({ seed, report }) {
    const draws = SEEDS.map((offset) => {
      report(`draw ${offset + 1} of ${SEEDS.length}`);
      return meanRevertingDraw(LAW, POINTS, seed + offset);
    });
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
    /** The distance on the best grid, and that grid. */
    const at = (method: MeanRevertingMethod, calls: number): Found =>
      GRIDS.map((spacing): Found => {
        report(`${method}, ${calls} calls, ${spacing}`);
        return { spacing, distance: mean(draws.map((draw) => draw.distance(method, calls, spacing))) };
      }).reduce((best, next) => (next.distance < best.distance ? next : best));
    const exact: Found = { distance: mean(draws.map(({ floor }) => floor)), spacing: "exact" };
    const row = (id: string, title: string, mine: Found, theirs: Found, limit: number): Row =>
      makeRow({
        id: `MRS.${id}`,
        title,
        unit: "x",
        better: "less",
        value: mine.distance / theirs.distance,
        target: { relation: "<=", value: limit },
        note:
          `${mine.distance.toFixed(4)} (${mine.spacing}) against ${theirs.distance.toFixed(4)} (${theirs.spacing}); ` +
          `two exact samples are ${exact.distance.toFixed(4)} apart`,
      });
    const euler = at(EULER, 100);
    const onLogSnr = (method: MeanRevertingMethod, calls: number): Found => ({
      spacing: "log-snr",
      distance: mean(draws.map((draw) => draw.distance(method, calls, "log-snr"))),
    });
    const title = (mine: string, calls: number): string => `${mine} at ${calls} calls over Euler-Maruyama at 100`;
    return Promise.resolve([
      row("ode.log-snr", `${title(ODE, 15)}, both on log-SNR`, onLogSnr(ODE, 15), onLogSnr(EULER, 100), 1.2),
      row("sde.log-snr", `${title(SDE, 30)}, both on log-SNR`, onLogSnr(SDE, 30), onLogSnr(EULER, 100), 1.2),
      row("ode", title(ODE, 15), at(ODE, 15), euler, 1.2),
      row("sde", title(SDE, 30), at(SDE, 30), euler, 1.2),
      row("floor", `${ODE} at 20 calls over exact samples`, at(ODE, 20), exact, 1.5),
    ]);
  },
};

export const meanReverting: readonly Figure[] = [...SPACINGS.map(table), checks];
