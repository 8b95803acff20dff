/** Images on finer and coarser grids. */
import {
  add,
  concat,
  mean,
  mul,
  repeat,
  reshape,
  ShapeError,
  showShape,
  slice,
  stack,
  type Range,
  type Tensor,
} from "@ansatz/tensor";
import { checkImages, checkInteger } from "../check.ts";

/** Every pixel of [batch, channels, height, width] as a block of `factor` times `factor` equal ones. */
export function upsampleNearest(x: Tensor, factor = 2): Tensor {
  checkImages("upsampleNearest", x);
  checkInteger("upsampleNearest", "factor", factor, 1);
  return repeat(repeat(x, factor, 2), factor, 3);
}

/**
 * Bilinear interpolation of [batch, channels, height, width] to `factor` times as many pixels per axis.
 *
 * Pixels are squares: new pixel `i` takes the value at `(i + 1/2) / factor - 1/2`, and edges are continued as constants
 * ("align_corners: false" elsewhere).
 */
export function upsampleBilinear(x: Tensor, factor = 2): Tensor {
  checkImages("upsampleBilinear", x);
  checkInteger("upsampleBilinear", "factor", factor, 1);
  return factor === 1 ? x : refine(refine(x, factor, 2), factor, 3);
}

/** Linear interpolation along one axis: each of the `factor` phases mixes a pixel with one neighbour. */
function refine(x: Tensor, factor: number, axis: number): Tensor {
  const size = x.shape[axis];
  const part = (from: number, to: number): Tensor => {
    const ranges: Range[] = [null, null, null, null];
    ranges[axis] = [from, to];
    return slice(x, ranges);
  };
  const before = concat([part(0, 1), part(0, size - 1)], axis);
  const after = concat([part(1, size), part(size - 1, size)], axis);
  const phases = Array.from({ length: factor }, (_, phase) => {
    const offset = (phase + 0.5) / factor - 0.5;
    if (offset === 0) return x;
    const share = Math.abs(offset);
    return add(mul(x, 1 - share), mul(offset < 0 ? before : after, share));
  });
  const shape = x.shape.map((n, d) => (d === axis ? n * factor : n));
  return reshape(stack(phases, axis + 1), shape);
}

/** Means over blocks of `factor` times `factor` pixels of [batch, channels, height, width]. */
export function averagePool2d(x: Tensor, factor = 2): Tensor {
  checkImages("averagePool2d", x);
  checkInteger("averagePool2d", "factor", factor, 1);
  const [n, c, h, w] = x.shape;
  if (h % factor !== 0 || w % factor !== 0) {
    throw new ShapeError(
      `averagePool2d: blocks do not cover the image (got ${showShape(x.shape)}, expected sizes divisible by ${factor}).`,
    );
  }
  return mean(reshape(x, [n, c, h / factor, factor, w / factor, factor]), { axis: [3, 5] });
}
