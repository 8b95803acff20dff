/** The machinery of elementwise operations: one table row per operation, one function that applies it to operands. */
import {
  checkDType,
  isComplex,
  isDifferentiable,
  isFloat,
  promote,
  realOf,
  requireDType,
  type DType,
  type DTypeClass,
} from "../dtype.ts";
import { requireOnDevice } from "../device.ts";
import { ArgumentError, DTypeError, hooks, show } from "../errors.ts";
import { checkAlive } from "../graph/lifetime.ts";
import { defineOp, isPair, type MapOp, type Pair, type Value, type VjpRule } from "../graph/op.ts";
import { closeNumber, isOpenNumber, record, scalarNode } from "../graph/record.ts";
import type { Expr, ExprBuilder } from "../kernel/expr.ts";
import { broadcastShapes, type Shape } from "../shape.ts";
import { requireTensor, Tensor, type Operand } from "../tensor.ts";
import { aliasOf, expandTo } from "./views.ts";

/** One row of the table of elementwise operations. */
export interface ElementwiseRow {
  readonly name: string;
  /**
   * Data types computed with. Others are converted where that is natural: bool to i32 for `number`, bool and integers
   * to f32 for `float`.
   */
  readonly accepts: DTypeClass;
  /** Data type of the result: that of the operands, or bool. */
  readonly result?: "same" | "bool";
  /** Rough cost relative to an addition; 1 when left out. */
  readonly cost?: number;
  readonly lower: (b: ExprBuilder, ...args: Expr[]) => Expr;
  /** The same for complex operands (all of them complex); absent: complex numbers are not accepted. */
  readonly complex?: (b: ExprBuilder, ...args: Pair[]) => Value;
  /** The result for complex operands is real. */
  readonly complexToReal?: boolean;
  /** One rule per operand; absent: the result carries no gradient. */
  readonly vjp?: readonly VjpRule[];
}

/** An elementwise operation and its row. */
export interface ElementwiseOp extends MapOp {
  readonly row: ElementwiseRow;
}

/** Makes an operation from a row. */
export function defineElementwise(row: ElementwiseRow): ElementwiseOp {
  return defineOp<ElementwiseOp>({
    kind: "map",
    name: row.name,
    cost: row.cost ?? 1,
    lower: (b, args) => row.lower(b, ...args),
    complex: row.complex === undefined ? undefined : (b, args) => row.complex?.(b, ...(args as Pair[])) as Value,
    vjp: row.vjp,
    row,
  });
}

/** Applies an operation to operands: common data type, broadcasting, one node. */
export function apply(op: ElementwiseOp, operands: readonly Operand[]): Tensor {
  const { row } = op;
  for (const x of operands) hooks.operand?.(row.name, x);
  const dtype = computeDType(row, commonDType(row.name, operands));
  return applyAs(
    op,
    operands,
    operands.map(() => dtype),
    resultDType(row, dtype),
  );
}

/** Data type of the result of operands of type `dtype`. */
function resultDType(row: ElementwiseRow, dtype: DType): DType {
  if (row.result === "bool") return "bool";
  return row.complexToReal === true ? realOf(dtype) : dtype;
}

/** Applies an operation to operands converted to given data types. */
export function applyAs<D extends DType>(
  op: ElementwiseOp,
  operands: readonly Operand[],
  dtypes: readonly DType[],
  result: D,
): Tensor<D> {
  const { row } = op;
  let shape: Shape | undefined;
  for (const x of operands) {
    if (x instanceof Tensor) shape = shape === undefined ? x.s : broadcastShapes(row.name, shape, x.s);
  }
  const like = operands.find((x): x is Tensor => x instanceof Tensor);
  const ins = operands.map((x, i) => {
    if (!(x instanceof Tensor)) return scalarNode(Number(x), dtypes[i], like?.backend);
    return broadcast(cast(x, dtypes[i]), shape as Shape);
  });
  return record(op, ins, shape ?? ins[0].s, result, null);
}

