/** `ansatz-bench list`: what there is. */
import { Argument, Command } from "commander";
import { cite } from "@ansatz/tensor";
import type { Io } from "../cli/io.ts";
import { emitJson, type JsonTarget } from "../cli/json.ts";
import { jsonOption } from "../cli/options.ts";
import { listings, type Listing } from "../listings.ts";

function show({ name, from, entries }: Listing): string {
  const width = Math.max(...entries.map((entry) => entry.name.length));
  const lines = entries.map((entry) => {
    const papers = entry.citations.length === 0 ? [] : cite(entry).split("\n");
    const indent = " ".repeat(width + 4);
    return [`  ${entry.name.padEnd(width)}  ${entry.about}`, ...papers.map((paper) => indent + paper)].join("\n");
  });
  return `${name} (${from})\n${lines.join("\n")}\n`;
}

/** The command. */
export function listCommand(io: Io): Command {
  const all = listings();
  return new Command("list")
    .description("list everything that is in a registry, with its sources")
    .addArgument(new Argument("[registry]", "one registry only").choices(all.map(({ name }) => name)))
    .addOption(jsonOption())
    .action(async (name: string | undefined, { json }: { readonly json: JsonTarget }) => {
      const chosen = all.filter((listing) => name === undefined || listing.name === name);
      if (await emitJson(io, json, chosen)) io.out(chosen.map(show).join("\n"));
    });
}
