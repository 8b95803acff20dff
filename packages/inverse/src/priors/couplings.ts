/** What ties the network's image to a regulariser: terms of the loss, and splittings with variables of their own. */
import {
  add,
  clip,
  div,
  maximum,
  mean,
  mul,
  ones,
  pad,
  slice,
  sqrt,
  square,
  stack,
  sub,
  sum,
  zeros,
  zerosLike,
  type Tensor,
} from "@ansatz/tensor";
import { difference, differenceAdjoint } from "../operators/gradient.ts";

/** Variables of a splitting. */
export type Side = Readonly<Record<string, Tensor>>;

/** A regulariser of the image G that a network makes. Pure. */
export interface Coupling {
  /** Variables before the first step. */
  init(image: Tensor): Side;
  /** Variables after a look at G, for those that a step brings along. */
  update(image: Tensor, side: Side): Side;
  /** Gradient with respect to G of the term of the loss; null when there is none. */
  pull(image: Tensor, side: Side): Tensor | null;
}

const gradient = (x: Tensor): Tensor => stack([difference(x, 0), difference(x, 1)]);
const gradientAdjoint = (p: Tensor): Tensor =>
  add(differenceAdjoint(slice(p, [0]), 0), differenceAdjoint(slice(p, [1]), 1));
const lengths = (g: Tensor): Tensor => sqrt(sum(square(g), { axis: 0, keepDims: true }));

/** No regulariser. */
export const free: Coupling = { init: () => ({}), update: (_, side) => side, pull: () => null };

/** `weight TV(G)` in the loss, its corner rounded at differences of 0.001. */
export function variationTerm(weight: number): Coupling {
  return {
    ...free,
    pull(image) {
      const g = gradient(image);
      const size = sqrt(add(sum(square(g), { axis: 0, keepDims: true }), 1e-6));
      return mul(gradientAdjoint(div(g, size)), weight);
    },
  };
}

/** Sums over the 5 x 5 pixels around each, zero outside. */
function around(x: Tensor): Tensor {
  const [rows, columns] = x.shape;
  const wide = pad(x, [
    [2, 2],
    [2, 2],
  ]);
  const sums = (t: Tensor, axis: 0 | 1, n: number): Tensor =>
    [0, 1, 2, 3, 4]
      .map((from) => slice(t, axis === 0 ? [[from, from + n]] : [null, [from, from + n]]))
      .reduce((a, b) => add(a, b));
  return sums(sums(wide, 0, rows), 1, columns);
}

/**
 * ADMM with `t = grad G` for a weighted total variation: `t = shrink(grad G + u, lambda w / rho)`, `u += grad G - t`, penalty `rho |grad G - t + u|^2 / 2`.
 * The weights w are inverse to the mean slope of the 5 x 5 pixels around each, of mean 1.
 */
export function weightedVariation(weight: number, penalty: number): Coupling {
  return {
    init(image) {
      const t = gradient(zerosLike(image));
      return { t, u: mul(t, 1) };
    },
    update(image, { u }) {
      const g = gradient(image);
      const { dtype, device, shape } = image;
      const slope = div(around(slice(lengths(g), [0])), around(ones(shape, { dtype, device } as never)));
      const w = div(1, add(slope, 0.02));
      const threshold = mul(div(w, mean(w)), weight / penalty);
      const moved = add(g, u);
      const size = lengths(moved);
      const t = mul(moved, div(maximum(sub(size, threshold), 0), maximum(size, 1e-12)));
      return { t, u: sub(moved, t) };
    },
    pull: (image, { t, u }) => mul(gradientAdjoint(add(sub(gradient(image), t), u)), penalty),
  };
}

/** Steps of the dual problem per network step; the dual variable is kept. */
const DUAL_STEPS = 15;

/** Approaches `argmin_x |x - z|^2 / 2 + t TV(x)` from a dual variable, and gives the next one. */
function shrinkVariation(z: Tensor, start: Tensor, t: number): { readonly x: Tensor; readonly p: Tensor } {
  const rate = 1 / (8 * t);
  let [p, q] = [start, start];
  let momentum = 1;
  for (let i = 0; i < DUAL_STEPS; i++) {
    const ascent = add(q, mul(gradient(sub(z, mul(gradientAdjoint(q), t))), rate));
    const next = div(ascent, maximum(lengths(ascent), 1));
    const grown = (1 + Math.sqrt(1 + 4 * momentum * momentum)) / 2;
    q = add(next, mul(sub(next, p), (momentum - 1) / grown));
    [p, momentum] = [next, grown];
  }
  return { x: sub(z, mul(gradientAdjoint(p), t)), p };
}

/**
 * ADMM with `x = G`: `x = D(G + u)`, `u += G - x`, penalty `rho |G - x + u|^2 / 2`, D the proximal map of `weight TV / rho`, cut to the range; by
 * a few steps on a dual variable that is kept.
 */
export function variationSplitting(weight: number, penalty: number, [low, high]: readonly [number, number]): Coupling {
  const { pull } = splitting(penalty);
  return {
    init: (image) => ({
      x: zerosLike(image),
      u: zerosLike(image),
      p: zeros([2, ...image.shape], { dtype: image.dtype, device: image.device } as never),
    }),
    update(image, { u, p }) {
      const moved = add(image, u);
      if (weight === 0) return { x: clip(moved, low, high), u: sub(moved, clip(moved, low, high)), p };
      const made = shrinkVariation(moved, p, weight / penalty);
      const x = clip(made.x, low, high);
      return { x, u: sub(moved, x), p: made.p };
    },
    pull,
  };
}

/** The penalty of a splitting `x = G` whose x is found outside of the step. */
export function splitting(penalty: number): Coupling {
  return {
    init: (image) => ({ x: zerosLike(image), u: zerosLike(image) }),
    update: (_, side) => side,
    pull: (image, { x, u }) => mul(add(sub(image, x), u), penalty),
  };
}
