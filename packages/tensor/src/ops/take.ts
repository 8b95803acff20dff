/** Selecting by computed positions, and its adjoint. */
import type { JsOperand, Routine } from "../backend/backend.ts";
import { scatterCpu } from "../backend/cpu/scatterRoutine.ts";
import { requireOnDevice } from "../device.ts";
import { isComplex, checkDType, isFloat, realOf, requireDType, type DType } from "../dtype.ts";
import { ArgumentError, DTypeError, ShapeError, show } from "../errors.ts";
import { type Attr, attrOf, defineOp, internAttr, type RoutineOp, type TakeAttr, type TakeOp } from "../graph/op.ts";
import { combine, type Affine } from "../graph/index.ts";
import { Materialize, stridedView, type KernelBuilder } from "../graph/lower.ts";
import { lowerRoutine } from "../graph/lowerRoutine.ts";
import { record } from "../graph/record.ts";
import type { Expr } from "../kernel/expr.ts";
import { checkShape, internShape, normalizeAxis, showShape } from "../shape.ts";
import { requireTensor, type Tensor } from "../tensor.ts";
import { minimum } from "./arith.ts";
import { equal } from "./compare.ts";
import { cast } from "./elementwise.ts";
import { iota } from "./create.ts";
import { complexToPairs, expandTo, pairsToComplex, reshapeTo } from "./views.ts";

/** Loads `x` at a computed position, guarded unless the position is known to be in range. */
function takeValue(k: KernelBuilder, node: Tensor, index: readonly Affine[]): Expr {
  const [x, which] = node.ins;
  const { axis, checked, outside = isFloat(x.dtype) ? NaN : 0 } = attrOf<TakeAttr>(node);
  const ty = realOf(x.dtype);
  const rank = which.shape.length;
  const source = stridedView(x, k.placement);
  if (source === null) throw new Materialize(x.position);
  const strides = [...source.strides.slice(0, axis), ...source.strides.slice(axis + 1)];
  const others = [...index.slice(0, axis), ...index.slice(axis + rank)];
  const access = k.access(source.slot, ty, "load", combine(k.loops.length, source.offset, others, strides));
  const { b } = k;
  const stride = k.param("i32", { kind: "const", value: source.strides[axis] });
  const raw = b.convert("i32", k.real(which, index.slice(axis, axis + rank)));
  if (!checked) return b.load(ty, access, b.mul(raw, stride));
  const zero = b.const("i32", 0);
  const count = k.param("i32", { kind: "const", value: x.shape[axis] });
  const wrapped = b.select(b.lt(raw, zero), b.add(raw, count), raw);
  const inside = b.and(b.ge(wrapped, zero), b.lt(wrapped, count));
  const value = b.load(ty, access, b.mul(b.select(inside, wrapped, zero), stride));
  return b.select(inside, value, b.const(ty, outside));
}

const TAKE: TakeOp = /*@__PURE__*/ defineOp<TakeOp>({
  kind: "take",
  name: "take",
  value: takeValue,
  vjp: [
    (g, out, [x, indices]) => {
      const { axis } = attrOf<TakeAttr>(out);
      return scatterRows(g, indices, axis, x.shape[axis]);
    },
    () => null,
  ],
});

/** Integer positions as the kernels take them: what an i32 cannot hold becomes a position that is outside of any axis. */
function positions(name: string, indices: Tensor): Tensor {
  requireTensor(name, indices, "indices");
  if (indices.dtype !== "i32" && indices.dtype !== "u32") {
    throw new DTypeError(
      `${name}: indices must be integers (got ${indices.dtype}, expected i32 or u32). Convert with astype().`,
    );
  }
  return indices.dtype === "u32" ? cast(minimum(indices, 2147483647), "i32") : indices;
}

/**
 * Elements of `x` at integer positions along an axis: the axis is replaced by the axes of `indices`.
 * Negative positions count from the end. Positions outside give NaN (0 for integers and bools), on every device.
 * The gradient is {@link scatterAdd}.
 * @param x a tensor with at least one axis
 * @param indices i32 or u32, of any shape
 * @throws DTypeError for indices that are not integers, ShapeError for an axis out of range or an empty one
 */
export function take<D extends DType>(x: Tensor<D>, indices: Tensor, axis = 0): Tensor<D> {
  requireTensor("take", x);
  const at = positions("take", indices);
  const d = normalizeAxis("take", axis, x.ndim);
  if (x.shape[d] === 0 && indices.size > 0) {
    throw new ShapeError(`take: axis ${d} is empty (got ${showShape(x.shape)}, expected something to take from).`);
  }
  return takeNode(x, at, { axis: d, checked: true });
}

