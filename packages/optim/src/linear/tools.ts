/** What the solvers share. */
import { asReal, isComplex, scope, stack, sub, together, type Tensor } from "@ansatz/tensor";
import { combination, inner, length } from "../vector.ts";
import type { FullProblem, LinearCost } from "./base.ts";

export { combination, inner, length };

/** Counts of nothing. */
export const NO_COST: LinearCost = { apply: 0, adjoint: 0, precondition: 0 };

/** Adds counts. */
export function plus(cost: LinearCost, more: Partial<LinearCost>): LinearCost {
  return {
    apply: cost.apply + (more.apply ?? 0),
    adjoint: cost.adjoint + (more.adjoint ?? 0),
    precondition: cost.precondition + (more.precondition ?? 0),
  };
}

/** Tensors of a step together with scalars, which are read in one go and disposed. */
export async function evaluate<V extends Readonly<Record<string, Tensor>>>(
  make: () => { readonly vectors: V; readonly scalars: readonly Tensor[] },
): Promise<{ readonly vectors: V; readonly numbers: readonly number[] }> {
  const { vectors, packed } = scope(() => {
    const made = make();
    return together({ vectors: made.vectors, packed: stack(made.scalars) } as never) as unknown as {
      vectors: V;
      packed: Tensor;
    };
  });
  const numbers = Array.from(await packed.data(), Number);
  packed.dispose();
  return { vectors, numbers };
}

/** `b - A x`; b itself when the start is zero would save an application, but a start is rarely known to be. */
export function residual({ operator, rhs }: FullProblem, x: Tensor): Tensor {
  return sub(rhs, operator.apply(x));
}

/** Number of real unknowns. */
export function unknowns(x: Tensor): number {
  return isComplex(x.dtype) ? asReal(x).size : x.size;
}
