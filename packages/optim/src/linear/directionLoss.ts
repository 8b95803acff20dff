/** What directions are trained with. */
import { div, mul, ShapeError, showShape, square, sub, sum, type Tensor } from "@ansatz/tensor";

/**
 * How good directions f are for right-hand sides b, one along each first index: the best step length and what remains after it,
 *
 *     alpha = <b, f> / <f, A f>,  loss = |b - alpha A f|^2.
 *
 * The loss is 0 when f is a multiple of `A^-1 b`; it may exceed `|b|^2`, as alpha minimises the error in the energy norm.
 * Differentiable. This is the unsupervised loss of Kaneda and others (2023).
 * @param apply A, acting on every member of a batch
 * @param b [batch, ...]
 * @param f of the same shape
 * @returns both of shape [batch]
 * @throws ShapeError when shapes differ
 */
export function directionLoss(
  apply: (x: Tensor) => Tensor,
  b: Tensor,
  f: Tensor,
): { readonly alpha: Tensor; readonly loss: Tensor } {
  if (showShape(b.shape) !== showShape(f.shape) || b.ndim < 2) {
    throw new ShapeError(
      `directionLoss: shapes do not fit (got right-hand sides ${showShape(b.shape)} and directions ${showShape(f.shape)}, expected the same, with a batch).`,
    );
  }
  const axis = b.shape.map((_, d) => d).slice(1);
  const image = apply(f);
  const each = (x: Tensor, y: Tensor): Tensor => sum(mul(x, y), { axis, keepDims: true });
  const alpha = div(each(b, f), each(f, image));
  return { alpha: sum(alpha, { axis }), loss: sum(square(sub(b, mul(alpha, image))), { axis }) };
}
