/** The part of the tour that draws digits. */
import { markup, type Html } from "../../report/html.ts";
import { samplerLabel } from "../../report/labels.ts";
import { section, type Card } from "../../report/page.ts";
import { inlinePng, pictureGrid } from "../../report/picture.ts";
import { legend, linePlot, type Series } from "../../report/plot.ts";
import { table } from "../../report/table.ts";
import { DIGIT_SIZE } from "../../data/digits.ts";
import { showNumber } from "../../results/show.ts";
import type { HeadlineRow, Part, PartResult } from "../part.ts";
import { DIGIT_SETTINGS, runDigits, type DigitFindings, type DigitRun, type DigitSettings } from "./run.ts";

/** Samplers that are shown in full; the others can be unfolded. */
const HIGHLIGHT = ["ddim", "s-pndm", "plms", "f-pndm", "dpm-solver-2s", "dpm-solver++-2m"];

function pictures(values: Float32Array, alt: string): Html {
  const count = values.length / (DIGIT_SIZE * DIGIT_SIZE);
  const columns = Math.min(8, count);
  return inlinePng(pictureGrid({ values, count, height: DIGIT_SIZE, width: DIGIT_SIZE, columns }), alt);
}

function runAt(findings: DigitFindings, sampler: string, nfe: number): DigitRun | undefined {
  return findings.runs.find((run) => run.sampler === sampler && run.nfe === nfe);
}

function matrix(findings: DigitFindings, names: readonly string[]): Html {
  const { nfes } = findings.settings;
  const cell = (name: string, nfe: number): Html => {
    const run = runAt(findings, name, nfe);
    if (run === undefined) return markup`<div><small>needs more than ${nfe} calls</small></div>`;
    const error = run.error === null ? "adds noise" : `error ${showNumber(run.error)}`;
    return markup`<div>
      ${pictures(run.pictures, `${samplerLabel(name)}, ${nfe} model calls`)}<small>${error}</small>
    </div>`;
  };
  const template = `8.2rem repeat(${nfes.length}, minmax(180px, 1fr))`;
  return markup`<div class="matrix" style="grid-template-columns:${template}">
    <div></div>
    ${nfes.map((nfe) => markup`<div class="top">${nfe} model calls</div>`)}
    ${names.map(
      (name) =>
        markup`<div class="name">${samplerLabel(name)}</div>
          ${nfes.map((nfe) => cell(name, nfe))} `,
    )}
  </div>`;
}

function references({ fine, real }: DigitFindings): Html {
  return markup`<figure>
    <div class="columns">
      <div class="panel">
        <h4>Fine solution: ${samplerLabel(fine.sampler)}, ${fine.nfe} model calls</h4>
        ${pictures(fine.pictures, "digits of the fine solution")}
      </div>
      <div class="panel">
        <h4>Real digits</h4>
        ${pictures(real.pictures, "real digits")}
      </div>
    </div>
  </figure>`;
}

function plots(findings: DigitFindings, names: readonly string[]): Html {
  const series = (pick: (run: DigitRun) => number | null): Series[] =>
    names.map((name) => ({
      name,
      points: findings.runs
        .filter(({ sampler }) => sampler === name)
        .map((run) => ({ x: run.nfe, y: pick(run) }))
        .filter((point): point is { x: number; y: number } => point.y !== null),
    }));
  const panel = (title: string, y: string, pick: (run: DigitRun) => number | null): Html =>
    markup`<div class="panel">
      <h4>${title}</h4>
      ${linePlot({ x: "model calls", y, series: series(pick).filter(({ points }) => points.length > 0), highlight: HIGHLIGHT })}
    </div>`;
  return markup`<figure>
    <div class="columns">
      ${panel("Error against the fine solution", "rms error", ({ error }) => error)}
      ${panel("Distance to held-back digits", "Fréchet distance", ({ frechet }) => frechet)}
    </div>
    ${legend(HIGHLIGHT, samplerLabel, "other samplers")}
    <figcaption>
      Left: root mean square over all pixels, from the same noise; pixels range from -1 to 1. Right: between Gaussians
      fitted to 32 features of a small classifier.
    </figcaption>
  </figure>`;
}

