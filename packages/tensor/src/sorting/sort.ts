/** Sorting along an axis. */
import type { Routine } from "../backend/backend.ts";
import { FIRST, orderCpu, placeCpu } from "../backend/cpu/sortRoutine.ts";
import { orderGpu, placeGpu } from "../backend/webgpu/sort.wgsl.ts";
import { realOf, requireDType, type DType } from "../dtype.ts";
import { ArgumentError, checkOptions, requireFlag, show } from "../errors.ts";
import { combine, type Affine } from "../graph/index.ts";
import { Materialize, stridedView, type KernelBuilder } from "../graph/lower.ts";
import { defineOp, internAttr, type RoutineOp, type TakeOp } from "../graph/op.ts";
import { lowerRoutine } from "../graph/lowerRoutine.ts";
import { record } from "../graph/record.ts";
import type { Expr } from "../kernel/expr.ts";
import { slice } from "../ops/movement.ts";
import { aliasOf, permuteBy } from "../ops/views.ts";
import { iota } from "../ops/create.ts";
import { internShape, normalizeAxis } from "../shape.ts";
import { requireTensor, type Tensor } from "../tensor.ts";
import { together } from "../transform/together.ts";
import { orderOracle, placeOracle, type OrderAttr } from "./oracle.ts";

/** Options of sorting. */
export interface SortOptions {
  /** The axis, the last when left out. */
  readonly axis?: number;
  /** Largest first; NaN still comes last. */
  readonly descending?: boolean;
}

const ORDER_ROUTINE: Routine = { name: "argsort", js: orderOracle, cpu: orderCpu, gpu: orderGpu };
const PLACE_ROUTINE: Routine = { name: "place", js: placeOracle, cpu: placeCpu, gpu: placeGpu };

const ORDER: RoutineOp = /*@__PURE__*/ defineOp<RoutineOp>({
  kind: "routine",
  schedule: lowerRoutine,
  name: "argsort",
  routine: ORDER_ROUTINE,
  strided: [false],
});

/** Element i of every row of the first input at position i of the second, which names none twice. */
const PLACE: RoutineOp = /*@__PURE__*/ defineOp<RoutineOp>({
  kind: "routine",
  schedule: lowerRoutine,
  name: "place",
  routine: PLACE_ROUTINE,
  strided: [false, false],
  vjp: [(g, _, [, at]) => pickLast(g, at), () => null],
});

/** The elements of the rows of the first input at the positions in the second. */
const PICK_LAST: TakeOp = /*@__PURE__*/ defineOp<TakeOp>({
  kind: "take",
  name: "takeAlong",
  value: pickedValue,
  vjp: [(g, _, [x, at]) => record(PLACE, [g, at], x.s, x.dtype, null), () => null],
});

function pickedValue(k: KernelBuilder, node: Tensor, index: readonly Affine[]): Expr {
  const [x, at] = node.ins;
  const last = x.shape.length - 1;
  const source = stridedView(x, k.placement);
  if (source === null) throw new Materialize(x.position);
  const rows = combine(k.loops.length, source.offset, index.slice(0, last), source.strides.slice(0, last));
  const ty = realOf(node.dtype);
  const access = k.access(source.slot, ty, "load", rows);
  const stride = k.param("i32", { kind: "const", value: source.strides[last] });
  return k.b.load(ty, access, k.b.mul(k.real(at, index), stride));
}

/** Elements along the last axis at distinct positions that are known to be there. */
function pickLast<D extends DType>(x: Tensor<D>, at: Tensor): Tensor<D> {
  return record(PICK_LAST, [x, at], at.s, x.dtype, null);
}

/** The positions of the first `count` elements along the last axis in sorted order. */
function order(x: Tensor, count: number, descending: boolean): Tensor<"i32"> {
  const shape = internShape([...x.shape.slice(0, -1), count]);
  return record(ORDER, [x], shape, "i32", internAttr<OrderAttr>({ descending, count }));
}

