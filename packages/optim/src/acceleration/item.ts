/** The information-theoretic exact method. */
import { ITEM_PAPER } from "../citation.ts";
import type { Minimizer } from "../minimize/base.ts";
import { combination } from "../vector.ts";
import { checkCurvatures, recurrence, type Curvatures } from "./base.ts";

/** From here on the weights are at their limits to double precision, and the sequence would overflow. */
const FROZEN = 1e15;

/** `A_{n+1}` from `A_n`, for `q = mu / L` < 1. */
function grow(A: number, q: number): number {
  return ((1 + q) * A + 2 * (1 + Math.sqrt((1 + A) * (1 + q * A)))) / (1 - q) ** 2;
}

/**
 * The information-theoretic exact method (Taylor and Drori 2023): no method that sees n gradients can guarantee a smaller
 * `|z_n - x*|`. With `q = mu / L`, `A_0 = 0`, `A+ = ((1 + q) A + 2 (1 + sqrt((1 + A)(1 + q A)))) / (1 - q)^2`,
 * `b = A / ((1 - q) A+)`, `d = ((1 - q)^2 A+ - (1 + q) A) / (2 (1 + q + q A))`:
 * `y = (1 - b) z + b x`, `x = y - grad f(y) / L`, `z = (1 - q d) z + q d y - d / L grad f(y)`. The result is z.
 *
 * Guarantee: `|z_n - x*|^2 <= |z_0 - x*|^2 / (1 + q A_n)`. For mu = L one gradient step is exact. Once `A_n > 1e15` the
 * weights stay at what they are, and the bound is that of the sequence continued in logarithms.
 * @throws ArgumentError unless 0 < mu <= L
 */
export function item({ mu, L }: Curvatures): Minimizer {
  const name = "item";
  checkCurvatures(name, mu, L);
  const q = mu / L;
  return recurrence({
    name,
    mu,
    citations: [ITEM_PAPER],
    guarantee: {
      measure: "distance",
      bound: (n, distance) => distance * Math.exp(-0.5 * logOfSequence(n, q)),
      source: "Taylor and Drori 2023, theorem 3",
    },
    vectors: ["inner"],
    numbers: { A: 0, b: 0, d: 0 },
    advance: ({ A, b, d }) => {
      if (q === 1) return { A: Infinity, b: 0, d: 1 };
      if (A > FROZEN) return { A, b, d };
      const next = grow(A, q);
      return {
        A: next,
        b: A / ((1 - q) * next),
        d: ((1 - q) ** 2 * next - (1 + q) * A) / (2 * (1 + q + q * A)),
      };
    },
    point: (z, { inner }, { b }) => combination([1 - b, z], [b, inner]),
    step: (y, g, z, _, { d }) => ({
      x: combination([1 - q * d, z], [q * d, y], [-d / L, g]),
      inner: combination([1, y], [-1 / L, g]),
    }),
  });
}

/** `log(1 + q A_n)`; beyond {@link FROZEN} the sequence grows by a constant factor. */
function logOfSequence(n: number, q: number): number {
  if (n === 0) return 0;
  if (q === 1) return Infinity;
  let A = 0;
  let k = 0;
  for (; k < n && A <= FROZEN; k++) A = grow(A, q);
  return Math.log1p(q * A) + (n - k) * -2 * Math.log1p(-Math.sqrt(q));
}