function scores(findings: DigitFindings, names: readonly string[]): Html {
  const { fine, real } = findings;
  const best = (nfe: number, pick: (run: DigitRun) => number | null): number =>
    Math.min(...findings.runs.filter((run) => run.nfe === nfe).map((run) => pick(run) ?? Infinity));
  const rows = findings.settings.nfes.flatMap((nfe) =>
    names.flatMap((name) => {
      const run = runAt(findings, name, nfe);
      if (run === undefined) return [];
      const mark = (value: number | null, lowest: number): { text: string; class: string } => ({
        text: value === null ? "" : showNumber(value),
        class: value === lowest ? "best" : "",
      });
      return [
        [
          samplerLabel(name),
          nfe,
          mark(
            run.error,
            best(nfe, ({ error }) => error),
          ),
          mark(
            run.slicedWasserstein,
            best(nfe, (r) => r.slicedWasserstein),
          ),
          mark(
            run.frechet,
            best(nfe, ({ frechet }) => frechet),
          ),
          `${run.seconds.toFixed(1)} s`,
        ],
      ];
    }),
  );
  const reference = [
    [
      `Fine: ${samplerLabel(fine.sampler)}`,
      fine.nfe,
      `≈ ${showNumber(fine.ownError)}`,
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

function bestRun(findings: DigitFindings, nfe: number): DigitRun | undefined {
  return findings.runs
    .filter((run) => run.nfe === nfe && run.error !== null)
    .sort((a, b) => (a.error ?? 0) - (b.error ?? 0))
    .at(0);
}

function cards(findings: DigitFindings): Card[] {
  const [few] = findings.settings.nfes;
  const many = findings.settings.nfes[findings.settings.nfes.length - 1];
  const best = bestRun(findings, few);
  const ddim = runAt(findings, "ddim", many);
  const milliseconds = (1000 * findings.fine.seconds) / (findings.settings.count * findings.fine.nfe);
  const list: Card[] = [];
  if (best?.error !== null && best !== undefined) {
    list.push({
      value: showNumber(best.error),
      text: `rms error of ${samplerLabel(best.sampler)} with ${few} model calls, the best of all`,
    });
  }
  if (ddim?.error !== null && ddim !== undefined) {
    list.push({ value: showNumber(ddim.error), text: `rms error of DDIM with ${many} model calls` });
  }
  return [
    ...list,
    { value: `${milliseconds.toFixed(1)} ms`, text: "per digit and model call" },
    {
      value: findings.classifier["test accuracy"] ?? "-",
      text: "of held-back digits recognised by the classifier behind the Fréchet distance",
    },
  ];
}

function headline(findings: DigitFindings): HeadlineRow[] {
  return HIGHLIGHT.map((name) => {
    const parts = findings.settings.nfes.flatMap((nfe) => {
      const run = runAt(findings, name, nfe);
      return run?.error === undefined || run.error === null ? [] : [`${nfe}: ${showNumber(run.error)}`];
    });
    return { what: `digits, ${samplerLabel(name)}: rms error by model calls`, value: parts.join("   ") };
  }).filter(({ value }) => value !== "");
}

/** The part, with settings of its own for tests. */
export function digitsPart(settings: DigitSettings = DIGIT_SETTINGS): Part {
  return {
    name: "digits",
    title: "Handwritten digits with the trained denoiser",
    async run(context): Promise<PartResult> {
      const findings = await runDigits(context, settings);
      const names = [...new Set(findings.runs.map(({ sampler }) => sampler))];
      const front = HIGHLIGHT.filter((name) => names.includes(name));
      const others = names.filter((name) => !HIGHLIGHT.includes(name));
      const { count, fine } = settings;
      const training = Object.entries(findings.metadata)
        .map(([field, value]) => `${field} ${value}`)
        .join(", ");
      return {
        outcome: `${findings.runs.length} runs of ${count} digits`,
        data: {
          settings,
          training: findings.metadata,
          classifier: findings.classifier,
          fine: withoutPictures(findings.fine),
          real: withoutPictures(findings.real),
          runs: findings.runs.map(withoutPictures),
        },
        sections: [
          section(
            "Digits",
            "Drawn from the same noise",
            markup`<p>
              A small U-Net, trained by this repository's own code, predicts the noise in a picture. Each sampler starts
              from the same ${count} pieces of noise and may ask the network a fixed number of times. How well it does
              is its distance from the fine solution of the same differential equation, ${fine.nfe} model calls, and
              from ${1000} digits that were held back from training.
            </p>`,
            markup`<figure>${matrix(findings, front)}</figure>`,
            others.length > 0
              ? markup`<details>
                  <summary>The other samplers</summary>
                  ${matrix(findings, others)}
                </details>`
              : markup``,
            references(findings),
            plots(findings, names),
            scores(findings, front),
            others.length > 0
              ? markup`<details>
                  <summary>Scores of the other samplers</summary>
                  ${scores(findings, others)}
                </details>`
              : markup``,
            markup`<p class="quiet">The network: ${training}.</p>`,
          ),
        ],
        cards: cards(findings),
        headline: headline(findings),
        checks: [],
        citations: findings.citations,
      };
    },
  };
}

/** A run without its pictures, for the JSON report. */
function withoutPictures<T extends { readonly pictures: Float32Array }>(run: T): Omit<T, "pictures"> {
  return Object.fromEntries(Object.entries(run).filter(([name]) => name !== "pictures")) as Omit<T, "pictures">;
}
