/** Running sums, products and extremes along an axis. */
import type { Routine } from "../backend/backend.ts";
import { extremeCpu, linearCpu, scanCpu } from "../backend/cpu/scanRoutine.ts";
import { extremeGpu, linearGpu, scanGpu } from "../backend/webgpu/scan.wgsl.ts";
import { isFloat, requireDType, type DType } from "../dtype.ts";
import { checkOptions, DTypeError, requireFlag, ShapeError } from "../errors.ts";
import { defineOp, internAttr, type RoutineOp } from "../graph/op.ts";
import { lowerRoutine } from "../graph/lowerRoutine.ts";
import { record } from "../graph/record.ts";
import { mul } from "../ops/arith.ts";
import { equal, where } from "../ops/compare.ts";
import { iota } from "../ops/create.ts";
import { cast } from "../ops/elementwise.ts";
import { pad, slice } from "../ops/movement.ts";
import { aliasOf, expandTo, reshapeTo } from "../ops/views.ts";
import { internShape, normalizeAxis, showShape } from "../shape.ts";
import { requireTensor, type Tensor } from "../tensor.ts";
import type { AlongAttr, ScanAttr, ScanKind } from "./layout.ts";
import { extremeOracle, linearOracle, scanOracle, type ExtremeAttr } from "./oracle.ts";

/** Options of scans. */
export interface ScanOptions {
  /** The axis, the last when left out. */
  readonly axis?: number;
  /** From the last element to the first. */
  readonly reverse?: boolean;
  /** Result k without element k: what comes before it. */
  readonly exclusive?: boolean;
}

/** Options of scans that are inclusive. */
export type InclusiveScanOptions = Omit<ScanOptions, "exclusive">;

const SCAN_ROUTINE: Routine = { name: "scan", js: scanOracle, cpu: scanCpu, gpu: scanGpu };
const LINEAR_ROUTINE: Routine = { name: "linearRecurrence", js: linearOracle, cpu: linearCpu, gpu: linearGpu };
const EXTREME_ROUTINE: Routine = { name: "runningExtreme", js: extremeOracle, cpu: extremeCpu, gpu: extremeGpu };

/** Moves elements one place along the axis: result k is element k + 1 in the direction of the scan, or `fill` at its end. */
function next(x: Tensor, { axis, reverse }: AlongAttr, fill = 0): Tensor {
  return shift(x, axis, reverse ? 1 : -1, fill);
}

/** Result k is element k - 1 in the direction of the scan, or `fill` at its beginning. */
export function previous(x: Tensor, { axis, reverse }: AlongAttr, fill = 0): Tensor {
  return shift(x, axis, reverse ? -1 : 1, fill);
}

function shift(x: Tensor, axis: number, by: 1 | -1, fill: number): Tensor {
  const n = x.shape[axis];
  const rows = new Array<null>(axis).fill(null);
  const kept = slice(x, [...rows, by === 1 ? [0, n - 1] : [1, n]]);
  const widths = x.shape.map((_, d): [number, number] => (d !== axis ? [0, 0] : by === 1 ? [1, 0] : [0, 1]));
  return pad(kept, widths, { value: fill });
}

const SCAN: RoutineOp = /*@__PURE__*/ defineOp<RoutineOp>({
  kind: "routine",
  schedule: lowerRoutine,
  name: "scan",
  routine: SCAN_ROUTINE,
  strided: [false],
  vjp: [
    (g, out, [x]) => {
      const attr = out.attr!.value as ScanAttr;
      const { kind, axis, reverse, exclusive } = attr;
      const back: AlongAttr = { axis, reverse: !reverse };
      if (kind === "sum") return scan(g, { ...attr, reverse: !reverse });
      if (kind === "prod") {
        // d y[k] / d x[j] = (product before j) (product of j < i <= k): no division, so that zeros do no harm.
        const before = scan(x, { ...attr, exclusive: true });
        const after = linear(next(x, attr), exclusive ? next(g, attr) : g, back);
        return mul(before, after);
      }
      // The gradients of all results with the same extreme are summed up where that is.
      const at = extreme(x, { kind, axis, reverse });
      const same = cast(equal(at, next(at, attr, -1)), g.dtype);
      const sums = linear(same, exclusive ? next(g, attr) : g, back);
      return where(equal(at, positions(x, axis)), sums, 0);
    },
  ],
});

const LINEAR: RoutineOp = /*@__PURE__*/ defineOp<RoutineOp>({
  kind: "routine",
  schedule: lowerRoutine,
  name: "linearRecurrence",
  routine: LINEAR_ROUTINE,
  strided: [false, false],
  vjp: [
    (g, out, [a]) => {
      const attr = out.attr!.value as AlongAttr;
      return mul(adjoint(g, a, attr), previous(out, attr));
    },
    (g, out, [a]) => adjoint(g, a, out.attr!.value as AlongAttr),
  ],
});

/** The recurrence backwards: l[k] = a[k + 1] l[k + 1] + g[k]. */
function adjoint(g: Tensor, a: Tensor, attr: AlongAttr): Tensor {
  return linear(next(a, attr), g, { ...attr, reverse: !attr.reverse });
}

const EXTREME: RoutineOp = /*@__PURE__*/ defineOp<RoutineOp>({
  kind: "routine",
  schedule: lowerRoutine,
  name: "runningExtreme",
  routine: EXTREME_ROUTINE,
  strided: [false],
});

