/** Methods made of other methods: what a transform adds, and the rest. */
import { ArgumentError, distinctCitations, together, type Citation, type Operand, type Tree } from "@ansatz/tensor";
import type { Buffers, Optimizer, StepOptions } from "../base.ts";
import { checkCount, checkNonNegative } from "../check.ts";
import { matching } from "../trees.ts";

/** Result of the tensor part of a step. */
export interface Updated<P extends Tree> {
  readonly params: P;
  readonly buffers: Buffers;
}

/** What a transform adds to a method. */
export interface Addition {
  readonly name: string;
  readonly citations?: readonly Citation[];
  /** Names of its own buffers, each shaped like the parameters, and their start. */
  readonly buffers?: Readonly<Record<string, (params: Tree) => Tree>>;
  /** Its own numbers for a step with the given rate. */
  readonly numbers?: (step: number, learningRate: number) => number[];
  /** Number of the inner method's step; that of the outer one when left out. */
  readonly innerStep?: (step: number) => number;
  /** Rate of a step; that of the inner method when left out. */
  readonly rateAt?: (step: number) => number;
  /** The step. `inner` is the inner method's, with its buffers and numbers. */
  readonly update: <P extends Tree>(
    inner: (params: P, grads: P) => Updated<P>,
    params: P,
    grads: P,
    own: Buffers,
    numbers: readonly Operand[],
    /** The inner method's buffers before the step. */
    before: Buffers,
  ) => { readonly inner: Updated<P>; readonly params: P; readonly own?: Buffers };
}

/** Adds a transform to a method. */
export function wrap(method: Optimizer, added: Addition): Optimizer {
  if (typeof method?.update !== "function" || typeof method.numbers !== "function") {
    throw new ArgumentError(
      `${added.name}: not an optimiser (got ${method === null ? "null" : typeof method}, expected one such as adam()).`,
    );
  }
  const name = `${added.name}(${method.name})`;
  const names = Object.keys(added.buffers ?? {});
  const rateAt = added.rateAt ?? method.rateAt;
  const rate = (step: number, options: StepOptions): number =>
    options.learningRate ?? rateAt?.(step) ?? method.learningRate;
  const ownCount = added.numbers?.(1, rate(1, {})).length ?? 0;

  const numbers = (step: number, options: StepOptions = {}): number[] => {
    checkCount(name, "step", step);
    const learningRate = rate(step, options);
    checkNonNegative(name, "learningRate", learningRate);
    const inner = method.numbers(added.innerStep?.(step) ?? step, { ...options, learningRate });
    return [...(added.numbers?.(step, learningRate) ?? []), ...inner];
  };

  const update = <P extends Tree>(params: P, grads: P, buffers: Buffers, given: readonly Operand[]): Updated<P> => {
    const missing = names.filter((b) => !Object.hasOwn(buffers, b));
    if (missing.length > 0) {
      throw new ArgumentError(
        `${name}: the state belongs to another method (got no buffer ${missing.join(", ")}). Make it with init(params).`,
      );
    }
    for (const b of names) matching(name, `buffer ${b}`, params, buffers[b]);
    matching(name, "grads", params, grads);
    const own = Object.fromEntries(names.map((b) => [b, buffers[b]]));
    const others = Object.fromEntries(Object.entries(buffers).filter(([b]) => !names.includes(b)));
    const inner = (p: P, g: P): Updated<P> => method.update(p, g, others, given.slice(ownCount));
    const next = added.update(inner, params, grads, own, given.slice(0, ownCount), others);
    return { params: next.params, buffers: { ...next.inner.buffers, ...next.own } };
  };

  return {
    name,
    learningRate: rate(1, {}),
    ...(rateAt === undefined ? {} : { rateAt }),
    citations: distinctCitations(method.citations, added.citations ?? []),
    init(params) {
      const { step, buffers } = method.init(params);
      const twice = names.filter((b) => Object.hasOwn(buffers, b));
      if (twice.length > 0) {
        throw new ArgumentError(`${name}: a buffer's name is taken (got ${twice.join(", ")} twice). Add it only once.`);
      }
      const own = Object.fromEntries(Object.entries(added.buffers ?? {}).map(([b, start]) => [b, start(params)]));
      return { step, buffers: { ...buffers, ...own } };
    },
    step(params, grads, state, options = {}) {
      const step = state.step + 1;
      const next = together({ ...update(params, grads, state.buffers, numbers(step, options)) });
      return { params: next.params, state: { step, buffers: next.buffers } };
    },
    numbers,
    update,
  };
}