/** Applies an operation to one tensor; the quick way for the commonest case. */
export function apply1(op: ElementwiseOp, x: Operand): Tensor {
  if (!(x instanceof Tensor)) return apply(op, [x]);
  hooks.operand?.(op.row.name, x);
  const dtype = computeDType(op.row, x.dtype);
  return record(op, [x.dtype === dtype ? x : cast(x, dtype)], x.s, resultDType(op.row, dtype), null);
}

/** Applies an operation to two operands; the quick way when they have one data type or the second is a number. */
export function apply2(op: ElementwiseOp, x: Operand, y: Operand): Tensor {
  const { row } = op;
  // Not where somebody follows tensors: the long way names the operands before anything can be wrong with them.
  if (x instanceof Tensor && x.ndim > 0 && !hooks.operand) {
    const { dtype } = x;
    if (typeof y === "number" && isFloat(dtype) && computeDType(row, dtype) === dtype) {
      return record(op, [x, scalarNode(y, dtype, x.backend)], x.s, resultDType(row, dtype), null);
    }
    if (y instanceof Tensor && y.ndim > 0 && y.dtype === dtype && computeDType(row, dtype) === dtype) {
      const shape = broadcastShapes(row.name, x.s, y.s);
      return record(op, [expandTo(x, shape), expandTo(y, shape)], shape, resultDType(row, dtype), null);
    }
  }
  return apply(op, [x, y]);
}

/** Rank-0 operands broadcast inside kernels; others through a view. */
function broadcast(x: Tensor, shape: Shape): Tensor {
  return x.s === shape || x.ndim === 0 ? x : expandTo(x, shape);
}

/** Throws unless `x` is something that elementwise functions take. @param what names the argument */
export function requireOperand(name: string, x: unknown, what = "x"): asserts x is Operand {
  if (x instanceof Tensor) {
    checkAlive(name, x);
  } else if (typeof x !== "number" && typeof x !== "boolean") {
    throw new ArgumentError(
      `${name}: ${what} must be a tensor, a number or a boolean (got ${show(x)}). Make tensors with tensor().`,
    );
  }
}

/** The data type that operands have in common; numbers and booleans adapt to the tensors. */
export function commonDType(name: string, operands: readonly Operand[]): DType {
  let tensors: DType | undefined;
  for (const x of operands) {
    if (x instanceof Tensor) {
      if (isOpenNumber(x)) continue;
      tensors = tensors === undefined ? x.dtype : promote(name, tensors, x.dtype);
    } else requireOperand(name, x, "every operand");
  }
  let dtype = tensors;
  for (const x of operands) {
    if (x instanceof Tensor) {
      if (isOpenNumber(x) && (dtype === undefined || !isDifferentiable(dtype))) dtype = "f32";
      continue;
    }
    if (typeof x === "boolean") {
      dtype ??= "bool";
    } else if (dtype === undefined) {
      dtype = "f32";
    } else if (!isDifferentiable(dtype)) {
      if (!Number.isInteger(x)) dtype = "f32";
      else if (dtype === "bool") dtype = "i32";
      else if (dtype === "u32" ? x < 0 || x > 4294967295 : x < -2147483648 || x > 2147483647) {
        throw new ArgumentError(
          `${name}: number does not fit the tensor's dtype (got ${x}, expected a value of ${dtype}).`,
        );
      }
    }
  }
  return dtype as DType;
}

/** The data type an operation computes in for operands of type `dtype`. */
function computeDType(row: ElementwiseRow, dtype: DType): DType {
  if (isComplex(dtype)) {
    if (row.complex !== undefined) return dtype;
    throw new DTypeError(
      `${row.name}: complex numbers are not accepted (got ${dtype}, expected a real type). Use real(), imag() or abs().`,
    );
  }
  if (row.accepts === "float" && !isFloat(dtype)) return "f32";
  if (row.accepts === "number" && dtype === "bool") return "i32";
  if (row.accepts !== "any") requireDType(row.name, dtype, row.accepts);
  return dtype;
}

