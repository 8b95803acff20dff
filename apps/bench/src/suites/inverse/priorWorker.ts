/** A thread of its own for a run of a deep image prior: several runs beside each other use the cores better than one run on all of them. */
import { parentPort, workerData } from "node:worker_threads";
import { configure } from "@ansatz/tensor";
import { runPrior, type PriorJob, type PriorTrack } from "./priorMethods.ts";

/** What the thread says. */
export type PriorMessage = { readonly steps: number } | { readonly track: PriorTrack };

async function work(say: (message: PriorMessage) => void): Promise<void> {
  configure({ threads: 1 });
  say({ track: await runPrior(workerData as PriorJob, (steps) => say({ steps })) });
}

if (parentPort !== null) {
  const port = parentPort;
  void work((message) => port.postMessage(message));
}
