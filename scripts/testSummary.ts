/**
 * Reads the results that `pnpm test` leaves in out/test-results.json when CI is set, prints how many tests ran in
 * each package and how many of them on WebGPU, and ends with the line `N passed, N failed, N skipped`.
 * The exit code is 1 when something failed, when a test file could not run, or when no WebGPU test ran.
 */
import { readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { rootFolder } from "./lib/workspace.ts";

/** The parts of vitest's JSON report that are read here. */
export interface TestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/** What a report comes to: the lines to print, and whether all is well. */
export interface Summary {
  readonly lines: readonly string[];
  readonly ok: boolean;
}

/** Counts a report. A file that failed without a failed test (it did not load, say) counts as one failure. */
export function summarise(report: TestReport, root: string): Summary {
  const rows = new Map<string, { passed: number; failed: number; skipped: number }>();
  const total = { passed: 0, failed: 0, skipped: 0 };
  let webgpu = 0;
  for (const { name, status, assertionResults } of report.testResults) {
    const file = relative(root, name);
    const project = file.split(sep).slice(0, 2).join("/");
    const row = rows.get(project) ?? { passed: 0, failed: 0, skipped: 0 };
    rows.set(project, row);
    const count = (kind: keyof typeof total): void => {
      row[kind] += 1;
      total[kind] += 1;
    };
    for (const test of assertionResults) {
      const kind = test.status === "passed" || test.status === "failed" ? test.status : "skipped";
      count(kind);
      if (kind !== "skipped" && /webgpu/i.test(`${file} ${test.fullName}`)) webgpu += 1;
    }
    if (status === "failed" && assertionResults.every((test) => test.status !== "failed")) count("failed");
  }
  const text = (counts: typeof total): string =>
    `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;
  const lines = [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([project, row]) => `${project}: ${text(row)}`);
  lines.push(`of these on WebGPU: ${webgpu} executed`, text(total));
  return { lines, ok: total.failed === 0 && total.passed > 0 && webgpu > 0 };
}

if (import.meta.main) {
  // Without results (the tests could not start) there is one failure, so that no line claims success.
  let report: TestReport = { testResults: [{ name: rootFolder, status: "failed", assertionResults: [] }] };
  try {
    report = JSON.parse(readFileSync(join(rootFolder, "out/test-results.json"), "utf8")) as TestReport;
  } catch (error) {
    process.stdout.write(`No results: ${(error as Error).message}\n`);
  }
  const { lines, ok } = summarise(report, rootFolder);
  process.stdout.write(`${lines.join("\n")}\n`);
  if (!ok) process.exitCode = 1;
}
