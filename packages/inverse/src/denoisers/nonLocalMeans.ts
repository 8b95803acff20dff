/** Means of pixels whose neighbourhoods look alike. */
import { checkOptions } from "@ansatz/tensor";
import { defineKernel, expExpr, type Value } from "@ansatz/tensor/kernel";
import { checkCount, checkPositive } from "../check.ts";
import { NLM_PAPER } from "../pnp/papers.ts";
import type { Denoiser } from "./base.ts";
import { checkNoisy, copyOf } from "./check.ts";

/** Options of {@link nonLocalMeans}. */
export interface NonLocalMeansOptions {
  /** Radius of the neighbourhoods that are compared; 1 when left out. */
  readonly patch?: number;
  /** Radius of the window in which pixels are compared; 6 when left out. */
  readonly search?: number;
  /** Distances decay over this times sigma; 0.9 when left out. */
  readonly strength?: number;
}

const kernel = /*@__PURE__*/ defineKernel({
  name: "nonLocalMeans",
  inputs: {
    image: { dtype: "float", rank: 2 },
    // What noise alone adds to the mean squared difference, and the inverse of the scale of its decay.
    noise: { dtype: "float", rank: 0 },
    decay: { dtype: "float", rank: 0 },
  },
  outputs: { result: { dtype: "float", shape: ({ image }) => [image[0], image[1]] } },
  attrs: { patch: "i32", search: "i32" },
  units: ({ image }) => [image[0], image[1]],
  body: (k) => {
    const { image, noise, decay } = k.inputs;
    const { patch, search } = k.attrs;
    const [i, j] = k.indices;
    const last = [0, 1].map((axis) => k.size(image, axis).sub(1));
    const pixel = (row: Value<"i32">, column: Value<"i32">): Value<"float"> => k.load(image, [row, column]);
    const inside = (at: Value<"i32">, axis: number): Value<"i32"> => at.max(0).min(last[axis]);
    const area = patch.mul(2).add(1).to("float");
    const perPixel = k.constant("float", 1).div(area.mul(area));
    const [bias, rate] = [k.load(noise, 0), k.load(decay, 0)];
    const [sum, weights] = [k.variable("float", 0), k.variable("float", 0)];
    // The window is cut at the border; neighbourhoods continue the outermost pixels.
    k.for(i.sub(search).max(0), i.add(search).min(last[0]).add(1), (row) => {
      k.for(j.sub(search).max(0), j.add(search).min(last[1]).add(1), (column) => {
        const distance = k.variable("float", 0);
        k.for(patch.neg(), patch.add(1), (down) => {
          k.for(patch.neg(), patch.add(1), (right) => {
            const here = pixel(inside(i.add(down), 0), inside(j.add(right), 1));
            const there = pixel(inside(row.add(down), 0), inside(column.add(right), 1));
            const difference = here.sub(there);
            distance.add(difference.mul(difference));
          });
        });
        const beyond = distance.get().mul(perPixel).sub(bias).max(0);
        const weight = k.apply(expExpr, beyond.mul(rate).neg());
        sum.add(weight.mul(pixel(row, column)));
        weights.add(weight);
      });
    });
    k.store(k.outputs.result, [i, j], sum.get().div(weights.get()));
  },
});

/**
 * Non-local means (Buades, Coll and Morel 2005) of images [rows, columns]: every pixel becomes the mean of the pixels in a window around it, weighted
 * with `exp(-max(d - 2 sigma^2, 0) / (strength sigma)^2)`, d the mean squared difference of their neighbourhoods. Pixels beyond the border equal the
 * outermost ones. Cost: `(2 search + 1)^2 (2 patch + 1)^2` differences per pixel.
 * @throws ArgumentError for an option outside its range; ShapeError from `denoise` for other numbers of axes
 */
export function nonLocalMeans(options: NonLocalMeansOptions = {}): Denoiser {
  const name = "nonLocalMeans";
  checkOptions(name, options, ["patch", "search", "strength"]);
  const { patch = 1, search = 6, strength = 0.9 } = options;
  checkCount(name, "patch", patch, 0);
  checkCount(name, "search", search);
  checkPositive(name, "strength", strength);
  return {
    name,
    citations: [NLM_PAPER],
    denoise(noisy, sigma) {
      checkNoisy(name, noisy, sigma, 2);
      if (sigma === 0) return copyOf(noisy);
      const scale = { noise: 2 * sigma ** 2, decay: 1 / (strength * sigma) ** 2 };
      return kernel({ image: noisy, ...scale }, { patch, search }).result;
    },
  };
}
