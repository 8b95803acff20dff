/** Running the tour and writing its report. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { key } from "@ansatz/tensor/random";
import { checkSignal, type Io } from "../cli/io.ts";
import { writeJson } from "../cli/json.ts";
import type { DeviceName } from "../cli/options.ts";
import { runSteps } from "../cli/steps.ts";
import { openDevice } from "../device.ts";
import { environment, type Environment } from "../measure/environment.ts";
import { renderPage } from "../report/page.ts";
import { papersSection } from "../report/papers.ts";
import { benchSection } from "./benchSection.ts";
import type { Check, HeadlineRow, Part, PartResult } from "./part.ts";

/** What the tour is asked to do. */
export interface TourOptions {
  readonly seed: number;
  readonly device: DeviceName;
  /** Folder for the report. */
  readonly out: string;
  readonly parts: readonly Part[];
  /** The command line, for the report. */
  readonly command: string;
}

/** The tour's result, as it stands in `report.json`. */
export interface TourReport {
  readonly format: "ansatz-tour/1";
  /** ISO 8601. */
  readonly created: string;
  readonly seconds: number;
  readonly seed: number;
  readonly device: string;
  readonly environment: Environment;
  readonly headline: readonly HeadlineRow[];
  readonly checks: readonly Check[];
  /** By the name of the part. */
  readonly parts: Readonly<Record<string, { readonly seconds: number } & object>>;
}

/** A report and the files it was written to. */
export interface TourOutcome {
  readonly report: TourReport;
  readonly htmlFile: string;
  readonly jsonFile: string;
}

interface DonePart {
  readonly part: Part;
  readonly result: PartResult;
  readonly seconds: number;
}

const PACKAGES = [
  "@ansatz/tensor",
  "@ansatz/optim",
  "@ansatz/nn",
  "@ansatz/samplers",
  "@ansatz/qmc",
  "@ansatz/inverse",
];

async function page(report: TourReport, done: readonly DonePart[], { command, out }: TourOptions): Promise<string> {
  const { seed, device, seconds, created } = report;
  const results = done.map(({ result }) => result);
  return renderPage({
    title: "Ansatz, the tour",
    lead: "Samplers, quantisation, quadrature and reconstruction on one tensor core, run and measured on this machine; every method is given the same data and the same budget.",
    facts: [created.slice(0, 16).replace("T", " "), device, `seed ${seed}`, `${Math.round(seconds)} s`],
    cards: results.flatMap(({ cards }) => cards),
    sections: [
      ...results.flatMap(({ sections }) => sections),
      ...(await benchSection(out)),
      papersSection(results.flatMap(({ citations }) => citations)),
    ],
    environment: report.environment,
    command,
  });
}

/** Runs the parts with a progress display and writes `report.html` and `report.json`. */
export async function runTour(io: Io, options: TourOptions): Promise<TourOutcome> {
  const { seed, out, parts } = options;
  const created = new Date().toISOString();
  const start = performance.now();
  const machine = await environment(PACKAGES);
  const device = await openDevice(options.device);
  const done: DonePart[] = [];
  try {
    await runSteps(
      io,
      parts.map((part, i) => ({
        title: part.title,
        async run({ report, conclude, signal }) {
          checkSignal(signal);
          const begun = performance.now();
          const result = await part.run({ key: key(seed).fold(i), device, signal, report });
          done.push({ part, result, seconds: (performance.now() - begun) / 1000 });
          conclude(result.outcome);
        },
      })),
    );
  } finally {
    device.release();
  }
  const report: TourReport = {
    format: "ansatz-tour/1",
    created,
    seconds: (performance.now() - start) / 1000,
    seed,
    device: device.description,
    environment: machine,
    headline: done.flatMap(({ result }) => result.headline),
    checks: done.flatMap(({ result }) => result.checks),
    parts: Object.fromEntries(done.map(({ part, result, seconds }) => [part.name, { seconds, ...result.data }])),
  };
  await mkdir(out, { recursive: true });
  const [htmlFile, jsonFile] = [join(out, "report.html"), join(out, "report.json")];
  await writeFile(htmlFile, await page(report, done, options));
  await writeJson(jsonFile, report);
  return { report, htmlFile, jsonFile };
}

/** A file's address, for terminals that open links. */
export function fileAddress(path: string): string {
  return pathToFileURL(path).href;
}