interface Arguments<D extends DType> {
  /** x with the axis last. */
  readonly rows: Tensor<D>;
  readonly n: number;
  readonly descending: boolean;
  /** Puts the axis back. */
  readonly back: <E extends DType>(y: Tensor<E>) => Tensor<E>;
}

function argumentsOf<D extends DType>(name: string, x: Tensor<D>, options: SortOptions): Arguments<D> {
  requireTensor(name, x);
  requireDType(name, x.dtype, "number");
  requireFlag(name, "descending", options.descending);
  const axis = normalizeAxis(name, options.axis ?? -1, x.ndim);
  const last = x.ndim - 1;
  const exchange = x.shape.map((_, d) => (d === axis ? last : d === last ? axis : d));
  return {
    rows: permuteBy(x, exchange),
    n: x.shape[axis],
    descending: options.descending ?? false,
    back: (y) => permuteBy(y, exchange),
  };
}

const KEYS = ["axis", "descending"];

/**
 * The positions (i32) of the elements along an axis in sorted order. Equal elements, among them 0 and -0, keep their order; NaN
 * comes last, in both directions.
 *
 * Cost on the processor: a radix sort, of order n for each of the 4 (f64: 8) bytes of an element; on a GPU a sorting network of
 * order n log^2 n. f32, f64, i32 and u32.
 * @throws ShapeError for a scalar or an axis out of range, DTypeError for bools and complex numbers
 */
export function argsort(x: Tensor, options: SortOptions = {}): Tensor<"i32"> {
  checkOptions("argsort", options, KEYS);
  const { rows, n, descending, back } = argumentsOf("argsort", x, options);
  if (x.size === 0) return iota(x.shape, { device: x.device });
  return back(order(rows, n, descending));
}

/**
 * The elements along an axis in sorted order, as {@link argsort} orders them. The gradient goes back to where each element came
 * from.
 * @throws as {@link argsort}
 */
export function sort<D extends DType>(x: Tensor<D>, options: SortOptions = {}): Tensor<D> {
  checkOptions("sort", options, KEYS);
  const { rows, n, descending, back } = argumentsOf("sort", x, options);
  if (x.size === 0) return aliasOf(x);
  return back(pickLast(rows, order(rows, n, descending)));
}

/** Options of {@link topk}. */
export interface TopkOptions {
  /** The axis, the last when left out. */
  readonly axis?: number;
  /** The smallest elements instead of the largest. */
  readonly smallest?: boolean;
}

/** Elements and their positions along the axis. */
export interface Topk<D extends DType> {
  readonly values: Tensor<D>;
  readonly indices: Tensor<"i32">;
}

/**
 * The `k` largest (or smallest) elements along an axis and their positions (i32), best first; of equals the first ones, and NaN
 * only when nothing else is left. The gradient of the values goes back to where they came from.
 *
 * Cost on the processor: one pass for k up to 64, otherwise that of sorting.
 * @throws ArgumentError unless k is an integer from 1 to the size of the axis
 */
export function topk<D extends DType>(x: Tensor<D>, k: number, options: TopkOptions = {}): Topk<D> {
  checkOptions("topk", options, ["axis", "smallest"]);
  requireFlag("topk", "smallest", options.smallest);
  const axis = options.axis === undefined ? {} : { axis: options.axis };
  const { rows, n, descending, back } = argumentsOf("topk", x, { ...axis, descending: options.smallest !== true });
  if (!Number.isInteger(k) || k < 1 || k > n) {
    throw new ArgumentError(`topk: k does not fit the axis (got ${show(k)}, expected an integer from 1 to ${n}).`);
  }
  if (x.size === 0) {
    const none = slice(rows, [...new Array<null>(x.ndim - 1).fill(null), [0, k]]);
    return { values: back(none), indices: back(iota(none.shape, { device: x.device })) };
  }
  const direct = k <= FIRST || k === n;
  const ordered = order(rows, direct ? k : n, descending);
  const indices = direct ? ordered : slice(ordered, [...new Array<null>(x.ndim - 1).fill(null), [0, k]]);
  // Searched once, whichever is read first.
  return together({ values: back(pickLast(rows, indices)), indices: back(indices) });
}
