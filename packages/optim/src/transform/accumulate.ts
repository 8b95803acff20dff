/** Gradients of several batches for one step. */
import { add, greater, mul, treeMap, where, zerosLike, type Tree } from "@ansatz/tensor";
import type { Buffers, Optimizer } from "../base.ts";
import { checkCount } from "../check.ts";
import { wrap } from "./wrap.ts";

/**
 * The method on the mean of every `count` gradients: of `count` calls, all but the last only add to the buffer
 * `accumulated`. The state's `step` counts calls. All calls run the same plan; what a call does not change is selected.
 * @throws ArgumentError unless `count` is a positive integer
 * @example
 * const method = accumulate(adamW({ learningRate: 3e-4 }), 4);
 */
export function accumulate(method: Optimizer, count: number): Optimizer {
  const name = "accumulate";
  checkCount(name, "count", count);
  return wrap(method, {
    name,
    buffers: { accumulated: (params: Tree) => treeMap(zerosLike, params) },
    innerStep: (step) => Math.ceil(step / count),
    numbers: (step) => [step % count === 0 ? 1 : 0],
    update(inner, params, grads, { accumulated }, [now], before) {
      const due = greater(now, 0);
      const total = treeMap((a, g) => add(a, mul(g, 1 / count)), accumulated as typeof grads, grads);
      const next = inner(params, total);
      const select = <T extends Tree>(fresh: T, old: T): T => treeMap((a, b) => where(due, a, b), fresh, old);
      return {
        inner: { params: next.params, buffers: select(next.buffers as Tree, before as Tree) as Buffers },
        params: select(next.params, params),
        own: { accumulated: treeMap((t) => where(due, 0, t), total) },
      };
    },
  });
}
