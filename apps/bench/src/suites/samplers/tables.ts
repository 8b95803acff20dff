/** Errors by the number of model calls, and how they compare with an independent implementation. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ContinuousSpacing } from "@ansatz/samplers";
import { key } from "@ansatz/tensor/random";
import { z } from "zod";
import { ASSETS } from "../../assets.ts";
import { exactErrors } from "../../exact/errors.ts";
import { MIXTURES, type MixtureProblem } from "../../problems/mixtures.ts";
import type { Row } from "../../results/benchResult.ts";
import type { Figure } from "../base.ts";
import { makeRow } from "../rows.ts";
import { gridOf, TABULATED, withProblem } from "./problem.ts";

const SPACINGS: readonly ContinuousSpacing[] = ["time-uniform", "log-snr"];

const referenceForm = z.object({
  about: z.string(),
  nfe: z.array(z.number()),
  errors: z.record(z.string(), z.record(z.string(), z.array(z.number().nullable()))),
});

type Reference = z.infer<typeof referenceForm>;

async function readReference(): Promise<Reference> {
  return referenceForm.parse(JSON.parse(await readFile(join(ASSETS, "samplersReference.json"), "utf8")));
}

/** The table of one problem on one grid. */
function table(problem: MixtureProblem, spacing: ContinuousSpacing): Figure {
  const id = `${problem.name}-${spacing}`;
  return {
    id,
    title: `errors on ${problem.title}, ${spacing} grid`,
    plot: { x: "model calls", y: "rms error" },
    async run(context) {
      const { nfe: nfes } = await readReference();
      return withProblem(context, problem, gridOf(spacing), async (prepared) => {
        const errors = await exactErrors(
          prepared,
          TABULATED,
          nfes,
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
      });
    },
  };
}

export const tables: readonly Figure[] = MIXTURES.flatMap((problem) =>
  SPACINGS.map((spacing) => table(problem, spacing)),
);

/** Below this, errors are compared as they are: it is the error of the exact flow. */
const FLOOR = 1e-7;

/** Every error of the reference table against ours; one row per method, problem and grid. */
export const agreement: Figure = {
  id: "agreement",
  title:
    "errors against those of an independent implementation: the largest relative difference over all numbers of calls",
  async run(context) {
    const { nfe: nfes, errors: reference } = await readReference();
    const rows: Row[] = [];
    for (const problem of MIXTURES) {
      for (const spacing of SPACINGS) {
        const expected = reference[`${problem.name}-${spacing}`];
        await withProblem(context, problem, gridOf(spacing), async (prepared) => {
          for (const [name, values] of Object.entries(expected)) {
            const entries = TABULATED.filter((entry) => entry.name === name);
            if (entries.length !== 1) throw new Error(`agreement: no sampler ${name}.`);
            const wanted = nfes.filter((_, i) => values[i] !== null);
            const found = await exactErrors(prepared, entries, wanted, key(context.seed), context.signal);
            const differences = found.map(({ nfe, error }) => {
              const want = values[nfes.indexOf(nfe)] as number;
              return Math.max(0, Math.abs(error - want) - FLOOR) / want;
            });
            context.report(`${problem.name}, ${spacing}: ${name}`);
            rows.push(
              makeRow({
                id: `agreement.${problem.name}-${spacing}.${name}`,
                title: `${problem.name}, ${spacing}: ${name}`,
                unit: "relative",
                better: "less",
                value: found.length === wanted.length ? Math.max(...differences) : null,
                runs: found.length,
                target: { relation: "<=", value: 0.02 },
                note: `${found.length} of ${wanted.length} errors`,
              }),
            );
          }
        });
      }
    }
    return rows;
  },
};
