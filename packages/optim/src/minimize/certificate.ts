/** What a method guarantees beside what it reached. */
import { scope, type Tree } from "@ansatz/tensor";
import { combination, length, read } from "../vector.ts";
import type { Certificate, Minimizer, MinimizeState, Oracle } from "./base.ts";

/**
 * The certificate of a state.
 *
 * Distances and gaps come from a known solution and least value. Without them, strong convexity bounds them by gradients:
 * `|x - x*| <= |g| / mu` and `f(x) - f* <= |g|^2 / (2 mu)`. Without either there is no certificate.
 */
export async function certify<P extends Tree>(
  { guarantee, mu = 0 }: Minimizer,
  problem: Oracle<P>,
  state: MinimizeState<P>,
): Promise<Certificate | undefined> {
  if (guarantee === undefined) return undefined;
  const { start, solution, least, value, gradient } = problem;
  const { measure, source } = guarantee;
  const normAt = async (x: P): Promise<number> => read(() => length(scope(() => gradient(x))));
  const from = async (x: P): Promise<readonly [number, boolean]> => {
    if (solution !== undefined) return [await read(() => length(combination([1, x], [-1, solution]))), true];
    if (x === start && problem.distance !== undefined) return [problem.distance, false];
    return mu > 0 ? [(await normAt(x)) / mu, false] : [Infinity, false];
  };
  const above = async (x: P): Promise<readonly [number, boolean]> => {
    if (least !== undefined && value !== undefined) return [(await read(() => value(x))) - least, true];
    return mu > 0 ? [(await normAt(x)) ** 2 / (2 * mu), false] : [Infinity, false];
  };
  const [distance] = await from(start);
  const [gap] = await above(start);
  const bound = guarantee.bound(state.iteration, distance, gap);
  const [achieved, exact] = measure === "gap" ? await above(state.x) : await from(state.x);
  // NaN arises from a gap that is not known and not needed times zero; it is no bound either way.
  return Number.isFinite(bound) && Number.isFinite(achieved) ? { measure, bound, achieved, exact, source } : undefined;
}
