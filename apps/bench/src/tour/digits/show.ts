/** How drawn digits are shown: pictures, plots and tables. */
import { DIGIT_SIZE } from "../../data/digits.ts";
import { markup, type Html } from "../../report/html.ts";
import { samplerLabel } from "../../report/labels.ts";
import { inlinePng, pictureGrid } from "../../report/picture.ts";
import { legend, linePlot, type Series } from "../../report/plot.ts";
import { table, type Cell } from "../../report/table.ts";
import { showNumber } from "../../results/show.ts";
import type { DigitFindings, DigitRun } from "./run.ts";

/** The run of a sampler with a number of model calls. */
export function runAt({ runs }: DigitFindings, sampler: string, nfe: number): DigitRun | undefined {
  return runs.find((run) => run.sampler === sampler && run.nfe === nfe);
}

/** Most pictures in a row. */
const COLUMNS = 8;

function pictures(values: Float32Array, alt: string): Html {
  const count = values.length / (DIGIT_SIZE * DIGIT_SIZE);
  const columns = Math.min(COLUMNS, count);
  return inlinePng(pictureGrid({ values, count, height: DIGIT_SIZE, width: DIGIT_SIZE, columns }), alt);
}

function picturesOf(run: DigitRun): Html {
  const error = run.error === null ? "adds noise of its own" : `error ${showNumber(run.error)}`;
  return markup`<div>${pictures(run.pictures, `${samplerLabel(run.sampler)}, ${run.nfe} model calls`)}<small>${error}</small></div>`;
}

/** Samplers in rows, numbers of model calls in columns; the fine solution and real digits below. */
export function matrix(findings: DigitFindings): Html {
  const { fine, real, settings } = findings;
  const { samplers, nfes } = settings;
  const template = `8.2rem repeat(${nfes.length}, minmax(180px, 1fr))`;
  const rows = samplers.map((name) => {
    const cells = nfes.map((nfe) => {
      const run = runAt(findings, name, nfe);
      return run === undefined ? markup`<div><small>takes more than ${nfe}</small></div>` : picturesOf(run);
    });
    return markup`<div class="name">${samplerLabel(name)}</div>${cells}`;
  });
  return markup`<figure>
    <div class="matrix" style="grid-template-columns:${template}">
      <div></div>
      ${nfes.map((nfe) => markup`<div class="top">${nfe} model calls</div>`)}
      ${rows}
    </div>
    <div class="columns" style="margin-top:1.4rem">
      <div class="panel">
        <h4>What all of them aim at: ${samplerLabel(fine.sampler)}, ${fine.nfe} model calls</h4>
        ${pictures(fine.pictures, "digits of the fine solution")}
      </div>
      <div class="panel">
        <h4>Real digits</h4>
        ${pictures(real.pictures, "real digits")}
      </div>
    </div>
    <figcaption>
      Pictures in the same place grew out of the same noise. Errors are root mean squares over all
      pixels, which range from -1 to 1, against the fine solution.
    </figcaption>
  </figure>`;
}

/** Error and Fréchet distance by the number of model calls. */
export function plots(findings: DigitFindings): Html {
  const { samplers } = findings.settings;
  const panel = (title: string, y: string, pick: (run: DigitRun) => number | null): Html => {
    const series = samplers.map((name): Series => {
      const runs = findings.runs.filter(({ sampler }) => sampler === name);
      const points = runs.map((run) => ({ x: run.nfe, y: pick(run) }));
      return { name, points: points.filter((point): point is { x: number; y: number } => point.y !== null) };
    });
    const drawn = linePlot({ x: "model calls", y, series, highlight: samplers });
    return markup`<div class="panel"><h4>${title}</h4>${drawn}</div>`;
  };
  return markup`<figure>
    <div class="columns">
      ${panel("Error against the fine solution", "rms error", ({ error }) => error)}
      ${panel("Distance to held-back digits", "Fréchet distance", ({ frechet }) => frechet)}
    </div>
    ${legend(samplers, samplerLabel, null)}
    <figcaption>
      Left, from the same noise. Right, between Gaussians fitted to the 32 features of a small classifier:
      ${findings.settings.count} drawn digits against 1000 held-back ones. As many real digits are
      ${showNumber(findings.real.frechet)} away, which is as near as so few can be.
    </figcaption>
  </figure>`;
}

/** The scores of all runs, the best of each number of model calls marked. */
export function scoreTable({ fine, real, runs }: DigitFindings): Html {
  const chosen = [...runs].sort((a, b) => a.nfe - b.nfe);
  const best = (nfe: number, pick: (run: DigitRun) => number | null): number =>
    Math.min(...chosen.filter((run) => run.nfe === nfe).map((run) => pick(run) ?? Infinity));
  const cell = (run: DigitRun, pick: (run: DigitRun) => number | null): Cell => {
    const value = pick(run);
    return { text: value === null ? "" : showNumber(value), class: value === best(run.nfe, pick) ? "best" : "" };
  };
  const rows = chosen.map((run) => [
    samplerLabel(run.sampler),
    run.nfe,
    cell(run, ({ error }) => error),
    cell(run, ({ slicedWasserstein }) => slicedWasserstein),
    cell(run, ({ frechet }) => frechet),
    `${run.seconds.toFixed(1)} s`,
  ]);
  const reference = [
    [
      `Fine: ${samplerLabel(fine.sampler)}`,
      fine.nfe,
      `about ${showNumber(fine.ownError)}`,
      showNumber(fine.slicedWasserstein),
      showNumber(fine.frechet),
      `${fine.seconds.toFixed(1)} s`,
    ],
    ["Real digits", "", "", showNumber(real.slicedWasserstein), showNumber(real.frechet), ""],
  ];
  return table(
    [
      { title: "Sampler" },
      { title: "Model calls", numeric: true },
      { title: "Error", numeric: true },
      { title: "Sliced Wasserstein", numeric: true },
      { title: "Fréchet", numeric: true },
      { title: "Time", numeric: true },
    ],
    [...rows, ...reference],
  );
}
