/** Many runs of deep image priors, as many at a time as there are cores. */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { Interrupted } from "../../cli/io.ts";
import type { PriorJob, PriorTrack } from "./priorMethods.ts";
import type { PriorMessage } from "./priorWorker.ts";

const PROGRAM = new URL("priorWorker.ts", import.meta.url);

function runInThread(job: PriorJob, signal: AbortSignal, onSteps: (steps: number) => void): Promise<PriorTrack> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(PROGRAM, { workerData: job, execArgv: ["--conditions=@ansatz/source"] });
    const stop = (): void => void worker.terminate();
    signal.addEventListener("abort", stop, { once: true });
    worker.on("message", (message: PriorMessage) => {
      if ("steps" in message) onSteps(message.steps);
      else {
        resolve(message.track);
        stop();
      }
    });
    worker.on("error", reject);
    worker.on("exit", () => {
      signal.removeEventListener("abort", stop);
      // After a result this changes nothing.
      reject(signal.aborted ? new Interrupted() : new Error(`${job.method}: the thread ended without a result.`));
    });
  });
}

/** Minutes until the end, should the rest go as what is done. */
function leftOf(done: number, total: number, started: number): string {
  const minutes = ((performance.now() - started) / 60_000) * (total / done - 1);
  return minutes < 1 ? "less than a minute left" : `about ${Math.ceil(minutes)} min left`;
}

/** Runs all jobs and returns what they found, in their order. Those that come first should be the longest. */
export async function runPriors(
  jobs: readonly PriorJob[],
  signal: AbortSignal,
  report: (line: string) => void,
): Promise<PriorTrack[]> {
  const started = performance.now();
  const steps = jobs.map(() => 0);
  const total = jobs.reduce((sum, job) => sum + job.steps, 0);
  const tracks: PriorTrack[] = [];
  // The first run that fails stops the others.
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  let next = 0;
  const serve = async (): Promise<void> => {
    while (next < jobs.length) {
      const i = next++;
      const { method, seed } = jobs[i];
      tracks[i] = await runInThread(jobs[i], either, (count) => {
        steps[i] = count;
        const done = steps.reduce((sum, n) => sum + n, 0);
        report(`${method}, seed ${seed}, step ${count}; ${leftOf(done, total, started)}`);
      });
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(availableParallelism(), jobs.length) }, serve));
  } catch (error) {
    failed.abort();
    throw error;
  }
  return tracks;
}
