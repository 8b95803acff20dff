/** Borders that mirror the image. */
import { ArgumentError, concat, flip, ShapeError, showShape, slice, type Range, type Tensor } from "@ansatz/tensor";
import { checkImages } from "../check.ts";

/**
 * Surrounds images [batch, channels, height, width] with their mirror image; the edge itself is not repeated.
 * `width` is that of the border: one number, or those of the vertical and the horizontal axis, on both sides each.
 * @throws ShapeError unless the border is narrower than the image
 */
export function reflectionPad2d(x: Tensor, width: number | readonly [number, number]): Tensor {
  checkImages("reflectionPad2d", x);
  const widths = typeof width === "number" ? [width, width] : width;
  let y = x;
  for (const axis of [2, 3]) {
    const n = widths[axis - 2];
    const size = x.shape[axis];
    if (!Number.isInteger(n) || n < 0) {
      throw new ArgumentError(`reflectionPad2d: width must be a non-negative integer (got ${String(n)}).`);
    }
    if (n >= size) {
      throw new ShapeError(
        `reflectionPad2d: border is too wide (got ${n} on axis ${axis} of ${showShape(x.shape)}, expected at most ${size - 1}).`,
      );
    }
    if (n === 0) continue;
    const part = (from: number, to: number): Tensor => {
      const ranges: Range[] = [null, null, null, null];
      ranges[axis] = [from, to];
      return flip(slice(y, ranges), axis);
    };
    y = concat([part(1, n + 1), y, part(size - 1 - n, size - 1)], axis);
  }
  return y;
}
