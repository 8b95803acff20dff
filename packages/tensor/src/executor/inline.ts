/** The executor of one thread: the reference for all others. */
import { ArgumentError, checkOptions, isPlainObject, requireFunction, show } from "../errors.ts";
import { macrotask } from "../platform.ts";
import { checkKey, type Key } from "../random/key.ts";
import { TaskError, type Executor, type MapOptions, type Task, type TaskContext } from "./base.ts";

/** Milliseconds of work after which other tasks of the event loop get their turn: a page stays alive at 60 frames per second. */
const TURN = 12;

/**
 * An executor that runs one input after the other in this thread. Between inputs the event loop gets its turn now and
 * then, so that a page stays alive and an `AbortSignal` can be heard.
 * @example
 * const square: Task<number, number> = { name: "square", run: (x) => x * x };
 * await inlineExecutor().map(square, [1, 2, 3]); // [1, 4, 9]
 */
export function inlineExecutor(): Executor {
  return { map: mapInline };
}

async function mapInline<I, O>(task: Task<I, O>, inputs: readonly I[], options: MapOptions = {}): Promise<O[]> {
  checkCall(task, inputs, options);
  const { onProgress } = options;
  const signal = options.signal ?? new AbortController().signal;
  const results: O[] = [];
  let turn = performance.now();
  for (const [index, input] of inputs.entries()) {
    signal.throwIfAborted();
    try {
      results.push(await unlessAborted(() => task.run(input, contextOf(task, index, signal)), signal));
    } catch (error) {
      signal.throwIfAborted();
      throw new TaskError(task.name, index, error);
    }
    onProgress?.({ task: task.name, done: index + 1, total: inputs.length });
    if (performance.now() - turn > TURN) {
      await macrotask();
      turn = performance.now();
    }
  }
  signal.throwIfAborted();
  return results;
}

function contextOf(task: Task<never, unknown>, index: number, signal: AbortSignal): TaskContext {
  return {
    index,
    signal,
    get key(): Key {
      if (task.key === undefined) {
        throw new ArgumentError(
          `executor: task ${show(task.name)} draws random numbers but has no key (got undefined, expected a Key). Give it one: { name, key: key(seed), run }.`,
        );
      }
      return task.key.fold(index);
    },
  };
}

/** What `run` returns, or the rejection as soon as the signal is aborted: a task need not listen to it. */
function unlessAborted<O>(run: () => O | PromiseLike<O>, signal: AbortSignal): Promise<O> {
  return new Promise<O>((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", stop, { once: true });
    new Promise<O>((done) => done(run()))
      .finally(() => signal.removeEventListener("abort", stop))
      .then(resolve, reject);
  });
}

function checkCall(task: Task<never, unknown>, inputs: readonly unknown[], options: MapOptions): void {
  if (!isPlainObject(task) || typeof task.name !== "string" || task.name === "") {
    const got = isPlainObject(task) ? `the name ${show(task.name)}` : show(task);
    throw new ArgumentError(`executor: a named task is needed (got ${got}, expected { name, run }).`);
  }
  requireFunction(`executor: task ${show(task.name)}`, task.run);
  if (task.key !== undefined) checkKey(`executor: task ${show(task.name)}`, task.key);
  if (!Array.isArray(inputs)) throw new ArgumentError(`executor: inputs must be an array (got ${show(inputs)}).`);
  checkOptions("executor", options, ["signal", "onProgress"]);
  if (options.signal !== undefined && !(options.signal instanceof AbortSignal)) {
    throw new ArgumentError(`executor: signal must be an AbortSignal (got ${show(options.signal)}).`);
  }
  if (options.onProgress !== undefined) requireFunction("executor: onProgress", options.onProgress);
}
