/** The part of the tour on optimisers: a race, and pruning. */
import { distinctCitations } from "@ansatz/tensor";
import { markup, type Html } from "../../report/html.ts";
import { section } from "../../report/page.ts";
import { legend, linePlot, type Series } from "../../report/plot.ts";
import { table } from "../../report/table.ts";
import { showNumber } from "../../results/show.ts";
import {
  pruning,
  PRUNING_AXES,
  PRUNING_SETTINGS,
  type PruningFindings,
  type PruningMethod,
  type PruningSettings,
} from "../../suites/optim/pruning.ts";
import { race, type RacePoint, type RaceResult, type RaceSettings } from "../../suites/optim/race.ts";
import { ENTRANTS } from "../../suites/optim/raceMethods.ts";
import type { Check, Part, PartResult } from "../part.ts";

/** How much the part does. */
export interface OptimSettings {
  readonly race: RaceSettings;
  readonly pruning: PruningSettings;
}

/** What the tour does: one short run of each method, at the learning rate that the long race chose. */
export const OPTIM_SETTINGS: OptimSettings = {
  race: { seeds: 1, steps: 150, marks: [10, 25, 50, 100], batchSize: 64, trialSteps: 0, folds: 1 },
  pruning: { ...PRUNING_SETTINGS, steps: 500, sparsities: [0.5, 0.7, 0.8, 0.9] },
};

/** What the tour prunes by. */
const METHODS: readonly PruningMethod[] = ["magnitude", "joint", "gradual"];

/** What has to hold. */
export function checkOptim(
  results: readonly Pick<RaceResult, "label" | "points">[],
  { whole, results: pruned }: Pick<PruningFindings, "whole" | "results">,
): Check[] {
  const worst = results
    .map(({ label, points }) => ({ label, accuracy: points[points.length - 1].accuracy }))
    .reduce((a, b) => (b.accuracy < a.accuracy ? b : a));
  const lossAt = (method: PruningMethod, sparsity: number): number =>
    pruned.find(({ name }) => name === method)?.points.find((point) => point.sparsity === sparsity)?.loss ?? Number.NaN;
  // With few weights gone all losses are about the same.
  const all = pruned[0].points.map(({ sparsity }) => sparsity).filter((sparsity) => sparsity >= 0.8);
  const rises = all.map(
    (sparsity) => (lossAt("gradual", sparsity) - whole.loss) / (lossAt("magnitude", sparsity) - whole.loss),
  );
  const largest = Math.max(...rises);
  return [
    {
      claim: "race: every method recognises three of four new digits",
      holds: worst.accuracy >= 0.75,
      evidence: `${worst.label} ${(100 * worst.accuracy).toFixed(1)} %`,
    },
    {
      claim: "pruning from 80 % on: by curvature the loss rises less than by size",
      holds: largest < 1,
      evidence: `up to ${showNumber(largest)} times, at ${all.map((s) => `${100 * s} %`).join(", ")}`,
    },
  ];
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function raceSection(results: readonly RaceResult[], { steps, batchSize }: RaceSettings): Html {
  const names = results.map(({ label }) => label);
  const lines = (x: (point: RacePoint) => number): Series[] =>
    results.map(({ label, points }) => ({ name: label, points: points.map((p) => ({ x: x(p), y: p.loss })) }));
  const last = results.map((result) => ({ ...result, end: result.points[result.points.length - 1] }));
  const panel = (x: string, series: readonly Series[], ticks?: readonly number[]): Html =>
    markup`<div class="panel">
      ${linePlot({ x, y: "held-back loss", series, highlight: names, ...(ticks === undefined ? {} : { ticks }) })}
    </div>`;
  return section(
    "Optimisers",
    "A race on digits",
    markup`<p>
      Nine methods train the same small network from the same start on the same batches, ${steps} steps of ${batchSize}
      digits. The learning rates are those that <code>bench optim</code> chose by cross-validation for a longer race.
    </p>`,
    markup`<figure>
      <div class="columns">
        ${panel(
          "steps",
          lines((p) => p.step),
        )}
        ${panel(
          "seconds of training",
          lines((p) => p.seconds),
          [0.1, 0.2, 0.5, 1, 2, 5, 10],
        )}
      </div>
      ${legend(names, (name) => name, null)}
    </figure>`,
    table(
      [
        { title: "Method" },
        { title: "Learning rate", numeric: true },
        { title: "Held-back loss", numeric: true },
        { title: "Recognised", numeric: true },
        { title: "Time of a step", numeric: true },
      ],
      [...last]
        .sort((a, b) => a.end.loss - b.end.loss)
        .map(({ label, rate, end }) => [
          label,
          String(rate),
          end.loss.toFixed(3),
          percent(end.accuracy),
          `${((1000 * end.seconds) / end.step).toFixed(1)} ms`,
        ]),
    ),
  );
}

function pruningSection({ whole, weights, results }: PruningFindings): Html {
  const names = results.map(({ label }) => label);
  const series = results.map(({ label, points }) => ({
    name: label,
    points: points.map(({ sparsity, loss }) => ({ x: Math.round(100 * (1 - sparsity)), y: loss })),
  }));
  return section(
    "Optimisers",
    "Fewer weights",
    markup`<p>
      The network has ${weights} weights and recognises ${percent(whole.accuracy)} of new digits. Removing the smallest
      weights is simple; M-FAC knows from the gradients which ones matter, and moves the others to make up for the loss.
    </p>`,
    markup`<figure>
      <div class="columns"><div class="panel">${linePlot({ ...PRUNING_AXES, series, highlight: names })}</div></div>
      ${legend(names, (name) => name, null)}
      <figcaption>Before: ${whole.loss.toFixed(3)}.</figcaption>
    </figure>`,
    table(
      [
        { title: "Method" },
        ...results[0].points.map(({ sparsity }) => ({ title: `${100 * sparsity} % removed`, numeric: true })),
      ],
      results.map(({ label, points }) => [label, ...points.map(({ accuracy }) => percent(accuracy))]),
    ),
  );
}

/** The part, with settings of its own for tests. */
export function optimPart(settings: OptimSettings = OPTIM_SETTINGS): Part {
  return {
    name: "optim",
    title: "An optimiser race, and pruning",
    async run({ key, device, signal, report }): Promise<PartResult> {
      const context = { key, device: device.name, signal, report };
      const entrants = ENTRANTS.map((entrant) => ({ ...entrant, rates: [entrant.chosen] }));
      const results = await race(context, settings.race, entrants);
      const pruned = await pruning(context, settings.pruning, METHODS);
      const claims = checkOptim(results, pruned);
      const held = claims.filter(({ holds }) => holds).length;
      const first = results
        .map(({ label, points }) => ({ label, ...points[points.length - 1] }))
        .reduce((a, b) => (b.loss < a.loss ? b : a));
      return {
        outcome: `${held} of ${claims.length} claims hold`,
        data: { settings, race: results, pruning: pruned, checks: claims },
        sections: [raceSection(results, settings.race), pruningSection(pruned)],
        cards: [],
        headline: [
          {
            what: `race: least held-back loss after ${first.step} steps`,
            value: `${first.label}, ${first.loss.toFixed(3)}, ${percent(first.accuracy)} recognised`,
          },
          ...claims.map(({ claim, holds, evidence }) => ({
            what: claim,
            value: `${holds ? "yes" : "NO"}: ${evidence}`,
          })),
        ],
        checks: claims,
        citations: distinctCitations([...results.flatMap(({ citations }) => citations), ...pruned.citations]),
      };
    },
  };
}
