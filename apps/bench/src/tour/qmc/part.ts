/** The part of the tour on integrals. */
import { markup, type Html } from "../../report/html.ts";
import { section } from "../../report/page.ts";
import { legend, linePlot } from "../../report/plot.ts";
import { table } from "../../report/table.ts";
import { showNumber } from "../../results/show.ts";
import type { Check, Part, PartResult } from "../part.ts";
import { PROBLEMS, QMC_SETTINGS, runQmc, type QmcFindings, type QmcSettings } from "./run.ts";

/** What has to hold on every problem. */
export function checkQmc({ fixed, adaptive }: QmcFindings): Check[] {
  return PROBLEMS.flatMap(({ name, tolerance }): Check[] => {
    const most = Math.max(...fixed.map(({ points }) => points));
    const errorOf = (method: string): number =>
      fixed.find((run) => run.problem === name && run.method === method && run.points === most)?.error ?? Number.NaN;
    const [plain, net] = [errorOf("Monte Carlo"), errorOf("scrambled Sobol'")];
    const runs = adaptive.filter(({ problem }) => problem === name);
    const [clt, ...others] = runs;
    const worst = Math.max(...others.map(({ error }) => error));
    const dearest = Math.max(...others.map(({ evaluations }) => evaluations));
    return [
      {
        claim: `${name}: scrambled Sobol' points have a tenth of Monte Carlo's error at ${most} points`,
        holds: net < plain / 10,
        evidence: `${net.toExponential(1)} against ${plain.toExponential(1)}, ${showNumber(plain / net)} times`,
      },
      {
        claim: `${name}: adaptive cubature keeps the tolerance ${tolerance}`,
        holds: worst <= tolerance,
        evidence: `errors up to ${worst.toExponential(1)}`,
      },
      {
        claim: `${name}: with a tenth of the evaluations of Monte Carlo`,
        holds: dearest < clt.evaluations / 10,
        evidence: `at most ${dearest} against ${clt.evaluations}`,
      },
    ];
  });
}

function plots({ fixed }: QmcFindings): Html {
  const names = [...new Set(fixed.map(({ method }) => method))];
  const panels = PROBLEMS.map(({ name, title }) => {
    const series = names.map((method) => ({
      name: method,
      points: fixed
        .filter((run) => run.problem === name && run.method === method)
        .map(({ points, error }) => ({ x: points, y: error })),
    }));
    return markup`<div class="panel">
      <h4>${name}: ${title}</h4>
      ${linePlot({ x: "points", y: "rms error", series, highlight: names })}
    </div>`;
  });
  return markup`<figure>
    <div class="columns">${panels}</div>
    ${legend(names, (name) => name, null)}
    <figcaption>Error by the number of points, over independent randomisations; both answers are known.</figcaption>
  </figure>`;
}

function adaptiveTable({ adaptive }: QmcFindings): Html {
  return table(
    [
      { title: "Integral" },
      { title: "Criterion" },
      { title: "Value", numeric: true },
      { title: "Error", numeric: true },
      { title: "Tolerance", numeric: true },
      { title: "Evaluations", numeric: true },
      { title: "Time", numeric: true },
    ],
    adaptive.map(({ problem, criterion, value, error, tolerance, evaluations, seconds }) => [
      problem,
      criterion,
      value.toFixed(5),
      error.toExponential(1),
      String(tolerance),
      String(evaluations),
      `${(seconds * 1000).toFixed(0)} ms`,
    ]),
  );
}

function checksTable(list: readonly Check[]): Html {
  return table(
    [{ title: "What has to hold" }, { title: "Measured" }, { title: "" }],
    list.map(({ claim, holds, evidence }) => [
      claim,
      evidence,
      { text: holds ? "holds" : "does not hold", class: holds ? "pass" : "fail" },
    ]),
  );
}

/** The part, with settings of its own for tests. */
export function qmcPart(settings: QmcSettings = QMC_SETTINGS): Part {
  return {
    name: "qmc",
    title: "Integrals by Monte Carlo and quasi-Monte Carlo",
    async run(context): Promise<PartResult> {
      const findings = await runQmc(context, settings);
      const claims = checkQmc(findings);
      const held = claims.filter(({ holds }) => holds).length;
      return {
        outcome: `${held} of ${claims.length} claims hold`,
        data: { fixed: findings.fixed, adaptive: findings.adaptive, checks: claims },
        sections: [
          section(
            "Integrals",
            "Points that know of each other",
            markup`<p>
              Independent points leave gaps. Scrambled nets and lattices fill the cube evenly, and an adaptive criterion
              doubles their number until its error bound meets the tolerance.
            </p>`,
            plots(findings),
            adaptiveTable(findings),
            checksTable(claims),
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