/** {@link take} with checked arguments. */
export function takeNode<D extends DType>(x: Tensor<D>, indices: Tensor, attr: TakeAttr): Tensor<D> {
  const { axis } = attr;
  if (isComplex(x.dtype)) return pairsToComplex(takeNode(complexToPairs(x), indices, attr)) as Tensor<D>;
  const shape = checkShape("take", x.shape.slice(0, axis).concat(indices.shape, x.shape.slice(axis + 1)));
  return record(TAKE, [x, indices], shape, x.dtype, takeAttr(attr));
}

/** The commonest attributes, by axis and whether positions are checked. */
const takeAttrs: (Attr<TakeAttr> | undefined)[] = [];

function takeAttr(attr: TakeAttr): Attr<TakeAttr> {
  if (attr.outside !== undefined) return internAttr(attr);
  return (takeAttrs[2 * attr.axis + Number(attr.checked)] ??= internAttr(attr));
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

const SCATTER: Routine = { name: "scatterAdd", js: scatterOracle, cpu: scatterCpu };

const SCATTER_ADD: RoutineOp = /*@__PURE__*/ defineOp<RoutineOp>({
  kind: "routine",
  schedule: lowerRoutine,
  name: "scatterAdd",
  routine: SCATTER,
  strided: [false, false],
  vjp: [
    (g, out, [, indices]) => {
      const { axis } = attrOf<ScatterAttr>(out);
      return takeNode(g, indices, { axis, checked: true, outside: 0 });
    },
    () => null,
  ],
});

function scatterRows<D extends DType>(g: Tensor<D>, indices: Tensor, axis: number, size: number): Tensor<D> {
  if (isComplex(g.dtype)) return pairsToComplex(scatterRows(complexToPairs(g), indices, axis, size)) as Tensor<D>;
  const shape = internShape([...g.shape.slice(0, axis), size, ...g.shape.slice(axis + indices.ndim)]);
  return record(SCATTER_ADD, [g, indices], shape, g.dtype, internAttr<ScatterAttr>({ axis, size }));
}

/**
 * The adjoint of {@link take}: a tensor of zeros with `size` positions along `axis`, to which the elements of `x` are
 * added at `indices`, in order (the result does not depend on threads). Negative positions count from the end; elements at
 * positions outside are dropped. Integers wrap modulo 2^32.
 * @param x numbers, whose axes from `axis` on begin with those of `indices`
 * @param indices i32 or u32
 * @param size size of the axis that takes the place of the axes of `indices`
 * @throws ShapeError when shapes do not fit, DTypeError for bools or indices that are not integers
 */
export function scatterAdd<D extends DType>(x: Tensor<D>, indices: Tensor, size: number, axis = 0): Tensor<D> {
  requireTensor("scatterAdd", x);
  const at = positions("scatterAdd", indices);
  if (!isComplex(x.dtype)) requireDType("scatterAdd", x.dtype, "number");
  if (!Number.isInteger(size) || size < 0) {
    throw new ShapeError(`scatterAdd: size must be a non-negative integer (got ${show(size)}).`);
  }
  const misfit = (): ShapeError =>
    new ShapeError(
      `scatterAdd: shapes do not fit (got ${showShape(x.shape)} with indices ${showShape(indices.shape)} on axis ${show(axis)}, ` +
        `expected the sizes of the indices there).`,
    );
  if (x.ndim < indices.ndim) throw misfit();
  const d = normalizeAxis("scatterAdd", axis, x.ndim - indices.ndim + 1);
  if (indices.shape.some((n, i) => n !== x.shape[d + i])) throw misfit();
  checkShape("scatterAdd", [...x.shape.slice(0, d), size, ...x.shape.slice(d + indices.ndim)]);
  return scatterRows(x, at, d, size);
}

/**
 * 1 where the class matches, else 0: a new last axis of `classes` positions. Takes no memory until it is read.
 * @param indices i32 or u32 of any shape; values outside [0, classes) give a row of zeros
 * @param classes a positive integer
 * @param dtype f32 when left out
 * @throws ArgumentError for another number of classes, DTypeError for indices that are no integers
 */
export function oneHot<D extends DType = "f32">(indices: Tensor, classes: number, dtype?: D): Tensor<D> {
  const at = positions("oneHot", indices);
  if (!Number.isInteger(classes) || classes < 1) {
    throw new ArgumentError(`oneHot: classes must be a positive integer (got ${show(classes)}).`);
  }
  const type = dtype === undefined ? "f32" : checkDType("oneHot", dtype);
  requireOnDevice("oneHot", indices.backend, type);
  const shape = checkShape("oneHot", [...indices.shape, classes]);
  const open = reshapeTo(at, internShape([...indices.shape, 1]));
  const column = iota([classes], { device: indices.device });
  return cast(equal(expandTo(open, shape), expandTo(column, shape)), type as D);
}
