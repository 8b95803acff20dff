/** What a first-order method is: state, a step, and the parts of a step that a compiled training loop needs. */
import type { Citation, Operand, Tree } from "@ansatz/tensor";

/** Named trees of tensors that a method keeps between steps. */
export type Buffers = Readonly<Record<string, Tree>>;

/** State of a method between steps: plain data and trees of tensors, so that it can be written to a file and read back. */
export interface OptimizerState {
  /** Number of steps taken. */
  readonly step: number;
  readonly buffers: Buffers;
}

/** What changes from call to call of {@link Optimizer.step}. */
export interface StepOptions {
  /** Used for this step instead of the method's own. */
  readonly learningRate?: number;
}

/**
 * A method that improves parameters from gradients, step by step.
 *
 * All functions are pure: nothing that is handed in is changed or disposed, and results are unevaluated graphs like those
 * of every operation. Parameters and gradients are trees of f32 or f64 tensors.
 *
 * `step` is the plain way. In a loop, dispose the old trees, or compile the step with donated arguments. A compiled
 * function must not contain what depends on the step count as constants; for that the step is also there in two halves,
 * `numbers` on the host in double precision and `update` on tensors:
 *
 * ```ts
 * const run = compile((params, buffers, x, ...numbers) =>
 *   method.update(params, gradient(params, x), buffers, numbers), { donate: [0, 1] });
 * ({ params, buffers } = run(params, buffers, x, ...method.numbers(++step)));
 * ```
 */
export interface Optimizer {
  readonly name: string;
  /** Length of the steps unless a call says otherwise. */
  readonly learningRate: number;
  /** Length of the steps in step number `step` (from 1), for methods whose rate follows a schedule. */
  readonly rateAt?: (step: number) => number;
  /** The papers behind the method, with the options it was made with. */
  readonly citations: readonly Citation[];

  /** State before the first step. @throws ArgumentError for a tree without tensors, DTypeError unless all are floats */
  init(params: Tree): OptimizerState;

  /**
   * One step.
   * @param grads gradient of what is minimised, of the structure, shapes and data types of `params`
   * @throws ArgumentError, ShapeError or DTypeError when trees do not fit, naming the tensor
   */
  step<P extends Tree>(
    params: P,
    grads: P,
    state: OptimizerState,
    options?: StepOptions,
  ): { readonly params: P; readonly state: OptimizerState };

  /**
   * The numbers that step number `step` (from 1) uses, such as learning rates with bias corrections. Their count does
   * not depend on the arguments.
   */
  numbers(step: number, options?: StepOptions): number[];

  /** The tensor part of a step, with numbers as plain numbers or as the scalar tensors they become under `compile`. */
  update<P extends Tree>(
    params: P,
    grads: P,
    buffers: Buffers,
    numbers: readonly Operand[],
  ): { readonly params: P; readonly buffers: Buffers };
}
