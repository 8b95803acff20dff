/**
 * For `node --import @ansatz/tensor/debug/register app.js`: with `ANSATZ_DEBUG=1`, `2` or `3` in the environment, what the
 * cpu device compiles and runs is written to the standard error stream, see `traceKernels`, and errors name the places where
 * their tensors were made, see `trackSites`. Without it, nothing happens.
 *
 * @module
 */
import "../backend/cpu/complete.ts";
import { ArgumentError, show } from "../errors.ts";
import { trackSites } from "./sites.ts";
import { traceKernels } from "./trace.ts";

const level = process.env["ANSATZ_DEBUG"];
if (level !== undefined && level !== "" && level !== "0") {
  if (!/^[123]$/.test(level)) {
    throw new ArgumentError(`ANSATZ_DEBUG: level does not exist (got ${show(level)}, expected 0, 1, 2 or 3).`);
  }
  trackSites();
  traceKernels({
    level: Number(level) as 1 | 2 | 3,
    device: "cpu",
    sink: ({ text }) => void process.stderr.write(`${text}\n`),
  });
}
