/** Methods whose steps need values on the host. */
import type { Citation, Tree } from "@ansatz/tensor";
import type { OptimizerState, StepOptions } from "../base.ts";

/** A method that improves parameters from gradients, step by step, like {@link import("../base.ts").Optimizer}, but asynchronously. */
export interface AsyncOptimizer {
  readonly name: string;
  /** Length of the steps unless a call says otherwise. */
  readonly learningRate: number;
  readonly citations: readonly Citation[];
  /** State before the first step. */
  init(params: Tree): OptimizerState;
  /**
   * One step; nothing that is handed in is changed or disposed.
   * @returns with `skipped` the very trees that were given
   */
  step<P extends Tree>(
    params: P,
    grads: P,
    state: OptimizerState,
    options?: StepOptions,
  ): Promise<{ readonly params: P; readonly state: OptimizerState; readonly skipped: boolean }>;
}
