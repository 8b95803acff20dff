/** The tensor core's figures in the tour's report, where a run of the benchmark has left them in the same folder. */
import { join } from "node:path";
import { markup, type Html } from "../report/html.ts";
import { section } from "../report/page.ts";
import { rowsTable } from "../report/suitePage.ts";
import { readBenchResult } from "../results/read.ts";
import type { BenchResult } from "../results/benchResult.ts";
import { countVerdicts } from "../suites/run.ts";

/** A section with the table of `tensor.json`; nothing when there is no such file. */
export async function benchSection(folder: string): Promise<Html[]> {
  let result: BenchResult;
  try {
    result = await readBenchResult(join(folder, "tensor.json"));
  } catch {
    return [];
  }
  const { created, environment, rows } = result;
  const when = created.slice(0, 16).replace("T", " ");
  return [
    section(
      "Underneath",
      "The tensor core",
      markup`<p>
        From the last run of <code>bench tensor</code>: ${when}, commit ${environment.commit ?? "unknown"}, on
        ${environment.cpu}. ${countVerdicts(rows)}. In brackets: how many times better ours is.
      </p>`,
      rowsTable(rows),
    ),
  ];
}
