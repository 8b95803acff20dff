/** What has to hold between the errors of two samplers. */
import { samplers } from "@ansatz/samplers";
import { key } from "@ansatz/tensor/random";
import { exactErrors } from "../../exact/errors.ts";
import { MIXTURES } from "../../problems/mixtures.ts";
import type { Row } from "../../results/benchResult.ts";
import type { Figure, FigureContext } from "../base.ts";
import { makeRow } from "../rows.ts";
import { gridOf, withProblem } from "./problem.ts";

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

export const a: Figure = {
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

export const b: Figure = {
  id: "b",
  title: "PLMS at 25 model calls against DDIM at 100",
  run: (context) => compare(context, "b", [{ sampler: "plms", nfe: 25, against: "ddim", againstNfe: 100, factor: 1 }]),
};
