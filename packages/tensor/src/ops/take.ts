/** Selecting by computed positions, and its adjoint. */
import type { JsOperand, Routine } from "../backend/backend.ts";
import { isFloat, requireDType, type DType } from "../dtype.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { defineOp, internAttr, type RoutineOp, type TakeAttr, type TakeOp } from "../graph/op.ts";
import { combine, type Affine } from "../graph/index.ts";
import { Materialize, stridedView, type KernelBuilder } from "../graph/lower.ts";
import { lowerRoutine } from "../graph/lowerRoutine.ts";
import { record } from "../graph/record.ts";
import type { Expr } from "../kernel/expr.ts";
import { checkShape, internShape, normalizeAxis, showShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { equal } from "./compare.ts";
import { cast } from "./elementwise.ts";
import { iota } from "./create.ts";
import { expandTo, reshapeTo } from "./views.ts";

/** Loads `x` at a computed position, guarded unless the position is known to be in range. */
function takeValue(k: KernelBuilder, node: Tensor, index: readonly Affine[]): Expr {
  const [x, which] = node.ins;
  const { axis, checked } = node.attr?.value as TakeAttr;
  const rank = which.shape.length;
  const source = stridedView(x, k.placement);
  if (source === null) throw new Materialize(x.position);
  const strides = [...source.strides.slice(0, axis), ...source.strides.slice(axis + 1)];
  const others = [...index.slice(0, axis), ...index.slice(axis + rank)];
  const access = k.access(source.slot, x.dtype, "load", combine(k.loops.length, source.offset, others, strides));
  const { b } = k;
  const stride = k.param("i32", { kind: "const", value: source.strides[axis] });
  const raw = b.convert("i32", k.value(which, index.slice(axis, axis + rank)));
  if (!checked) return b.load(x.dtype, access, b.mul(raw, stride));
  const zero = b.const("i32", 0);
  const count = k.param("i32", { kind: "const", value: x.shape[axis] });
  const wrapped = b.select(b.lt(raw, zero), b.add(raw, count), raw);
  const inside = b.and(b.ge(wrapped, zero), b.lt(wrapped, count));
  const value = b.load(x.dtype, access, b.mul(b.select(inside, wrapped, zero), stride));
  return b.select(inside, value, b.const(x.dtype, isFloat(x.dtype) ? NaN : 0));
}

const TAKE: TakeOp = /*@__PURE__*/ defineOp<TakeOp>({
  kind: "take",
  name: "take",
  value: takeValue,
  vjp: [
    (g, out, [x, indices]) => {
      const { axis } = out.attr?.value as TakeAttr;
      return scatterRows(g, indices, axis, x.shape[axis]);
    },
    () => null,
  ],
});

/**
 * Elements of `x` at integer positions along an axis: the axis is replaced by the axes of `indices`.
 * Negative positions count from the end. Positions outside give NaN (0 for integers and bools), on every device.
 */
export function take<D extends DType>(x: Tensor<D>, indices: Tensor, axis = 0): Tensor<D> {
  requireDType("take indices", indices.dtype, "int");
  const d = normalizeAxis("take", axis, x.ndim);
  if (x.shape[d] === 0 && indices.size > 0) {
    throw new ShapeError(`take: axis ${d} is empty (got ${showShape(x.shape)}, expected something to take from).`);
  }
  return takeNode(x, indices, d, true);
}

/** The same for positions known to be in range. */
export function takeNode<D extends DType>(x: Tensor<D>, indices: Tensor, axis: number, checked: boolean): Tensor<D> {
  const shape = checkShape("take", [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)]);
  return record(TAKE, [x, indices], shape, x.dtype, internAttr<TakeAttr>({ axis, checked }));
}

interface ScatterAttr {
  readonly axis: number;
  readonly size: number;
}

/** Adds rows in order of their positions, so that the result does not depend on threads. */
function scatterOracle(inputs: readonly JsOperand[], outputs: readonly JsOperand[], attr: unknown): void {
  const { axis, size } = attr as ScatterAttr;
  const [g, indices] = inputs;
  const [out] = outputs;
  const rank = indices.shape.length;
  const before = g.shape.slice(0, axis).reduce((a, b) => a * b, 1);
  const rows = indices.shape.reduce((a, b) => a * b, 1);
  const after = g.shape.slice(axis + rank).reduce((a, b) => a * b, 1);
  for (let i = 0; i < before * size * after; i++) out.data[out.offset + i] = 0;
  for (let p = 0; p < before; p++) {
    for (let r = 0; r < rows; r++) {
      const raw = indices.data[indices.offset + r] | 0;
      const at = raw < 0 ? raw + size : raw;
      if (at < 0 || at >= size) continue;
      const from = g.offset + (p * rows + r) * after;
      const to = out.offset + (p * size + at) * after;
      for (let q = 0; q < after; q++) out.data[to + q] += g.data[from + q];
    }
  }
}

const SCATTER: Routine = { name: "scatterAdd", js: scatterOracle };

const SCATTER_ADD: RoutineOp = /*@__PURE__*/ defineOp<RoutineOp>({
  kind: "routine",
  schedule: lowerRoutine,
  name: "scatterAdd",
  routine: SCATTER,
  strided: [false, false],
  vjp: [
    (g, out, [, indices]) => {
      const { axis } = out.attr?.value as ScatterAttr;
      return takeNode(g, indices, axis, true);
    },
    () => null,
  ],
});

function scatterRows<D extends DType>(g: Tensor<D>, indices: Tensor, axis: number, size: number): Tensor<D> {
  const shape = internShape([...g.shape.slice(0, axis), size, ...g.shape.slice(axis + indices.ndim)]);
  return record(SCATTER_ADD, [g, indices], shape, g.dtype, internAttr<ScatterAttr>({ axis, size }));
}

/**
 * The adjoint of {@link take}: a tensor of zeros with `size` positions along `axis`, to which the elements of `x` are
 * added at `indices`, in order. Negative positions count from the end; elements at positions outside are dropped.
 */
export function scatterAdd<D extends DType>(x: Tensor<D>, indices: Tensor, size: number, axis = 0): Tensor<D> {
  requireDType("scatterAdd indices", indices.dtype, "int");
  requireDType("scatterAdd", x.dtype, "number");
  const d = normalizeAxis("scatterAdd", axis, x.ndim - indices.ndim + 1);
  const block = x.shape.slice(d, d + indices.ndim);
  if (block.length !== indices.ndim || block.some((n, i) => n !== indices.shape[i])) {
    throw new ShapeError(
      `scatterAdd: shapes do not fit (got ${showShape(x.shape)} with indices ${showShape(indices.shape)}, ` +
        `expected the indices' sizes at axis ${d}).`,
    );
  }
  checkShape("scatterAdd size", [size]);
  return scatterRows(x, indices, d, size);
}

/**
 * 1 where the class matches, else 0: a new last axis of `classes` positions.
 * @param indices integers; values outside [0, classes) give a row of zeros
 */
export function oneHot<D extends DType = "f32">(indices: Tensor, classes: number, dtype?: D): Tensor<D> {
  requireDType("oneHot", indices.dtype, "int");
  if (!Number.isInteger(classes) || classes < 1) {
    throw new DTypeError(`oneHot: classes must be a positive integer (got ${String(classes)}).`);
  }
  const shape = checkShape("oneHot", [...indices.shape, classes]);
  const open = reshapeTo(indices, internShape([...indices.shape, 1]));
  const column = cast(iota([classes], { device: indices.device }), indices.dtype);
  return cast(equal(expandTo(open, shape), expandTo(column, shape)), (dtype ?? "f32") as D);
}

