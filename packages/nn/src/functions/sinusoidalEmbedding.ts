/** Numbers as vectors of sines and cosines. */
import {
  ArgumentError,
  astype,
  concat,
  cos,
  exp,
  iota,
  isFloat,
  mul,
  reshape,
  ShapeError,
  showShape,
  sin,
  type Tensor,
} from "@ansatz/tensor";
import { checkInteger } from "../check.ts";

/** Options of {@link sinusoidalEmbedding}. */
export interface SinusoidalOptions {
  /** Longest wavelength divided by 2 pi; 10000 when left out. */
  readonly maxPeriod?: number;
}

/**
 * `[sin(t f_0), ..., sin(t f_{h-1}), cos(t f_0), ..., cos(t f_{h-1})]` with h = size / 2 and
 * `f_k = maxPeriod^(-k / h)` (Vaswani et al. 2017; the arrangement of Ho, Jain and Abbeel 2020).
 * @param t numbers of shape [batch]; integers count as f32
 * @param size even number of features
 * @returns [batch, size]
 * @throws ArgumentError for size out of range, or unless size is even, or unless maxPeriod is a number above 1;
 * ShapeError unless t has one axis
 */
export function sinusoidalEmbedding(t: Tensor, size: number, options: SinusoidalOptions = {}): Tensor {
  const { maxPeriod = 10000 } = options;
  checkInteger("sinusoidalEmbedding", "size", size, 2);
  if (size % 2 !== 0) {
    throw new ArgumentError(`sinusoidalEmbedding: size must be even (got ${size}).`);
  }
  if (!(Number.isFinite(maxPeriod) && maxPeriod > 1)) {
    throw new ArgumentError(`sinusoidalEmbedding: maxPeriod must be a number above 1 (got ${String(maxPeriod)}).`);
  }
  if (t.ndim !== 1) {
    throw new ShapeError(`sinusoidalEmbedding: t needs one axis (got ${showShape(t.shape)}, expected [batch]).`);
  }
  const half = size / 2;
  const x = isFloat(t.dtype) ? t : astype(t, "f32");
  const index = astype(iota([half], { device: t.device }), x.dtype);
  const frequencies = exp(mul(index, -Math.log(maxPeriod) / half));
  const angles = mul(reshape(x, [t.size, 1]), frequencies);
  return concat([sin(angles), cos(angles)], 1);
}
