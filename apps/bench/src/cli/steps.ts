/** Steps of a command with a progress display. */
import { Listr, ListrLogger, PRESET_TIMER, ProcessOutput } from "listr2";
import type { Io } from "./io.ts";

/** What a running step can say. */
export interface Progress {
  /** The line under the step's title, replaced by the next one. Lines that come too fast are left out. */
  report(line: string): void;
  /** Appended to the step's title when it is done: its outcome in a few words. */
  conclude(outcome: string): void;
  readonly signal: AbortSignal;
}

/** A piece of work with a title. */
export interface Step {
  readonly title: string;
  run(progress: Progress): Promise<void>;
}

/** What of the library's task object is used here. */
interface TitledTask {
  title: string;
  output: string;
}

/** Least milliseconds between two reported lines: often enough to follow, seldom enough for a log file. */
const INTERVAL = { live: 100, plain: 10_000, none: Infinity };

/** Lets `report` through at most once per interval; the first one passes. */
export function throttle(
  report: (line: string) => void,
  interval: number,
  now: () => number = Date.now,
): typeof report {
  let next = -Infinity;
  return (line) => {
    const time = now();
    if (time < next) return;
    next = time + interval;
    report(line);
  };
}

/**
 * Runs steps one after the other and shows where the work stands, on standard error. The first error ends the run and is
 * thrown on.
 */
export async function runSteps(io: Io, steps: readonly Step[]): Promise<void> {
  const { progress, signal } = io;
  const tasks = steps.map(({ title, run }) => ({
    title,
    task: async (_: unknown, task: TitledTask): Promise<void> => {
      await run({
        signal,
        report: throttle((line) => (task.output = line), INTERVAL[progress]),
        conclude: (outcome) => (task.title = `${title}: ${outcome}`),
      });
    },
  }));
  const shared = { registerSignalListeners: false };
  const processOutput = new ProcessOutput(process.stderr, process.stderr, { leaveEmptyLine: false });
  const rendererOptions = { logger: new ListrLogger({ processOutput }), timer: PRESET_TIMER };
  if (progress === "live") await new Listr(tasks, { ...shared, renderer: "default", rendererOptions }).run();
  else if (progress === "plain") await new Listr(tasks, { ...shared, renderer: "simple", rendererOptions }).run();
  else await new Listr(tasks, { ...shared, renderer: "silent" }).run();
}
