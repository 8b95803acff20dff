/** What the denoisers check. */
import { DTypeError, isFloat, mul, ShapeError, showShape, type Tensor } from "@ansatz/tensor";
import { checkNonNegative } from "../check.ts";

/** Throws unless `noisy` is an image of floats with a number of axes, and `sigma` a level of noise. */
export function checkNoisy(name: string, noisy: Tensor, sigma: number, axes?: number): void {
  checkNonNegative(name, "sigma", sigma);
  if (!isFloat(noisy.dtype)) {
    throw new DTypeError(
      `${name}: the image is not real (got ${noisy.dtype}, expected f32 or f64). Complex images need magnitudeDenoiser.`,
    );
  }
  if (axes !== undefined && noisy.ndim !== axes) {
    throw new ShapeError(`${name}: the image has other axes (got ${showShape(noisy.shape)}, expected ${axes} axes).`);
  }
}

/** A tensor of its own with the same values. */
export const copyOf = (x: Tensor): Tensor => mul(x, 1);
