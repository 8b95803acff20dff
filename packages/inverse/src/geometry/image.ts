/** Where the pixels of an image lie. */
import { checkOptions } from "@ansatz/tensor";
import { checkCount, checkPositive } from "../check.ts";

/**
 * A grid of square pixels, centred on the axis of rotation. The centre of pixel (i, j) is
 * `X = (j - (columns - 1) / 2) pixel`, `Y = ((rows - 1) / 2 - i) pixel`: row 0 is the top, Y points up.
 */
export interface ImageGrid {
  readonly rows: number;
  readonly columns: number;
  /** Side of a pixel, in the unit of all lengths. */
  readonly pixel: number;
}

/** Throws unless `grid` is one. */
export function checkGrid(name: string, grid: ImageGrid): void {
  checkOptions(`${name}: image`, grid, ["rows", "columns", "pixel"]);
  checkCount(name, "image.rows", grid.rows);
  checkCount(name, "image.columns", grid.columns);
  checkPositive(name, "image.pixel", grid.pixel);
}

/** Half the diagonal of the image. */
export function halfDiagonal({ rows, columns, pixel }: ImageGrid): number {
  return (Math.hypot(rows, columns) * pixel) / 2;
}

/**
 * The square [-1, 1] x [-1, 1] with `size` pixels per side.
 * @throws ArgumentError for size out of range
 */
export function unitSquare(size: number): ImageGrid {
  checkCount("unitSquare", "size", size);
  return { rows: size, columns: size, pixel: 2 / size };
}
