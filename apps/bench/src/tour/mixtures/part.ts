/** The part of the tour on Gaussian mixtures. */
import { cloud } from "../../report/cloud.ts";
import { markup, type Html } from "../../report/html.ts";
import { samplerLabel } from "../../report/labels.ts";
import { section } from "../../report/page.ts";
import { legend, linePlot } from "../../report/plot.ts";
import { SERIES_COLORS } from "../../report/style.ts";
import { table } from "../../report/table.ts";
import { showNumber } from "../../results/show.ts";
import type { Check, Part, PartResult } from "../part.ts";
import { MIXTURE_SETTINGS, runMixtures, type MixtureFindings, type MixtureSettings } from "./run.ts";

/** Samplers in the order of their colours. */
const HIGHLIGHT = MIXTURE_SETTINGS.samplers;

/** Numbers of model calls that the plots mark. */
const TICKS = [5, 10, 25, 50, 100, 250, 1000];

/** What has to hold on every problem: the first is better than the second, with fewer model calls. */
const CLAIMS = [
  { better: { sampler: "plms", nfe: 25 }, worse: { sampler: "ddim", nfe: 100 } },
  { better: { sampler: "plms", nfe: 50 }, worse: { sampler: "ddim", nfe: 1000 } },
];

function errorOf(
  errors: MixtureFindings["tables"][number]["errors"],
  sampler: string,
  nfe: number,
): number | undefined {
  return errors.find((row) => row.sampler === sampler && row.nfe === nfe)?.error;
}

/** The claims on the problems where both sides were run. */
export function checkMixtures({ tables }: MixtureFindings): Check[] {
  return tables.flatMap(({ problem, errors }) =>
    CLAIMS.flatMap(({ better, worse }): Check[] => {
      const [a, b] = [better, worse].map(({ sampler, nfe }) => errorOf(errors, sampler, nfe));
      if (a === undefined || b === undefined) return [];
      const name = ({ sampler, nfe }: typeof better): string => `${samplerLabel(sampler)} at ${nfe}`;
      return [
        {
          claim: `${problem}: ${name(better)} model calls beats ${name(worse)}`,
          holds: a < b,
          evidence: `${a.toExponential(1)} against ${b.toExponential(1)}, ${showNumber(b / a)} times`,
        },
      ];
    }),
  );
}

function clouds({ clouds: all, exact }: MixtureFindings): Html {
  const names = [...new Set(all.map(({ sampler }) => sampler))];
  const nfes = [...new Set(all.map(({ nfe }) => nfe))];
  const limit = 2.3;
  const template = `5.5rem repeat(${names.length + 1}, minmax(120px, 1fr))`;
  const head = [markup`<div></div>`, ...names.map((name) => markup`<div class="name">${samplerLabel(name)}</div>`)];
  const truth = markup`<div style="grid-row:span ${nfes.length}">
    ${cloud(exact, limit, "var(--ink)", "exact flow")}<small>what all of them aim at</small>
  </div>`;
  const rows = nfes.map((nfe, row) => {
    const cells = names.map((name, i) => {
      const found = all.find((c) => c.sampler === name && c.nfe === nfe);
      if (found === undefined) return markup`<div></div>`;
      const label = `${samplerLabel(name)}, ${nfe} model calls`;
      return markup`<div>
        ${cloud(found.points, limit, SERIES_COLORS[i], label)}<small>error ${showNumber(found.error)}</small>
      </div>`;
    });
    const last = row === 0 && truth;
    return markup`<div class="name">${nfe}<small>model calls</small></div>
      ${cells}${last}`;
  });
  return markup`<figure>
    <div class="matrix" style="grid-template-columns:${template}">
      ${head}
      <div class="name">Exact flow</div>
      ${rows}
    </div>
    <figcaption>
      The same noise, carried by each sampler to a ring of eight narrow Gaussians whose denoiser is known in closed
      form. Errors are root mean squares against the exact end points on the right.
    </figcaption>
  </figure> `;
}

function plots({ tables }: MixtureFindings): Html {
  const panels = tables.map(({ problem, title, errors }) => {
    const names = [...new Set(errors.map(({ sampler }) => sampler))];
    const series = names.map((name) => ({
      name,
      points: errors.filter(({ sampler }) => sampler === name).map(({ nfe, error }) => ({ x: nfe, y: error })),
    }));
    const drawn = linePlot({ x: "model calls", y: "rms error", series, highlight: HIGHLIGHT, ticks: TICKS });
    return markup`<div class="panel">
      <h4>${problem}: ${title}</h4>
      ${drawn}
    </div>`;
  });
  const labels = legend(HIGHLIGHT, samplerLabel, null);
  return markup`<figure>
    <div class="columns">${panels}</div>
    ${labels}
    <figcaption>
      Error against the exact end point of the probability flow, by the number of model calls; steps even in time. 32
      fixed starting points per problem.
    </figcaption>
  </figure> `;
}

function checks(list: readonly Check[]): Html {
  return table(
    [{ title: "What has to hold" }, { title: "Measured" }, { title: "" }],
    list.map(({ claim, holds, evidence }) => [
      claim,
      evidence,
      { text: holds ? "holds" : "does not hold", class: holds ? "pass" : "fail" },
    ]),
  );
}

function errorTables({ tables }: MixtureFindings): Html[] {
  return tables.map(({ problem, errors }) => {
    const nfes = [...new Set(errors.map(({ nfe }) => nfe))];
    const best = new Map(
      nfes.map((nfe) => [nfe, Math.min(...errors.filter((e) => e.nfe === nfe).map((e) => e.error))]),
    );
    const names = [...new Set(errors.map(({ sampler }) => sampler))];
    const rows = names.map((name) => [
      samplerLabel(name),
      ...nfes.map((nfe) => {
        const error = errorOf(errors, name, nfe);
        if (error === undefined) return "";
        return { text: error.toExponential(1), class: error === best.get(nfe) ? "best" : "" };
      }),
    ]);
    const columns = [{ title: problem }, ...nfes.map((nfe) => ({ title: String(nfe), numeric: true }))];
    return markup`<details>
      <summary>All errors on ${problem}, by the number of model calls</summary>
      ${table(columns, rows)}
    </details>`;
  });
}

/** The part, with settings of its own for tests. */
export function mixturesPart(settings: MixtureSettings = MIXTURE_SETTINGS): Part {
  return {
    name: "mixtures",
    title: "Gaussian mixtures with the exact denoiser",
    async run(context): Promise<PartResult> {
      const findings = await runMixtures(context, settings);
      const claims = checkMixtures(findings);
      const held = claims.filter(({ holds }) => holds).length;
      return {
        outcome: `${held} of ${claims.length} claims hold`,
        data: {
          clouds: findings.clouds.map(({ sampler, nfe, error }) => ({ sampler, nfe, error })),
          tables: findings.tables,
          checks: claims,
        },
        sections: [
          section(
            "Exact scores",
            "Where the truth is known",
            markup`<p>
              For a mixture of Gaussians the best denoiser has a closed form, and the exact sample that belongs to a
              piece of noise can be computed to twelve digits. What remains is the sampler's own error.
            </p>`,
            clouds(findings),
            plots(findings),
            checks(claims),
            ...errorTables(findings),
          ),
        ],
        cards: [],
        headline: claims.map(({ claim, holds, evidence }) => ({
          what: claim,
          value: `${holds ? "yes" : "NO"}: ${evidence}`,
        })),
        checks: claims,
        citations: findings.citations,
      };
    },
  };
}
