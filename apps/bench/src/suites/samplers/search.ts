/** Searched solver schedules on unseen noise, against the best published sampler. */
import { solverSchedule } from "@ansatz/samplers";
import { searchCheck } from "@ansatz/samplers/problems";
import { checkSignal } from "../../cli/io.ts";
import { MIXTURES } from "../../problems/mixtures.ts";
import type { Row } from "../../results/benchResult.ts";
import type { Figure } from "../base.ts";
import { makeRow } from "../rows.ts";

/** Error of the median search over that of the best published sampler. */
const TARGETS: Readonly<Record<number, number>> = { 5: 0.8, 10: 0.95 };

export const search: Figure = {
  id: "S3",
  title: "schedules found by search, three seeds, 2000 candidates each, judged on noise that the search has not seen",
  async run({ signal, report }) {
    const rows: Row[] = [];
    for (const problem of MIXTURES) {
      for (const evaluations of [5, 10]) {
        const { fixed, searches, ratio } = await searchCheck({
          mixture: problem.mixture,
          evaluations,
          onProgress({ seed, evaluated, budget, error }) {
            checkSignal(signal);
            report(
              `${problem.name}, ${evaluations} calls, seed ${seed}: ${evaluated} of ${budget}, ${error.toFixed(4)}`,
            );
          },
        });
        const id = `S3.${problem.name}.${evaluations}`;
        const found = searches.map(({ testError }) => testError.toFixed(4)).join(", ");
        const shared = { better: "less", runs: searches.length } as const;
        rows.push(
          makeRow({
            ...shared,
            id,
            title: `${problem.name}, ${evaluations} model calls: error over that of the best published sampler`,
            unit: "x",
            value: ratio,
            target: { relation: "<=", value: TARGETS[evaluations] },
            note: `${found} against ${fixed.error.toFixed(4)} of ${fixed.name}`,
          }),
          makeRow({
            ...shared,
            id: `${id}.time`,
            title: `${problem.name}, ${evaluations} model calls: the longest search`,
            unit: "s",
            value: Math.max(...searches.map(({ seconds }) => seconds)),
            target: { relation: "<=", value: 60 },
            needsIdleMachine: true,
          }),
          makeRow({
            ...shared,
            id: `${id}.reload`,
            title: `${problem.name}, ${evaluations} model calls: schedules that change when saved as JSON and read again`,
            unit: "schedules",
            better: "equal",
            value: searches.filter(({ result: { schedule } }) => {
              const text = JSON.stringify(schedule);
              return JSON.stringify(solverSchedule(JSON.parse(text))) !== text;
            }).length,
            target: { relation: "=", value: 0 },
          }),
        );
      }
    }
    return rows;
  },
};
