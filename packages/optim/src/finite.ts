/** Steps that look at the gradient first. */
import {
  all,
  ArgumentError,
  checkOptions,
  isFinite,
  logicalAnd,
  scope,
  treeEntries,
  treeLeaves,
  type Tensor,
  type Tree,
} from "@ansatz/tensor";
import type { Optimizer, OptimizerState, StepOptions } from "./base.ts";

/**
 * Whether every element of a tree is finite, as a bool scalar. Lazy, so that compiled steps can select by it.
 * @throws ArgumentError when there is nothing to look at
 */
export function allFinite(tree: Tree): Tensor {
  const leaves = treeLeaves(tree);
  if (leaves.length === 0) {
    throw new ArgumentError(
      "allFinite: there is nothing to look at (got a tree without tensors, expected at least one).",
    );
  }
  return leaves.map((t) => all(isFinite(t))).reduce((a, b) => logicalAnd(a, b));
}

/** Options of {@link checkedStep}. */
export interface CheckedStepOptions extends StepOptions {
  /** What to do when an element of the gradient is infinite or not a number; `"throw"` when left out. */
  readonly nonFinite?: "throw" | "skip";
}

/** What {@link checkedStep} returns. */
export interface CheckedStep<P extends Tree> {
  readonly params: P;
  readonly state: OptimizerState;
  /** Whether the step was skipped; `params` and `state` are then the ones that were given. */
  readonly skipped: boolean;
}

/**
 * One step of a method, after a look at the gradient: a single infinite or undefined element would stay in the buffers of
 * most methods for good. Looking costs one pass over the gradient and waits for its values; compiled loops can select by
 * {@link allFinite} instead.
 *
 * With `nonFinite: "skip"` a bad gradient changes nothing, the step count included.
 * @throws ArgumentError naming the first tensor that is not finite, with `nonFinite: "throw"`; and as the method's step
 * @example
 * const next = await checkedStep(method, params, grads, state, { nonFinite: "skip" });
 */
export async function checkedStep<P extends Tree>(
  method: Optimizer,
  params: P,
  grads: P,
  state: OptimizerState,
  options: CheckedStepOptions = {},
): Promise<CheckedStep<P>> {
  const name = "checkedStep";
  checkOptions(name, options, ["learningRate", "nonFinite"]);
  const { nonFinite = "throw", ...rest } = options;
  if (nonFinite !== "throw" && nonFinite !== "skip") {
    throw new ArgumentError(
      `${name}: unknown option value (got nonFinite ${String(nonFinite)}, expected "throw" or "skip").`,
    );
  }
  if (await holds(() => allFinite(grads))) return { ...method.step(params, grads, state, rest), skipped: false };
  if (nonFinite === "skip") return { params, state, skipped: true };
  for (const [path, t] of treeEntries(grads)) {
    if (await holds(() => allFinite(t))) continue;
    throw new ArgumentError(
      `${method.name}: the gradient is not finite (got infinite or undefined elements at ${path === "" ? "the root" : path}). ` +
        `Lower the learning rate, clip gradients, or use nonFinite: "skip".`,
    );
  }
  throw new ArgumentError(`${method.name}: the gradient is not finite.`);
}

async function holds(test: () => Tensor): Promise<boolean> {
  const result = scope(test);
  const value = await result.item();
  result.dispose();
  return value === true;
}
