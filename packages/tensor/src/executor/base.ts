/** What an executor is, and what it runs. */
import { AnsatzError, show } from "../errors.ts";
import type { Key } from "../random/key.ts";

/**
 * A named, pure and seeded function of one input: its result depends on the input and on `context.key` alone, so that
 * every executor returns the same, however it spreads the work and however often it repeats it.
 *
 * Inputs and results are plain data (numbers, strings, typed arrays, plain objects and arrays of them) where an executor
 * sends them to another thread or machine.
 */
export interface Task<I, O> {
  /** Unique and stable, e.g. `"qmc/replicate"`: executors beyond one thread find the function by it. */
  readonly name: string;
  /** The seed of all inputs; left out where nothing is drawn. */
  readonly key?: Key;
  readonly run: (input: I, context: TaskContext) => O | PromiseLike<O>;
}

/** What a task knows about the call beside its input. */
export interface TaskContext {
  /** Position of the input, from 0. */
  readonly index: number;
  /** The key of this input, `task.key.fold(index)`. @throws ArgumentError when read while the task has no key */
  readonly key: Key;
  /** Aborted when the result is not wanted any more; a long task may stop then. */
  readonly signal: AbortSignal;
}

/** How far a call of `map` has come. */
export interface Progress {
  /** Name of the task. */
  readonly task: string;
  /** Inputs that are finished. */
  readonly done: number;
  /** Inputs in all. */
  readonly total: number;
}

/** Options of {@link Executor.map}. */
export interface MapOptions {
  /** Stops the work: the call rejects with the signal's reason, and no further input is begun. */
  readonly signal?: AbortSignal;
  /** Called after every finished input, with `done` rising by 1. What it throws ends the call. */
  readonly onProgress?: (progress: Progress) => void;
}

/** Something that runs tasks: in this thread, in a pool of workers, on other machines. */
export interface Executor {
  /**
   * The results of a task for every input, in the order of the inputs, whatever the order in which they were finished.
   * @throws TaskError with the name of the task and the position of the input when the task throws: no further input is
   * begun; the signal's reason when aborted; ArgumentError for anything but a task, an array and known options
   */
  map<I, O>(task: Task<I, O>, inputs: readonly I[], options?: MapOptions): Promise<O[]>;
}

/** A task threw: `cause` is what it threw. */
export class TaskError extends AnsatzError {
  /** Name of the task. */
  readonly task: string;
  /** Position of the input, from 0. */
  readonly index: number;
  constructor(task: string, index: number, cause: unknown) {
    const what = cause instanceof Error ? `${cause.name}: ${cause.message}` : show(cause);
    super("task", `executor: task ${show(task)} failed on input ${index} (got ${what}).`, { cause });
    this.task = task;
    this.index = index;
  }
}
