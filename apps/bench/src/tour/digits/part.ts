/** The part of the tour that draws digits. */
import { markup } from "../../report/html.ts";
import { samplerLabel } from "../../report/labels.ts";
import { section, type Card } from "../../report/page.ts";
import { showNumber } from "../../results/show.ts";
import type { HeadlineRow, Part, PartResult } from "../part.ts";
import { DIGIT_SETTINGS, runDigits, type DigitFindings, type DigitRun, type DigitSettings } from "./run.ts";
import { matrix, plots, runAt, scoreTable } from "./show.ts";

/** The run with the least error among those with a number of model calls. */
function bestRun({ runs }: DigitFindings, nfe: number): (DigitRun & { readonly error: number }) | undefined {
  return runs
    .filter((run): run is DigitRun & { readonly error: number } => run.nfe === nfe && run.error !== null)
    .sort((a, b) => a.error - b.error)
    .at(0);
}

function cards(findings: DigitFindings): Card[] {
  const { nfes, count } = findings.settings;
  const [few, many] = [Math.min(...nfes), Math.max(...nfes)];
  const best = bestRun(findings, few);
  const ddim = runAt(findings, "ddim", many);
  const { fine, classifier, metadata } = findings;
  const milliseconds = (1000 * fine.seconds) / (count * fine.nfe);
  return [
    ...(best === undefined
      ? []
      : [
          {
            value: showNumber(best.error),
            text: `rms error of ${samplerLabel(best.sampler)} with ${few} model calls, the least of all`,
          },
        ]),
    ...(ddim?.error === undefined || ddim.error === null
      ? []
      : [{ value: showNumber(ddim.error), text: `rms error of DDIM with ${many} model calls` }]),
    {
      value: `${milliseconds.toFixed(1)} ms`,
      text: `for one digit and one model call of a network of ${metadata["parameters"] ?? "unknown"} parameters`,
    },
    {
      value: classifier["test accuracy"] ?? "unknown",
      text: "of new digits recognised by the classifier behind the Fréchet distance",
    },
  ];
}

function headline(findings: DigitFindings): HeadlineRow[] {
  const { samplers, nfes } = findings.settings;
  return samplers.flatMap((name) => {
    const errors = nfes.flatMap((nfe) => {
      const error = runAt(findings, name, nfe)?.error ?? null;
      return error === null ? [] : [`${showNumber(error)} at ${nfe}`];
    });
    return errors.length === 0
      ? []
      : [{ what: `digits: rms error of ${samplerLabel(name)}`, value: errors.join(", ") }];
  });
}

/** A run without its pictures, for the JSON report. */
function withoutPictures<T extends { readonly pictures: Float32Array }>(run: T): Omit<T, "pictures"> {
  return Object.fromEntries(Object.entries(run).filter(([name]) => name !== "pictures")) as Omit<T, "pictures">;
}

/** The part, with settings of its own for tests. */
export function digitsPart(settings: DigitSettings = DIGIT_SETTINGS): Part {
  return {
    name: "digits",
    title: "Handwritten digits with the trained denoiser",
    async run(context): Promise<PartResult> {
      const findings = await runDigits(context, settings);
      const { count, fine } = settings;
      const { "final loss": loss, "held-back loss": heldBack, command } = findings.metadata;
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
              from the same ${count} pieces of noise and may ask the network a fixed number of times. What matters is how
              near it comes to the fine solution of the same differential equation, ${fine.nfe} model calls, and to
              digits that were held back from training.
            </p>`,
            matrix(findings),
            plots(findings),
            scoreTable(findings),
            markup`<p class="quiet">
              The network was trained by <code>${command ?? "unknown"}</code>: loss ${loss ?? "unknown"}, on held-back
              digits ${heldBack ?? "unknown"}.
            </p>`,
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
