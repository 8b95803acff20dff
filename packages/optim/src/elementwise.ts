/** Methods whose update of an element depends on that element alone: one rule, applied to every tensor of a tree. */
import {
  ArgumentError,
  checkOptions,
  fullLike,
  mul,
  together,
  treeUnflatten,
  type Citation,
  type Operand,
  type Tensor,
  type Tree,
} from "@ansatz/tensor";
import type { Buffers, Optimizer, StepOptions } from "./base.ts";
import { checkNonNegative } from "./check.ts";
import { checkParams, matching } from "./trees.ts";

/** The update of one parameter tensor as an expression. */
export interface ElementwiseRule {
  readonly name: string;
  readonly learningRate: number;
  readonly citations: readonly Citation[];
  /** Names of the buffers, each of the parameter's shape and data type. */
  readonly buffers: readonly string[];
  /** Value of a buffer's elements before the first step; 0 when it is not named. */
  readonly start?: Readonly<Record<string, number>>;
  /** See {@link Optimizer.numbers}. */
  readonly numbers: (step: number, learningRate: number) => number[];
  /** New parameter and new buffers, in the order of `buffers`. */
  readonly update: (
    param: Tensor,
    grad: Tensor,
    buffers: readonly Tensor[],
    numbers: readonly Operand[],
  ) => { readonly param: Tensor; readonly buffers: readonly Tensor[] };
}

/** Copies results that are inputs: the caller may dispose those. */
function owner(inputs: readonly Tensor[]): (result: Tensor) => Tensor {
  return (result) => (inputs.includes(result) ? mul(result, 1) : result);
}

/**
 * Makes a method from a rule. Each tensor's update fuses into one kernel that reads and writes every element once.
 * @throws ArgumentError for a learningRate or step out of range, an unknown option, something that is no tree of
 * tensors, numbers that do not fit or the state of another method; DTypeError for parameters that are no floats
 */
export function elementwise(rule: ElementwiseRule): Optimizer {
  const { name } = rule;
  const count = rule.numbers(1, rule.learningRate).length;

  const numbers = (step: number, options: StepOptions = {}): number[] => {
    checkOptions(name, options, ["learningRate"]);
    if (!(Number.isSafeInteger(step) && step >= 1)) {
      throw new ArgumentError(`${name}: step is out of range (got ${String(step)}, expected an integer >= 1).`);
    }
    const { learningRate = rule.learningRate } = options;
    checkNonNegative(name, "learningRate", learningRate);
    return rule.numbers(step, learningRate);
  };

  const update = <P extends Tree>(
    params: P,
    grads: P,
    buffers: Buffers,
    given: readonly Operand[],
  ): { params: P; buffers: Buffers } => {
    if (given.length !== count) {
      throw new ArgumentError(
        `${name}: the method's numbers do not fit (got ${given.length}, expected ${count}). Use numbers(step).`,
      );
    }
    const { leaves, spec } = checkParams(name, params);
    const gs = matching(name, "grads", params, grads);
    const names = Object.keys(buffers);
    if (names.length !== rule.buffers.length || rule.buffers.some((b) => !Object.hasOwn(buffers, b))) {
      throw new ArgumentError(
        `${name}: the state belongs to another method (got buffers ${names.join(", ") || "none"}, ` +
          `expected ${rule.buffers.join(", ") || "none"}). Make it with init(params).`,
      );
    }
    const bs = rule.buffers.map((b) => matching(name, `buffer ${b}`, params, buffers[b]));
    const next = leaves.map((param, i) => {
      const mine = bs.map((b) => b[i]);
      const made = rule.update(param, gs[i], mine, given);
      const own = owner([param, gs[i], ...mine]);
      return { param: own(made.param), buffers: made.buffers.map(own) };
    });
    const tree = (pick: (n: (typeof next)[number]) => Tensor): Tree => treeUnflatten(spec, next.map(pick));
    return {
      params: tree((n) => n.param) as P,
      buffers: Object.fromEntries(rule.buffers.map((b, k) => [b, tree((n) => n.buffers[k])])),
    };
  };

  return {
    name,
    learningRate: rule.learningRate,
    citations: rule.citations,
    init(params) {
      const { leaves, spec } = checkParams(name, params);
      const filled = (value: number): Tree =>
        treeUnflatten(
          spec,
          leaves.map((p) => fullLike(p, value)),
        );
      return { step: 0, buffers: Object.fromEntries(rule.buffers.map((b) => [b, filled(rule.start?.[b] ?? 0)])) };
    },
    step(params, grads, state, options = {}) {
      const step = state.step + 1;
      const next = together(update(params, grads, state.buffers, numbers(step, options)));
      return { params: next.params, state: { step, buffers: next.buffers } };
    },
    numbers,
    update,
  };
}
