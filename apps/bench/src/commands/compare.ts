/** `ansatz-bench compare A.json B.json`. */
import { Command } from "commander";
import type { Io } from "../cli/io.ts";
import { emitJson, type JsonTarget } from "../cli/json.ts";
import { jsonOption } from "../cli/options.ts";
import { compareResults } from "../results/compare.ts";
import { readBenchResult } from "../results/read.ts";
import { showNumber, showValue, textTable } from "../results/show.ts";

/** The command. */
export function compareCommand(io: Io): Command {
  return new Command("compare")
    .description("show what changed between two results of bench")
    .argument("<before>", "JSON file of the earlier run")
    .argument("<after>", "JSON file of the later run")
    .addOption(jsonOption())
    .action(async (before: string, after: string, options: { readonly json: JsonTarget }) => {
      const [a, b] = [await readBenchResult(before), await readBenchResult(after)];
      const changes = compareResults(a, b);
      if (!(await emitJson(io, options.json, { before: a.created, after: b.created, changes }))) return;
      const lines = changes.map(({ id, title, unit, before: old, after: now, ratio, kind }) => [
        id,
        title,
        showValue({ value: old, unit }),
        showValue({ value: now, unit }),
        ratio === null ? "" : `${showNumber(ratio)}x`,
        kind,
      ]);
      io.out(textTable(["figure", "what", "before", "after", "ratio", "change"], lines, [2, 3, 4]));
      if (a.environment.cpu !== b.environment.cpu) {
        io.out(`The machines differ: ${a.environment.cpu}; ${b.environment.cpu}\n`);
      }
    });
}
