/** Evaluations that the curvature methods share. */
import { ArgumentError, reshape, scope, stack, together, treeLeaves, type Tensor, type Tree } from "@ansatz/tensor";
import type { MinimizeState, Oracle } from "../minimize/base.ts";
import { inner, length, read } from "../vector.ts";

export { read as valueOf };

/** Relative precision of a tree's narrowest data type. */
export function precisionOf(x: Tree): number {
  return treeLeaves(x).some(({ dtype }) => dtype === "f32") ? 2 ** -24 : 2 ** -53;
}

/** Value, gradient and slope along a direction, at a point. */
export interface Evaluated<P extends Tree> {
  readonly point: P;
  readonly gradient: P;
  readonly value: number;
  readonly gradientNorm: number;
  readonly slope: number;
}

/** Evaluates a problem at a point; scalars are read in one go. */
export async function evaluated<P extends Tree>(problem: Oracle<P>, point: P, direction: P): Promise<Evaluated<P>> {
  const { gradient, packed } = scope(() => {
    const g = problem.gradient(point);
    const f = reshape((problem.value as (x: P) => Tensor)(point), []);
    return together({ gradient: g, packed: stack([f, length(g), inner(g, direction)]) } as never) as unknown as {
      gradient: P;
      packed: Tensor;
    };
  });
  const [value, gradientNorm, slope] = Array.from(await packed.data(), Number);
  packed.dispose();
  return { point, gradient, value, gradientNorm, slope };
}

/** State before the first iteration of a method that uses values and gradients. */
export async function started<P extends Tree>(
  name: string,
  problem: Oracle<P>,
  numbers: Readonly<Record<string, number>>,
): Promise<MinimizeState<P>> {
  if (problem.value === undefined) {
    throw new ArgumentError(`${name}: the problem needs its value (got none, expected a function).`);
  }
  const { gradient, value, gradientNorm } = await evaluated(problem, problem.start, problem.start);
  return {
    iteration: 0,
    x: problem.start,
    vectors: { gradient },
    numbers,
    gradientNorm,
    value,
    cost: { values: 1, gradients: 1 },
    ...(Number.isFinite(value + gradientNorm) ? {} : { failure: "non-finite" as const }),
  };
}