/** The real part; `complex.ts` has its user-facing function. */
export const REAL: MapOp = /*@__PURE__*/ defineOp<MapOp>({
  kind: "map",
  name: "real",
  cost: 0,
  lower: (_, [x]) => x,
  complex: (_, [z]) => (z as Pair)[0],
  vjp: [(g, _, [z]) => cast(g, z.dtype)],
});

const CAST: MapOp = /*@__PURE__*/ defineOp<MapOp>({
  kind: "map",
  name: "astype",
  cost: 1,
  lower: (b, [x], _, out) => b.convert(out, x),
  complex: (b, [x], out) => {
    const ty = realOf(out);
    if (!isPair(x)) return [b.convert(ty, x), b.const(ty, 0)];
    return [b.convert(ty, x[0]), b.convert(ty, x[1])];
  },
  vjp: [
    (g, _, [x]) => {
      if (!isDifferentiable(x.dtype)) return null;
      return cast(
        isComplex(g.dtype) && !isComplex(x.dtype) ? record(REAL, [g], g.s, realOf(g.dtype), null) : g,
        x.dtype,
      );
    },
  ],
});

/** {@link astype} for checked arguments; returns `x` itself when there is nothing to do. */
export function cast<D extends DType>(x: Tensor, dtype: D): Tensor<D> {
  if (isOpenNumber(x)) return closeNumber(x, dtype);
  if (x.dtype === (dtype as DType)) return x as Tensor<D>;
  requireOnDevice("astype", x.backend, dtype);
  if (isComplex(x.dtype) && !isComplex(dtype)) {
    throw new DTypeError(
      `astype: a complex number has no ${dtype} value (got ${x.dtype}). Use real(), imag() or abs().`,
    );
  }
  return record(CAST, [x], x.s, dtype, null);
}

/**
 * Converts to another data type. Float to integer truncates towards zero and saturates (NaN gives 0); integers of equal
 * width keep their bits; anything to bool tests `!= 0`; f64 to f32 and integers to floats round to nearest.
 * Gradients pass through between floats and stop at integers.
 * @param x a tensor of any shape
 * @param dtype `"bool"`, `"i32"`, `"u32"`, `"f32"` or `"f64"`
 * @throws ArgumentError for an unknown data type, DTypeError when the device does not have it
 */
export function astype<D extends DType>(x: Tensor, dtype: D): Tensor<D> {
  requireTensor("astype", x);
  checkDType("astype", dtype);
  const y = cast(x, dtype);
  return y === x ? aliasOf(y) : y;
}

const COPY: MapOp = /*@__PURE__*/ defineOp<MapOp>({
  kind: "map",
  name: "copy",
  cost: 0,
  lower: (_, [x]) => x,
  complex: (_, [x]) => x,
  vjp: [(g) => g],
});

/** The same values as a node (and, once evaluated, memory) of its own. */
export function copyNode<D extends DType>(x: Tensor<D>): Tensor<D> {
  return record(COPY, [x], x.s, x.dtype, null);
}

const BITCAST: MapOp = /*@__PURE__*/ defineOp<MapOp>({
  kind: "map",
  name: "bitcast",
  cost: 1,
  lower: (b, [x], _, out) => b.bitcast(out, x),
});

/**
 * The same 32 bits read as another data type. Carries no gradient.
 * @param x a tensor of f32, i32 or u32
 * @param dtype `"f32"`, `"i32"` or `"u32"`
 * @throws DTypeError for other data types, which do not have 32 bits
 */
export function bitcast<D extends "f32" | "i32" | "u32">(x: Tensor, dtype: D): Tensor<D> {
  requireTensor("bitcast", x);
  checkDType("bitcast", dtype);
  for (const d of [x.dtype, dtype]) {
    if (d !== "f32" && d !== "i32" && d !== "u32") {
      throw new DTypeError(
        `bitcast: data types must have 32 bits (got ${x.dtype} to ${dtype}, expected f32, i32 or u32).`,
      );
    }
  }
  return x.dtype === (dtype as DType) ? aliasOf(x as Tensor<D>) : record(BITCAST, [x], x.s, dtype, null);
}
