/** How far an image is from another one, as single numbers. Computed in double precision on the host. */
import { ArgumentError, asReal, isComplex, type Tensor } from "@ansatz/tensor";
import { checkPositive, checkShaped } from "../check.ts";

/** The numbers of two images of one shape; the parts of complex ones. */
export async function numbersOf(
  name: string,
  image: Tensor,
  reference: Tensor,
): Promise<readonly [ArrayLike<number>, ArrayLike<number>]> {
  checkShaped(name, "image", image, reference.shape);
  if (isComplex(image.dtype) !== isComplex(reference.dtype)) {
    throw new ArgumentError(
      `${name}: image and reference are of different kinds (got ${image.dtype} and ${reference.dtype}).`,
    );
  }
  const read = async (t: Tensor): Promise<ArrayLike<number>> => {
    if (!isComplex(t.dtype)) return (await t.data()) as ArrayLike<number>;
    const parts = asReal(t);
    const values = (await parts.data()) as ArrayLike<number>;
    parts.dispose();
    return values;
  };
  return [await read(image), await read(reference)];
}

const squaredDistance = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return sum;
};

/** Mean squared error, over all elements; of complex images `mean |a - b|^2`. @throws ShapeError for different shapes */
export async function meanSquaredError(image: Tensor, reference: Tensor): Promise<number> {
  const [a, b] = await numbersOf("meanSquaredError", image, reference);
  return squaredDistance(a, b) / image.size;
}

/** Options of {@link psnr}. */
export interface PsnrOptions {
  /** Largest value minus least one that an image may have; 1 when left out. */
  readonly range?: number;
}

/**
 * Peak signal-to-noise ratio `10 log10(range^2 / mse)` in dB; infinite for equal images.
 * @throws ShapeError for different shapes, ArgumentError for a range <= 0
 */
export async function psnr(image: Tensor, reference: Tensor, { range = 1 }: PsnrOptions = {}): Promise<number> {
  checkPositive("psnr", "range", range);
  const error = await meanSquaredError(image, reference);
  return error === 0 ? Infinity : 10 * Math.log10((range * range) / error);
}

/** Relative error `|image - reference| / |reference|`, the normalised root mean squared error. @throws ShapeError for different shapes */
export async function relativeError(image: Tensor, reference: Tensor): Promise<number> {
  const [a, b] = await numbersOf("relativeError", image, reference);
  let size = 0;
  for (let i = 0; i < b.length; i++) size += b[i] ** 2;
  return Math.sqrt(squaredDistance(a, b) / size);
}
