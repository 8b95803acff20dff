/** The part of the tour that quantises the denoiser. */
import { PTQ4DM_PAPER } from "@ansatz/quant";
import { DIGIT_SIZE } from "../../data/digits.ts";
import { markup, type Html } from "../../report/html.ts";
import { samplerLabel } from "../../report/labels.ts";
import { section } from "../../report/page.ts";
import { inlinePng, pictureGrid } from "../../report/picture.ts";
import { table } from "../../report/table.ts";
import { showNumber } from "../../results/show.ts";
import type { Part, PartResult } from "../part.ts";
import { QUANT_SETTINGS, runQuant, type QuantFindings, type QuantRun, type QuantSettings } from "./run.ts";

const size = (bytes: number): string => `${(bytes / 1000).toFixed(0)} kB`;
const milliseconds = (seconds: number): string => `${(1000 * seconds).toFixed(2)} ms`;

function pictures(run: QuantRun): Html {
  const { pictures: values, name, bytes, difference } = run;
  const count = values.length / DIGIT_SIZE ** 2;
  const png = pictureGrid({ values, count, height: DIGIT_SIZE, width: DIGIT_SIZE, columns: Math.min(4, count) });
  const note = difference === null ? size(bytes) : `${size(bytes)}, difference ${showNumber(difference)}`;
  return markup`<div class="panel">
    <h4>${name}</h4>
    ${inlinePng(png, `digits of the ${name} denoiser`)}<small>${note}</small>
  </div>`;
}

function scores({ runs }: QuantFindings): Html {
  return table(
    [
      { title: "Denoiser" },
      { title: "Size", numeric: true },
      { title: "One picture, one call", numeric: true },
      { title: "Difference", numeric: true },
      { title: "Sliced Wasserstein", numeric: true },
      { title: "Fréchet", numeric: true },
    ],
    runs.map((run) => [
      run.name,
      size(run.bytes),
      milliseconds(run.callSeconds),
      run.difference === null ? "" : showNumber(run.difference),
      showNumber(run.slicedWasserstein),
      showNumber(run.frechet),
    ]),
  );
}

/** The layers of a quantised denoiser that lose most. */
function weakest(run: QuantRun): Html {
  const chosen = [...run.layers].sort(
    (a, b) => Math.min(a.weightSqnr, a.inputSqnr) - Math.min(b.weightSqnr, b.inputSqnr),
  );
  return table(
    [
      { title: `Layer of ${run.name}` },
      { title: "Weight bits", numeric: true },
      { title: "Input bits", numeric: true },
      { title: "Weight, dB", numeric: true },
      { title: "Input, dB", numeric: true },
    ],
    chosen
      .slice(0, 6)
      .map((layer) => [layer.path, layer.weight, layer.input, layer.weightSqnr.toFixed(1), layer.inputSqnr.toFixed(1)]),
  );
}

/** The part, with settings of its own for tests. */
export function quantPart(settings: QuantSettings = QUANT_SETTINGS): Part {
  return {
    name: "quant",
    title: "The denoiser in few bits",
    async run(context): Promise<PartResult> {
      const findings = await runQuant(context, settings);
      const { runs } = findings;
      const [float, ...quantized] = runs;
      const last = quantized.at(-1) ?? float;
      return {
        outcome: `${quantized.length} quantised denoisers, ${settings.count} digits each`,
        data: {
          settings,
          runs: runs.map(({ pictures: _, ...run }) => run),
        },
        sections: [
          section(
            "Quantisation",
            "The same digits in few bits",
            markup`<p>
              The denoiser is quantised without training (PTQ4DM): every weight to 8 or 4 bits with a scale for each
              output channel, the input of every layer to 8 or 6 bits with a range found on ${settings.calibration}
              states of the network's own sampling, at normally distributed time steps. First and last layer keep 8 bits.
              All denoisers start from the same noise and take ${settings.nfe} steps of ${samplerLabel(settings.sampler)}.
            </p>`,
            markup`<figure>
              <div class="columns">${runs.map(pictures)}</div>
              <figcaption>
                W4A8 has weights of 4 bits and layer inputs of 8. Differences are root mean squares over all pixels, from
                -1 to 1, against the float denoiser. The times are those of emulation in floats, which rounds every
                layer's input: exact to the codes, not faster.
              </figcaption>
            </figure>`,
            scores(findings),
            weakest(last),
          ),
        ],
        cards: quantized.slice(0, 1).map((run) => ({
          value: size(run.bytes),
          text: `for the denoiser in 8 bits, ${size(float.bytes)} in floats`,
        })),
        headline: runs.map((run) => ({
          what: `quantised denoiser: ${run.name}`,
          value: `${size(run.bytes)}, Fréchet ${showNumber(run.frechet)}, ${milliseconds(run.callSeconds)}`,
        })),
        checks: [],
        citations: [PTQ4DM_PAPER],
      };
    },
  };
}
