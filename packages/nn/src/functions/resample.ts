/** Images on finer and coarser grids. */
import { ShapeError, showShape, type Tensor } from "@ansatz/tensor";
import { avgPool2d, resize } from "@ansatz/tensor/nn";
import { checkImages, checkInteger } from "../check.ts";

/** Sizes of `factor` times as many pixels per axis. */
function finer(x: Tensor, factor: number): number[] {
  return x.shape.slice(2).map((n) => n * factor);
}

/**
 * Every pixel of [batch, channels, height, width] as a block of `factor` times `factor` equal ones.
 * @throws ShapeError for input that is not [batch, channels, height, width]; ArgumentError for factor out of range
 */
export function upsampleNearest(x: Tensor, factor = 2): Tensor {
  checkImages("upsampleNearest", x);
  checkInteger("upsampleNearest", "factor", factor, 1);
  return resize(x, finer(x, factor), { mode: "nearest" });
}

/**
 * Bilinear interpolation of [batch, channels, height, width] to `factor` times as many pixels per axis.
 *
 * Pixels are squares: new pixel `i` takes the value at `(i + 1/2) / factor - 1/2`, and edges are continued as constants
 * ("align_corners: false" elsewhere).
 * @throws ShapeError for input that is not [batch, channels, height, width]; ArgumentError for factor out of range
 */
export function upsampleBilinear(x: Tensor, factor = 2): Tensor {
  checkImages("upsampleBilinear", x);
  checkInteger("upsampleBilinear", "factor", factor, 1);
  return resize(x, finer(x, factor));
}

/**
 * Means over blocks of `factor` times `factor` pixels of [batch, channels, height, width].
 * @throws ShapeError for input that is not [batch, channels, height, width]; ArgumentError for factor out of range;
 * ShapeError when blocks do not cover the image
 */
export function averagePool2d(x: Tensor, factor = 2): Tensor {
  checkImages("averagePool2d", x);
  checkInteger("averagePool2d", "factor", factor, 1);
  const [, , h, w] = x.shape;
  if (h % factor !== 0 || w % factor !== 0) {
    throw new ShapeError(
      `averagePool2d: blocks do not cover the image (got ${showShape(x.shape)}, expected sizes divisible by ${factor}).`,
    );
  }
  return avgPool2d(x, factor);
}
