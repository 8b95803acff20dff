/** Running tasks through an executor. */
import { inlineExecutor, TaskError, type Executor, type Task } from "@ansatz/tensor/executor";

/**
 * The results of a task for every input, by the given executor or in this thread. An error of the task itself comes through as
 * it was thrown.
 */
export async function runTasks<I, O>(
  executor: Executor | undefined,
  task: Task<I, O>,
  inputs: readonly I[],
  signal?: AbortSignal,
): Promise<O[]> {
  try {
    return await (executor ?? inlineExecutor()).map(task, inputs, signal === undefined ? {} : { signal });
  } catch (error) {
    throw error instanceof TaskError ? error.cause : error;
  }
}
