/** Newton's method with conjugate gradients. */
import { jvp, mul, neg, scope, treeLeaves, treeMap, type Tensor, type Tree } from "@ansatz/tensor";
import { checkCount, settings, type Fields } from "../../check.ts";
import { NOCEDAL_WRIGHT_BOOK } from "../../citation.ts";
import type { Minimizer, MinimizeState, Oracle } from "../../minimize/base.ts";
import { combination, inner, read } from "../../vector.ts";
import { evaluated, precisionOf, started } from "../evaluate.ts";

/** Options of {@link newtonCg}. */
export interface NewtonCgOptions {
  /** Most inner iterations per step; 50 when left out. */
  readonly maxInner?: number;
}

const FIELDS: Fields<Required<NewtonCgOptions>> = { maxInner: [50, checkCount] };

/** Most halvings of a step, and the share of the predicted decrease that is demanded. */
const [HALVINGS, DECREASE] = [40, 1e-4];

/**
 * Line search Newton-CG (Nocedal and Wright 2006, algorithm 7.1): the Newton equation is solved by conjugate gradients to
 * `min(1/2, sqrt |g|) |g|`, or until a direction of negative curvature appears, and the step is halved until f has decreased
 * enough. Converges superlinearly near a minimum with a positive definite Hessian.
 *
 * Works on trees and forms no matrix: a product with the Hessian is a forward derivative of the gradient.
 * @throws ArgumentError unless `maxInner` is a positive integer
 */
export function newtonCg(options: NewtonCgOptions = {}): Minimizer {
  const name = "newtonCg";
  const { maxInner } = settings(name, options, FIELDS);
  return {
    name,
    citations: [NOCEDAL_WRIGHT_BOOK],
    async init<P extends Tree>(problem: Oracle<P>): Promise<MinimizeState<P>> {
      const state = await started(name, problem, {});
      return { ...state, cost: { ...state.cost, products: 0 } };
    },
    async step<P extends Tree>(problem: Oracle<P>, state: MinimizeState<P>): Promise<MinimizeState<P>> {
      const { x, value, gradientNorm } = state;
      const gradient = state.vectors["gradient"];
      const cost = { ...state.cost };
      const direction = await newtonDirection(problem, state, cost, maxInner);
      const slope = await read(() => inner(gradient, direction));
      const before = value as number;
      const slack = 2 * precisionOf(x) * Math.abs(before);
      const free = (tree: P): void => treeLeaves(tree).forEach((t) => t.dispose());
      let step = 1;
      for (let i = 0; slope < 0 && i < HALVINGS; i++, step /= 2) {
        cost["values"]++;
        cost["gradients"]++;
        const found = await evaluated(
          problem,
          scope(() => combination([1, x], [step, direction])),
          direction,
        );
        const fine = Number.isFinite(found.value + found.gradientNorm);
        // Where values no longer tell, the gradient must have become smaller.
        const lower = found.value <= before + DECREASE * step * slope;
        if (fine && (lower || (found.value <= before + slack && found.gradientNorm < gradientNorm))) {
          free(direction);
          return {
            iteration: state.iteration + 1,
            x: found.point,
            vectors: { gradient: found.gradient },
            numbers: {},
            gradientNorm: found.gradientNorm,
            value: found.value,
            cost,
          };
        }
        free(found.point);
        free(found.gradient);
      }
      free(direction);
      return { ...state, cost, failure: "search-failed" };
    },
  };
}

async function newtonDirection<P extends Tree>(
  { gradient }: Oracle<P>,
  { x, vectors, gradientNorm }: MinimizeState<P>,
  cost: Record<string, number>,
  maxInner: number,
): Promise<P> {
  const target = Math.min(0.5, Math.sqrt(gradientNorm)) * gradientNorm;
  const free = (...trees: P[]): void => trees.forEach((tree) => treeLeaves(tree).forEach((t) => t.dispose()));
  let r = scope(() => treeMap((g) => mul(g, 1), vectors["gradient"]));
  let d = scope(() => treeMap((g) => neg(g), vectors["gradient"]));
  let z = scope(() => treeMap((g) => mul(g, 0), vectors["gradient"]));
  let rr = gradientNorm ** 2;
  for (let j = 0; j < maxInner; j++) {
    cost["products"]++;
    const hd = scope(() => jvp(gradient as never as (p: Tree) => Tree, [x as Tree], [d as Tree]).tangent) as P;
    const curvature = await read(() => inner(d, hd));
    if (!(curvature > 0)) {
      free(hd, r);
      if (j === 0) {
        free(z);
        return d;
      }
      free(d);
      return z;
    }
    const alpha = rr / curvature;
    const [nextZ, nextR] = [
      scope(() => combination([1, z], [alpha, d])),
      scope(() => combination([1, r], [alpha, hd])),
    ];
    const fresh = await read(() => inner(nextR, nextR) as Tensor);
    const nextD = scope(() => combination([-1, nextR], [fresh / rr, d]));
    for (const t of [...treeLeaves(nextZ), ...treeLeaves(nextD)]) t.eval();
    free(z, r, d, hd);
    [z, r, d, rr] = [nextZ, nextR, nextD, fresh];
    if (Math.sqrt(rr) <= target) break;
  }
  free(r, d);
  return z;
}
