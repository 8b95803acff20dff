/** At which detail two images of one object still agree: Fourier ring and shell correlation. */
import {
  ArgumentError,
  asReal,
  complex,
  isComplex,
  scope,
  ShapeError,
  showShape,
  zerosLike,
  type Tensor,
} from "@ansatz/tensor";
import { fftn } from "@ansatz/tensor/fft";
import { checkPositive, checkShaped } from "../check.ts";

/** Correlation by spatial frequency. */
export interface RingCorrelation {
  /** Middle of every ring in cycles per pixel, up to 1/2. */
  readonly frequencies: Float64Array;
  /** Between -1 and 1; NaN for a ring in which one of the images has nothing. */
  readonly correlation: Float64Array;
  /** Frequencies in every ring. */
  readonly counts: Int32Array;
  /** The frequency at which the correlation first falls below the threshold, interpolated linearly; 1/2 when it never does. */
  readonly resolution: number;
}

/**
 * Fourier ring correlation of two images, shell correlation of two volumes: over the frequencies k with
 * `round(|k| n) = r`, k in cycles per pixel and n the least size, `Re sum F G* / sqrt(sum |F|^2 sum |G|^2)`. For two reconstructions from
 * independent halves of the data it is near 1 where they show the object, and near 0 where they show noise; the usual threshold is 1/7.
 * Sizes may differ along the axes.
 * @throws ShapeError for different shapes or other than 2 or 3 axes, ArgumentError for values that are not finite
 * Source: Saxton and Baumeister 1982; van Heel and Schatz 2005.
 */
export async function ringCorrelation(
  image: Tensor,
  other: Tensor,
  options: { readonly threshold?: number } = {},
): Promise<RingCorrelation> {
  const name = "ringCorrelation";
  const { threshold = 1 / 7 } = options;
  checkPositive(name, "threshold", threshold);
  checkShaped(name, "image", image, other.shape);
  const { shape } = image;
  if (shape.length !== 2 && shape.length !== 3) {
    throw new ShapeError(`${name}: images have 2 axes and volumes 3 (got ${showShape(shape)}).`);
  }
  const [f, g] = [await spectrum(image), await spectrum(other)];
  const least = Math.min(...shape);
  const rings = Math.floor(least / 2) + 1;
  const [cross, own, others] = [0, 1, 2].map(() => new Float64Array(rings));
  const counts = new Int32Array(rings);
  const index = new Array<number>(shape.length).fill(0);
  for (let at = 0; at < f.length / 2; at++) {
    let rest = at;
    let square = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = rest % shape[axis];
      rest = (rest - index[axis]) / shape[axis];
      const k = Math.min(index[axis], shape[axis] - index[axis]) / shape[axis];
      square += k * k;
    }
    const ring = Math.round(Math.sqrt(square) * least);
    if (ring >= rings) continue;
    const [a, b, c, d] = [f[2 * at], f[2 * at + 1], g[2 * at], g[2 * at + 1]];
    cross[ring] += a * c + b * d;
    own[ring] += a * a + b * b;
    others[ring] += c * c + d * d;
    counts[ring]++;
  }
  const correlation = cross.map((v, r) => v / Math.sqrt(own[r] * others[r]));
  if (!Number.isFinite(own.reduce((a, b) => a + b) + others.reduce((a, b) => a + b))) {
    throw new ArgumentError(`${name}: an image is not finite. Remove NaN and infinities first.`);
  }
  const frequencies = Float64Array.from({ length: rings }, (_, r) => r / least);
  return { frequencies, correlation, counts, resolution: crossing(frequencies, correlation, threshold) };
}

/** The spectrum as pairs of numbers, in double precision. */
async function spectrum(x: Tensor): Promise<ArrayLike<number>> {
  const made = scope(() => fftn(isComplex(x.dtype) ? asReal(x) : asReal(complex(x, zerosLike(x)))));
  const values = (await made.data()) as ArrayLike<number>;
  made.dispose();
  return values;
}

function crossing(frequencies: Float64Array, values: Float64Array, threshold: number): number {
  for (let r = 1; r < values.length; r++) {
    if (!(values[r] < threshold)) continue;
    const share = values[r - 1] > values[r] ? (values[r - 1] - threshold) / (values[r - 1] - values[r]) : 0;
    return frequencies[r - 1] + Math.max(0, share) * (frequencies[r] - frequencies[r - 1]);
  }
  return 0.5;
}
