/** Total variation. */
import {
  abs,
  add,
  ArgumentError,
  checkOptions,
  div,
  maximum,
  mul,
  square,
  sub,
  sum,
  zeros,
  slice,
  stack,
  scope,
  where,
  greater,
  type Tensor,
} from "@ansatz/tensor";
import { checkCount, checkNonNegative } from "../check.ts";
import { TV_DUAL_PAPER, TV_PAPER } from "../citation.ts";
import { difference, differenceAdjoint } from "../operators/gradient.ts";
import { evaluate, inner } from "../vector.ts";
import type { Regularizer } from "./base.ts";
import { lengthsOf } from "./groups.ts";
import { checkWeight } from "./pointwise.ts";

/** Options of {@link totalVariation}. */
export interface TotalVariationOptions {
  /** Weight lambda; 1 when left out. */
  readonly weight?: number;
  /** Whether the differences along all axes are one vector (`true` when left out), or count separately. */
  readonly isotropic?: boolean;
  /** Below this the absolute value of a difference is a parabola (Huber); 0, none, when left out. */
  readonly delta?: number;
  /** Most iterations of the proximal map; 200 when left out. */
  readonly iterations?: number;
  /** The proximal map ends when the duality gap is at most this times `|z|^2 / 2`; 1e-8 when left out. With 0 all iterations run. */
  readonly tolerance?: number;
}

/** Iterations between two looks at the duality gap. */
const LOOK = 10;

const gradient = (x: Tensor): Tensor => stack(x.shape.map((_, axis) => difference(x, axis)));
const divergence = (p: Tensor): Tensor =>
  Array.from({ length: p.ndim - 1 }, (_, axis) => differenceAdjoint(slice(p, [axis]), axis)).reduce((a, b) =>
    add(a, b),
  );

/** Lengths of the vectors along the first axis, [1, ...], or absolute values. */
function magnitudes(g: Tensor, isotropic: boolean): Tensor {
  return isotropic ? lengthsOf(g) : abs(g);
}

/** Huber's function of lengths, added up; absolute values for delta = 0. */
function huberSum(size: Tensor, delta: number): Tensor {
  if (delta === 0) return sum(size);
  return sum(where(greater(size, delta), sub(size, delta / 2), div(square(size), 2 * delta)));
}

/**
 * Total variation of real or complex images of any number of axes, `weight sum_i |(D x)_i|` (Rudin, Osher and Fatemi 1992) with forward differences D, 0 at
 * the end of an axis. With `delta` the absolute value is Huber's.
 *
 * The proximal map solves the dual problem `min |z - t D* p|^2`, `|p_i| <= 1`, by accelerated projected gradients with step
 * `1 / (4 axes t)` (Beck and Teboulle 2009), restarted when the momentum points uphill, until the duality gap is small enough. Cost: some
 * 10 passes over the image per iteration.
 * @throws ArgumentError for an option outside its range
 */
export function totalVariation(options: TotalVariationOptions = {}): Regularizer {
  const name = "totalVariation";
  checkOptions(name, options, ["weight", "isotropic", "delta", "iterations", "tolerance"]);
  const { weight = 1, isotropic = true, delta = 0, iterations = 200, tolerance = 1e-8 } = options;
  checkWeight(name, weight);
  checkNonNegative(name, "delta", delta);
  checkCount(name, "iterations", iterations);
  checkNonNegative(name, "tolerance", tolerance);
  if (typeof isotropic !== "boolean")
    throw new ArgumentError(`${name}: isotropic must be a boolean (got ${String(isotropic)}).`);
  const prox = async (z: Tensor, step: number): Promise<Tensor> => {
    const t = step * weight;
    if (t === 0) return scope(() => mul(z, 1));
    const rate = 1 / (4 * z.ndim * t + delta);
    let state = scope((): { readonly p: Tensor; readonly q: Tensor } => {
      const p = zeros([z.ndim, ...z.shape], { dtype: z.dtype, device: z.device } as never);
      return { p, q: mul(p, 1) };
    });
    let momentum = 1;
    for (let done = 0; done < iterations;) {
      const rounds = Math.min(LOOK, iterations - done);
      const begun = momentum;
      const { vectors, numbers } = await evaluate(() => {
        let { p, q } = state;
        let p0 = p;
        momentum = begun;
        for (let i = 0; i < rounds; i++) {
          const x = sub(z, mul(divergence(q), t));
          const ascent = add(mul(q, 1 - rate * delta), mul(gradient(x), rate));
          const next = div(ascent, maximum(magnitudes(ascent, isotropic), 1));
          const grown = (1 + Math.sqrt(1 + 4 * momentum * momentum)) / 2;
          p0 = p;
          q = add(next, mul(sub(next, p), (momentum - 1) / grown));
          p = next;
          momentum = grown;
        }
        // The gap, and whether the last step and the momentum agree.
        const x = sub(z, mul(divergence(p), t));
        const g = gradient(x);
        const gap = sub(mul(huberSum(magnitudes(g, isotropic), delta), t), mul(inner(p, g), t));
        const damping = mul(inner(p, p), (t * delta) / 2);
        return { vectors: { p, q, x }, scalars: [add(gap, damping), inner(z, z), inner(sub(q, p), sub(p, p0))] };
      });
      done += rounds;
      state.p.dispose();
      state.q.dispose();
      const [gap, size] = numbers;
      if (done >= iterations || gap <= (tolerance * size) / 2 || !Number.isFinite(gap)) {
        vectors.p.dispose();
        vectors.q.dispose();
        return vectors.x;
      }
      vectors.x.dispose();
      state = { p: vectors.p, q: vectors.q };
    }
    throw new ArgumentError(`${name}: iterations must be positive (got ${iterations}).`);
  };
  return {
    name,
    citations: [TV_PAPER, TV_DUAL_PAPER],
    prox,
    value: (x) => mul(huberSum(magnitudes(gradient(x), isotropic), delta), weight),
  };
}
