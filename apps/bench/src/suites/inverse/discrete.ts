/** Images of few grey values whose largest residual has been proved to be least. */
import { readFile } from "node:fs/promises";
import { discreteReconstruction, parallelBeam, projector, type ProjectorMethod } from "@ansatz/inverse";
import { tensor } from "@ansatz/tensor";
import { key } from "@ansatz/tensor/random";
import { checkSignal } from "../../cli/io.ts";
import { summarize } from "../../measure/statistics.ts";
import type { Row } from "../../results/benchResult.ts";
import type { Figure } from "../base.ts";
import { makeRow } from "../rows.ts";

/** An instance of the golden file. */
interface Instance {
  readonly name: string;
  readonly N: number;
  readonly angles: number[];
  readonly K: number;
  readonly ds: number;
  readonly pixel: number;
  readonly projector: ProjectorMethod;
  readonly levels: number[];
  readonly sinogram: number[];
  readonly truth: number[][];
  readonly best: number;
  readonly best_mae: number;
  readonly proved: boolean;
}

/** Searches per instance: the median counts. */
const SEEDS = 3;
const ITERATIONS = 60;

const FILE = new URL("../../../../../packages/inverse/test/golden/dmmv_tomo.json", import.meta.url);

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

export const discreteFigure: Figure = {
  id: "discrete",
  title: `discrete tomography: least largest residuals, of equal ones the least squares; median of ${SEEDS} seeds`,
  async run({ seed, signal, report }) {
    const { cases } = JSON.parse(await readFile(FILE, "utf8")) as { readonly cases: readonly Instance[] };
    const [gaps, rounded, seconds, errors]: number[][] = [[], [], [], []];
    let exact = 0;
    for (const c of cases.filter(({ proved }) => proved)) {
      checkSignal(signal);
      const image = { rows: c.N, columns: c.N, pixel: c.pixel };
      const geometry = parallelBeam({ image, angles: c.angles, detectors: c.K, spacing: c.ds });
      const operator = projector(geometry, { method: c.projector, dtype: "f64" });
      const data = tensor(Float64Array.from(c.sinogram.flat()), { shape: operator.range, dtype: "f64" });
      const truth = c.truth.flat();
      const runs = [];
      for (let s = 0; s < SEEDS; s++) {
        report(`${c.name}, seed ${s + 1} of ${SEEDS}`);
        const start = performance.now();
        const options = { key: key(seed).fold(s), maxIterations: ITERATIONS };
        const { objective, started, value } = await discreteReconstruction(
          { operator, data, levels: c.levels },
          options,
        );
        seconds.push((performance.now() - start) / 1000);
        const pixels = Array.from((await value.data()) as Float64Array);
        value.dispose();
        errors.push(mean(pixels.map((v, i) => Math.abs(v - truth[i]))));
        runs.push({ objective, before: started.objective });
      }
      const median = summarize(runs.map(({ objective }) => objective)).median;
      gaps.push(100 * (median / c.best - 1));
      rounded.push(100 * (runs[0].before / c.best - 1));
      if (median <= c.best * (1 + 1e-6)) exact++;
    }
    const facts = { unit: "%", better: "less" } as const;
    const rows: Row[] = [
      makeRow({
        id: "discrete.gap",
        title: "mean gap of the largest residual to the proved optimum",
        ...facts,
        value: mean(gaps),
        target: { relation: "<=", value: 5 },
        note: `${exact} of ${gaps.length} instances solved exactly; gaps ${gaps.map((g) => g.toFixed(1)).join(", ")} %`,
      }),
      makeRow({
        id: "discrete.start",
        title: "the same of the better of the rounded starts, SIRT and the relaxation",
        ...facts,
        value: mean(rounded),
      }),
      makeRow({
        id: "discrete.error",
        title: "mean absolute error of the image",
        unit: "",
        better: "less",
        value: mean(errors),
        note: `of the proved optima ${mean(cases.map((c) => c.best_mae)).toFixed(3)}: the least residual need not be the true image's`,
      }),
      makeRow({ id: "discrete.time", title: "time of a search", unit: "s", better: "less", value: mean(seconds) }),
    ];
    return rows;
  },
};
