/** The command line: which commands there are, and how errors and interruptions end. */
import { Command, CommanderError } from "commander";
import { Interrupted, type Io } from "./cli/io.ts";
import { benchCommand } from "./commands/bench.ts";
import { compareCommand } from "./commands/compare.ts";
import { listCommand } from "./commands/list.ts";
import { tourCommand } from "./commands/tour.ts";
import { trainCommand } from "./commands/train.ts";

/** Exit code of a program that was interrupted, as shells count: 128 and the number of SIGINT. */
const INTERRUPTED = 130;

/** Passes a command's settings for errors and output on to it and to its own commands. */
function settle(command: Command, io: Io): Command {
  command
    .exitOverride()
    .configureOutput({
      writeOut: io.out,
      writeErr: io.err,
      getOutHelpWidth: () => io.width,
      getErrHelpWidth: () => io.width,
    })
    .showHelpAfterError("(add --help for what is possible)");
  for (const inner of command.commands) settle(inner, io);
  return command;
}

/**
 * Runs the command line.
 * @param args arguments after the program's name
 * @returns the exit code: 0, 1 for a failure, 130 when interrupted
 */
export async function main(args: readonly string[], io: Io): Promise<number> {
  let exitCode = 0;
  const setExitCode = (code: number): void => {
    exitCode = code;
  };
  const program = new Command("ansatz-bench")
    .description("Runs Ansatz: the tour, training, benchmarks and their reports.")
    .addCommand(tourCommand(io, setExitCode))
    .addCommand(trainCommand(io))
    .addCommand(benchCommand(io, setExitCode))
    .addCommand(compareCommand(io))
    .addCommand(listCommand(io));
  settle(program, io);
  try {
    await program.parseAsync([...args], { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    if (error instanceof Interrupted || io.signal.aborted) {
      io.err("Stopped.\n");
      return INTERRUPTED;
    }
    io.err(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    if (process.env["DEBUG"] !== undefined && error instanceof Error) io.err(`${error.stack ?? ""}\n`);
    return 1;
  }
}
