/**
 * Errors of the samplers against exact samples of Gaussian mixtures, by the number of model calls, and what has to hold
 * between them.
 */
import { levelGrid, samplers, vpLinear, type ContinuousSpacing, type LevelGrid } from "@ansatz/samplers";
import { key } from "@ansatz/tensor/random";
import { exactErrors, keptPoints, prepareExact, type ExactProblem } from "../../exact/errors.ts";
import { MIXTURES, type MixtureProblem } from "../../problems/mixtures.ts";
import type { Row } from "../../results/benchResult.ts";
import type { Figure, FigureContext, Suite } from "../base.ts";
import { makeRow } from "../rows.ts";

/** Numbers of function evaluations in the tables. */
const NFES = [5, 6, 8, 10, 12, 15, 20, 25, 50, 100, 250, 1000];

const SPACINGS: readonly ContinuousSpacing[] = ["time-uniform", "log-snr"];

function gridOf(spacing: ContinuousSpacing): LevelGrid {
  return levelGrid(vpLinear(), { spacing });
}

async function withProblem<T>(
  context: FigureContext,
  problem: MixtureProblem,
  grid: LevelGrid,
  use: (prepared: ExactProblem) => Promise<T>,
): Promise<T> {
  using unit = keptPoints(problem, context.device);
  const prepared = await prepareExact(problem, grid, unit);
  try {
    return await use(prepared);
  } finally {
    prepared.x.dispose();
  }
}

/** The table of one problem on one grid. */
function table(problem: MixtureProblem, spacing: ContinuousSpacing): Figure {
  const id = `${problem.name}-${spacing}`;
  return {
    id,
    title: `errors on ${problem.title}, ${spacing} grid`,
    run: (context) =>
      withProblem(context, problem, gridOf(spacing), async (prepared) => {
        const errors = await exactErrors(
          prepared,
          samplers,
          NFES,
          key(context.seed),
          context.signal,
          ({ sampler, nfe }) => context.report(`${sampler}, ${nfe} model calls`),
        );
        return errors.map(({ sampler, nfe, error }) =>
          makeRow({
            id: `${id}.${sampler}.${nfe}`,
            title: `${sampler}, ${nfe} model calls`,
            unit: "rms",
            better: "less",
            value: error,
          }),
        );
      }),
  };
}

/** Two errors of which the first has to be smaller, by at least a factor. */
interface Comparison {
  readonly sampler: string;
  readonly nfe: number;
  readonly against: string;
  readonly againstNfe: number;
  readonly factor: number;
}

async function compare(context: FigureContext, figure: string, comparisons: readonly Comparison[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const problem of MIXTURES) {
    await withProblem(context, problem, gridOf("time-uniform"), async (prepared) => {
      const errorOf = async (name: string, nfe: number): Promise<number> => {
        const entries = samplers.filter((entry) => entry.name === name);
        const [found] = await exactErrors(prepared, entries, [nfe], key(context.seed), context.signal);
        return found.error;
      };
      for (const { sampler, nfe, against, againstNfe, factor } of comparisons) {
        const [mine, theirs] = [await errorOf(sampler, nfe), await errorOf(against, againstNfe)];
        rows.push(
          makeRow({
            id: `${figure}.${problem.name}.${sampler}-${nfe}.${against}-${againstNfe}`,
            title: `${problem.name}: error of ${against} at ${againstNfe} over that of ${sampler} at ${nfe}`,
            unit: "x",
            better: "more",
            value: theirs / mine,
            target: { relation: ">", value: factor },
            note: `${theirs.toExponential(1)} against ${mine.toExponential(1)}`,
          }),
        );
      }
    });
  }
  return rows;
}

const a: Figure = {
  id: "a",
  title: "PLMS at 50 and F-PNDM at 59 model calls against DDIM at 1000; PLMS at 50 against DDIM at 250",
  run: (context) =>
    compare(context, "a", [
      { sampler: "plms", nfe: 50, against: "ddim", againstNfe: 1000, factor: 1 },
      { sampler: "f-pndm", nfe: 59, against: "ddim", againstNfe: 1000, factor: 1 },
      // Seven times, rounded.
      { sampler: "plms", nfe: 50, against: "ddim", againstNfe: 250, factor: 6.5 },
    ]),
};

const b: Figure = {
  id: "b",
  title: "PLMS at 25 model calls against DDIM at 100",
  run: (context) => compare(context, "b", [{ sampler: "plms", nfe: 25, against: "ddim", againstNfe: 100, factor: 1 }]),
};

export const samplersSuite: Suite = {
  name: "samplers",
  title: "The samplers: errors against exact samples of Gaussian mixtures",
  packages: ["@ansatz/tensor", "@ansatz/samplers"],
  figures: [...MIXTURES.flatMap((problem) => SPACINGS.map((spacing) => table(problem, spacing))), a, b],
};
