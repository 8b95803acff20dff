#!/usr/bin/env -S node --conditions=@ansatz/source
/** The program: the command line on this process's terminal, stopped by Ctrl-C. */
import { processIo } from "./cli/io.ts";
import { main } from "./main.ts";

const controller = new AbortController();
process.on("SIGINT", () => {
  // The second time the user does not want to wait for the step in progress.
  if (controller.signal.aborted) process.exit(130);
  controller.abort();
});
process.exitCode = await main(process.argv.slice(2), processIo(controller.signal));
// Peers and devices may have left workers behind that would keep the process waiting; what was written comes out first.
for (const stream of [process.stdout, process.stderr]) {
  await new Promise<void>((resolve) => stream.write("", () => resolve()));
}
process.exit();
