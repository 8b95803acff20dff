/** What the first-order methods of this folder share. */
import { ArgumentError, scope, together, type Citation, type Tensor, type Tree } from "@ansatz/tensor";
import { checkNonNegative, checkPositive } from "../check.ts";
import type { Guarantee, Minimizer, MinimizeState, Oracle } from "../minimize/base.ts";
import { length } from "../vector.ts";

/** Constants of a smooth, strongly convex function. */
export interface Curvatures {
  /** Strong convexity: least eigenvalue of all Hessians, > 0. */
  readonly mu: number;
  /** Smoothness: a Lipschitz constant of the gradient, >= mu. */
  readonly L: number;
}

/** Throws unless `0 < mu <= L`. */
export function checkCurvatures(name: string, mu: unknown, L: unknown): void {
  checkPositive(name, "mu", mu);
  checkPositive(name, "L", L);
  if (!((mu as number) <= (L as number))) {
    throw new ArgumentError(`${name}: L is out of range (got L ${String(L)} < mu ${String(mu)}, expected L >= mu).`);
  }
}

/** Throws unless `L` is positive and `mu`, which may be 0, at most L. */
export function checkSmoothness(name: string, mu: unknown, L: unknown): void {
  checkNonNegative(name, "mu", mu);
  checkPositive(name, "L", L);
  if ((mu as number) > 0) checkCurvatures(name, mu, L);
}

/** A method that takes one gradient per iteration. */
export interface Recurrence {
  readonly name: string;
  readonly citations: readonly Citation[];
  readonly mu: number;
  readonly guarantee?: Guarantee;
  /** Vectors besides x, all starting where x does. */
  readonly vectors: readonly string[];
  /** Numbers and their start. */
  readonly numbers?: Readonly<Record<string, number>>;
  /** Numbers of the next state, which are the ones that `step` sees. */
  readonly advance?: (numbers: Readonly<Record<string, number>>, iteration: number) => Record<string, number>;
  /** The point at which the gradient is taken; x when left out. */
  readonly point?: <P extends Tree>(
    x: P,
    vectors: Readonly<Record<string, P>>,
    numbers: Readonly<Record<string, number>>,
  ) => P;
  /** The next x and vectors from the point and its gradient. */
  readonly step: <P extends Tree>(
    y: P,
    g: P,
    x: P,
    vectors: Readonly<Record<string, P>>,
    numbers: Readonly<Record<string, number>>,
  ) => { readonly x: P } & Readonly<Record<string, P>>;
}

/** Makes a method from its recurrence. */
export function recurrence(rule: Recurrence): Minimizer {
  return {
    name: rule.name,
    citations: rule.citations,
    mu: rule.mu,
    ...(rule.guarantee === undefined ? {} : { guarantee: rule.guarantee }),
    init: <P extends Tree>({ start }: Oracle<P>): MinimizeState<P> => ({
      iteration: 0,
      x: start,
      vectors: Object.fromEntries(rule.vectors.map((v) => [v, start])),
      numbers: rule.numbers ?? {},
      gradientNorm: Infinity,
      cost: { gradients: 0 },
    }),
    async step<P extends Tree>({ gradient }: Oracle<P>, state: MinimizeState<P>): Promise<MinimizeState<P>> {
      const numbers = rule.advance?.(state.numbers, state.iteration) ?? state.numbers;
      const { norm, next } = scope(() => {
        const y = rule.point?.(state.x, state.vectors, numbers) ?? state.x;
        const g = gradient(y);
        return together<{ norm: Tensor; next: { x: P } & Readonly<Record<string, P>> }>({
          norm: length(g),
          next: rule.step(y, g, state.x, state.vectors, numbers),
        });
      });
      const gradientNorm = Number(await norm.item());
      norm.dispose();
      const cost = { gradients: state.cost["gradients"] + 1 };
      if (!Number.isFinite(gradientNorm)) return { ...state, cost, failure: "non-finite" };
      const { x, ...vectors } = next;
      return {
        iteration: state.iteration + 1,
        x: x as P,
        vectors: vectors as unknown as Readonly<Record<string, P>>,
        numbers,
        gradientNorm,
        cost,
      };
    },
  };
}
