/** `ansatz-bench bench SUITE`. */
import { join } from "node:path";
import { Argument, Command, Option } from "commander";
import { emitJson, writeJson, type JsonTarget } from "../cli/json.ts";
import type { Io } from "../cli/io.ts";
import { deviceOption, jsonOption, namesOf, outOption, seedOption, type DeviceName } from "../cli/options.ts";
import { writeSuitePage } from "../report/suitePage.ts";
import { showBenchResult } from "../results/show.ts";
import { suites } from "../suites/registry.ts";
import { countVerdicts, runSuite } from "../suites/run.ts";

interface Options {
  readonly only?: string[];
  readonly peers: boolean;
  readonly seed: number;
  readonly device: DeviceName;
  readonly out: string;
  readonly json: JsonTarget;
}

/** The command; it ends with exit code 1 when a figure fails. */
export function benchCommand(io: Io, setExitCode: (code: number) => void): Command {
  const names = suites.map(({ name }) => name);
  const figures = suites.flatMap((suite) => suite.figures.map(({ id }) => id));
  return new Command("bench")
    .description("measure a suite, side by side with others where asked")
    .addArgument(new Argument("<suite>", "what to measure").choices(names))
    .addOption(new Option("--only <figures>", "some figures, separated by commas").argParser(namesOf(figures)))
    .option("--peers", "measure the peers too", false)
    .addOption(seedOption())
    .addOption(deviceOption())
    .addOption(outOption())
    .addOption(jsonOption())
    .addHelpText("after", `\nSuites and their figures:\n${describeSuites()}`)
    .action(async (name: string, options: Options, command: Command) => {
      const suite = suites.find((s) => s.name === name);
      if (suite === undefined) throw new Error(`bench: no such suite (got ${name}, expected ${names.join(" or ")}).`);
      const foreign = options.only?.find((id) => !suite.figures.some((figure) => figure.id === id));
      if (foreign !== undefined) {
        const own = suite.figures.map(({ id }) => id).join(", ");
        command.error(`error: figure ${foreign} is not in suite ${name}. Expected some of ${own}.`);
      }
      const result = await runSuite(io, suite, options);
      await writeJson(join(options.out, `${name}.json`), result);
      const page = await writeSuitePage(options.out, suite, result);
      if (await emitJson(io, options.json, result)) {
        io.out(showBenchResult(result));
        io.out(`${countVerdicts(result.rows)}. ${page}\n`);
      }
      if (result.rows.some(({ verdict }) => verdict === "fail")) setExitCode(1);
    });
}

function describeSuites(): string {
  return suites
    .map(({ name, title, figures }) => {
      const lines = figures.map((figure) => `    ${figure.id.padEnd(18)} ${figure.title}`);
      return `  ${name}: ${title}\n${lines.join("\n")}`;
    })
    .join("\n");
}
