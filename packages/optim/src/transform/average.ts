/** Averages of the parameters kept beside them. */
import { add, ArgumentError, greater, mul, sub, treeMap, where, type Tree } from "@ansatz/tensor";
import type { Optimizer } from "../base.ts";
import { checkCount, settings, type Check, type Fields } from "../check.ts";
import { LOOKAHEAD_PAPER, POLYAK_AVERAGE_PAPER } from "../citation.ts";
import { emaUpdate, emaWeight, type EmaOptions } from "../ema.ts";
import { wrap } from "./wrap.ts";

/** Tensors of their own with the same values. */
const copy = (params: Tree): Tree => treeMap((p) => mul(p, 1), params);

/**
 * The method with an exponential moving average of the parameters in the buffer `average`, see {@link emaWeight}. The
 * parameters themselves are not affected: evaluate with `state.buffers.average`.
 * @throws ArgumentError for a value outside its range, naming it
 */
export function withEma(method: Optimizer, options: EmaOptions = {}): Optimizer {
  // Says at once when an option is wrong.
  emaWeight(1, options);
  return wrap(method, {
    name: "withEma",
    citations: [POLYAK_AVERAGE_PAPER],
    buffers: { average: copy },
    numbers: (step) => [emaWeight(step, options)],
    update(inner, params, grads, { average }, [weight]) {
      const next = inner(params, grads);
      return { inner: next, params: next.params, own: { average: emaUpdate(average, next.params, weight) } };
    },
  });
}

/** Options of {@link lookahead}. */
export interface LookaheadOptions {
  /** Steps of the inner method between two of the slow parameters; 5 when left out. */
  readonly every?: number;
  /** Share of the way that the slow parameters go, in (0, 1]; 0.5 when left out. */
  readonly alpha?: number;
}

const checkShare: Check = (name, field, value) => {
  if (!(typeof value === "number" && value > 0 && value <= 1)) {
    throw new ArgumentError(`${name}: ${field} is out of range (got ${String(value)}, expected a number in (0, 1]).`);
  }
};

const FIELDS: Fields<Required<LookaheadOptions>> = { every: [5, checkCount], alpha: [0.5, checkShare] };

/**
 * Lookahead (Zhang, Lucas, Hinton and Ba 2019, algorithm 1): after every `every` steps of the method,
 * `slow += alpha (p - slow)` and `p = slow`. The inner buffers are kept.
 *
 * Buffer: `slow`.
 * @throws ArgumentError for a value outside its range, naming it
 * @example
 * const method = lookahead(adam({ learningRate: 1e-3 }), { every: 5, alpha: 0.5 });
 */
export function lookahead(method: Optimizer, options: LookaheadOptions = {}): Optimizer {
  const name = "lookahead";
  const { every, alpha } = settings(name, options, FIELDS);
  return wrap(method, {
    name,
    citations: [LOOKAHEAD_PAPER],
    buffers: { slow: copy },
    numbers: (step) => [step % every === 0 ? 1 : 0],
    update(inner, params, grads, { slow }, [now]) {
      const next = inner(params, grads);
      const due = greater(now, 0);
      const moved = treeMap((s, p) => where(due, add(s, mul(sub(p, s), alpha)), s), slow, next.params);
      const fast = treeMap((p, s) => where(due, s, p), next.params, moved as typeof params);
      return { inner: next, params: fast, own: { slow: moved } };
    },
  });
}
