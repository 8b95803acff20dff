/** Selection by computed positions, for a whole batch. */
import { attrOf, type TakeAttr } from "../graph/op.ts";
import { record } from "../graph/record.ts";
import { ShapeError } from "../errors.ts";
import { add, mul } from "../ops/arith.ts";
import { greaterEqual, less, logicalAnd, where } from "../ops/compare.ts";
import { iota } from "../ops/create.ts";
import { takeNode } from "../ops/take.ts";
import { expandTo, permuteBy, reshapeTo } from "../ops/views.ts";
import { internShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { batchShape, lead, range } from "./batchShape.ts";

/** Batches of nodes that take elements. */
export function batchTake(node: Tensor, ins: readonly (Tensor | null)[], size: number): Tensor {
  const [x, which] = node.ins;
  if (node.attr === null) {
    // Positions along the last axis, one row each; or none.
    const operands = node.ins.map((t, i) => lead(t, ins[i], size));
    return record(node.op, operands, batchShape(node, size), node.dtype, null);
  }
  const attr = attrOf<TakeAttr>(node);
  const { axis, checked } = attr;
  const [xs, at] = ins;
  if (at === null) return takeNode(xs as Tensor, which, { ...attr, axis: axis + 1 });
  const rank = which.ndim;
  if (xs === null) {
    // [before, batch, positions, after]
    const y = takeNode(x, at, attr);
    return permuteBy(y, [axis, ...range(0, axis), ...range(axis + 1, y.ndim)]);
  }
  // The rows of all elements one after the other.
  const n = x.shape[axis];
  const rows = reshapeTo(
    permuteBy(xs, [0, axis + 1, ...range(1, axis + 1), ...range(axis + 2, xs.ndim)]),
    internShape([size * n, ...x.shape.slice(0, axis), ...x.shape.slice(axis + 1)]),
  );
  // [batch, positions, before, after]
  const y = takeNode(rows, flatPositions(at, n, size, checked), { ...attr, axis: 0 });
  const before = 1 + rank;
  return permuteBy(y, [0, ...range(before, before + axis), ...range(1, before), ...range(before + axis, y.ndim)]);
}

/** Positions in `size` rows of n one after the other; what is outside of its row is outside of all. */
export function flatPositions(at: Tensor, n: number, size: number, checked: boolean): Tensor {
  if (size * n > 2147483647) {
    throw new ShapeError(`vmap: too many positions (got ${size} times ${n}, expected at most 2^31 - 1). Map parts.`);
  }
  const rows = mul(iota([size], { device: at.device }), n);
  const first = expandTo(reshapeTo(rows, internShape([size, ...at.shape.slice(1).map(() => 1)])), at.s);
  if (!checked) return add(at, first);
  const wrapped = where(less(at, 0), add(at, n), at);
  const inside = logicalAnd(greaterEqual(wrapped, 0), less(wrapped, n));
  return where(inside, add(wrapped, first), size * n);
}
