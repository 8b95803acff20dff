/** Work that can be spread: one function maps a named task over inputs, wherever it runs. */
export {
  TaskError,
  type Executor,
  type MapOptions,
  type Progress,
  type Task,
  type TaskContext,
} from "./executor/base.ts";
export { inlineExecutor } from "./executor/inline.ts";
