/** `ansatz-bench tour`: the main job. */
import { Command, Option } from "commander";
import type { Io } from "../cli/io.ts";
import { emitJson, type JsonTarget } from "../cli/json.ts";
import { deviceOption, jsonOption, namesOf, outOption, seedOption, type DeviceName } from "../cli/options.ts";
import { textTable } from "../results/show.ts";
import { parts } from "../tour/registry.ts";
import { fileAddress, runTour } from "../tour/run.ts";

interface Options {
  readonly only?: string[];
  readonly seed: number;
  readonly device: DeviceName;
  readonly out: string;
  readonly json: JsonTarget;
}

/** The command; it ends with exit code 1 when something that has to hold does not. */
export function tourCommand(io: Io, setExitCode: (code: number) => void): Command {
  const names = parts.map(({ name }) => name);
  return new Command("tour")
    .description("run the main job and write report.html and report.json")
    .addOption(
      new Option("--only <parts>", `some parts, separated by commas: ${names.join(", ")}`).argParser(namesOf(names)),
    )
    .addOption(seedOption())
    .addOption(deviceOption())
    .addOption(outOption())
    .addOption(jsonOption())
    .action(async ({ only, seed, device, out, json }: Options) => {
      const chosen = parts.filter(({ name }) => only === undefined || only.includes(name));
      const command = [
        "ansatz-bench tour",
        only === undefined ? "" : `--only ${only.join(",")}`,
        `--seed ${seed}`,
        `--device ${device}`,
      ];
      const { report, htmlFile } = await runTour(io, {
        seed,
        device,
        out,
        parts: chosen,
        command: command.filter((word) => word !== "").join(" "),
      });
      if (await emitJson(io, json, report)) {
        io.out(
          textTable(
            ["", ""],
            report.headline.map(({ what, value }) => [what, value]),
            [],
          ),
        );
        io.out(`The report: ${fileAddress(htmlFile)}\n`);
      }
      if (report.checks.some(({ holds }) => !holds)) setExitCode(1);
    });
}