/** The number of every element along an axis. */
function positions(x: Tensor, axis: number): Tensor {
  const n = x.shape[axis];
  const column = reshapeTo(iota([n], { device: x.device }), internShape(x.shape.map((_, d) => (d === axis ? n : 1))));
  return expandTo(column, x.s);
}

function scan(x: Tensor, attr: ScanAttr): Tensor {
  return record(SCAN, [x], x.s, x.dtype, internAttr(attr));
}

/** Records a linear recurrence of checked arguments. */
export function linear(a: Tensor, b: Tensor, attr: AlongAttr): Tensor {
  return record(LINEAR, [a, b], b.s, b.dtype, internAttr<AlongAttr>({ axis: attr.axis, reverse: attr.reverse }));
}

function extreme(x: Tensor, attr: ExtremeAttr): Tensor<"i32"> {
  return record(EXTREME, [x], x.s, "i32", internAttr(attr));
}

/** Checks options and resolves the axis. */
export function alongOf(name: string, x: Tensor, options: ScanOptions, exclusive = true): Required<ScanOptions> {
  requireTensor(name, x);
  checkOptions(name, options, exclusive ? ["axis", "reverse", "exclusive"] : ["axis", "reverse"]);
  requireFlag(name, "reverse", options.reverse);
  requireFlag(name, "exclusive", options.exclusive);
  const axis = normalizeAxis(name, options.axis ?? -1, x.ndim);
  return { axis, reverse: options.reverse ?? false, exclusive: options.exclusive ?? false };
}

function running(name: string, kind: ScanKind, x: Tensor, options: ScanOptions): Tensor {
  const along = alongOf(name, x, options);
  const y = x.dtype === "bool" && (kind === "sum" || kind === "prod") ? cast(x, "i32") : x;
  requireDType(name, y.dtype, "number");
  return y.size === 0 ? aliasOf(y) : scan(y, { kind, ...along });
}

/**
 * Running sum along an axis: `y[k] = x[0] + ... + x[k]`. Integers wrap, bools count.
 *
 * Blocks of up to 1024 elements are summed by themselves and then added to what comes before them, so that errors of long sums
 * grow with the block's length plus the number of blocks; the order does not depend on threads. Cost: one pass.
 * @throws ShapeError for a scalar or an axis out of range
 */
export function cumsum(x: Tensor, options: ScanOptions = {}): Tensor {
  return running("cumsum", "sum", x, options);
}

/**
 * Running product along an axis: `y[k] = x[0] x[1] ... x[k]`, in the order of {@link cumsum}. Its gradient divides by nothing,
 * so it is right for zeros too.
 */
export function cumprod(x: Tensor, options: ScanOptions = {}): Tensor {
  return running("cumprod", "prod", x, options);
}

/**
 * Running maximum along an axis. From a NaN on everything is NaN. An exclusive one begins with -Infinity, or the smallest
 * integer. The gradient goes to the first of equal elements.
 */
export function cummax(x: Tensor, options: ScanOptions = {}): Tensor {
  return running("cummax", "max", x, options);
}

/** Running minimum along an axis, as {@link cummax}; an exclusive one begins with Infinity, or the largest integer. */
export function cummin(x: Tensor, options: ScanOptions = {}): Tensor {
  return running("cummin", "min", x, options);
}

function place(name: string, kind: "max" | "min", x: Tensor, options: InclusiveScanOptions): Tensor<"i32"> {
  const { axis, reverse } = alongOf(name, x, options, false);
  requireDType(name, x.dtype, "number");
  if (x.size === 0) throw new ShapeError(`${name}: nothing to compare (got ${showShape(x.shape)}).`);
  return extreme(x, { kind, axis, reverse });
}

/** Position (i32) along the axis of the running maximum: the first of equals in the direction of the scan, or the first NaN. */
export function cumargmax(x: Tensor, options: InclusiveScanOptions = {}): Tensor<"i32"> {
  return place("cumargmax", "max", x, options);
}

/** Position (i32) along the axis of the running minimum, as {@link cumargmax}. */
export function cumargmin(x: Tensor, options: InclusiveScanOptions = {}): Tensor<"i32"> {
  return place("cumargmin", "min", x, options);
}

/**
 * The linear recurrence `s[k] = a[k] s[k - 1] + b[k]` along an axis, with `s[-1] = 0`; `reverse` runs it from the end. a and b are
 * float tensors of one shape and type. The processor walks every row in order; a GPU cuts long rows into blocks, which needs
 * the products of a, so choose |a| <= 1 there.
 * @throws ShapeError when the shapes differ, DTypeError unless both are of the same float type
 */
export function linearRecurrence(a: Tensor, b: Tensor, options: InclusiveScanOptions = {}): Tensor {
  const along = alongOf("linearRecurrence", b, options, false);
  requireTensor("linearRecurrence", a, "a");
  if (a.s !== b.s) {
    throw new ShapeError(
      `linearRecurrence: shapes differ (got ${showShape(a.shape)} and ${showShape(b.shape)}). Use broadcastTo().`,
    );
  }
  if (!isFloat(b.dtype) || a.dtype !== (b.dtype as DType)) {
    throw new DTypeError(
      `linearRecurrence: one float type is needed (got ${a.dtype} and ${b.dtype}). Convert with astype().`,
    );
  }
  return b.size === 0 ? aliasOf(b) : linear(a, b, along);
}
