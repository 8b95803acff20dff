/** Two-dimensional convolution (cross-correlation, as in every deep-learning library) and its gradients. */
import type { JsOperand, Routine } from "../backend/backend.ts";
import { conv2dCpu, conv2dWeightGradientCpu } from "../backend/cpu/convRoutine.ts";
import { isFloat, promote, type DType } from "../dtype.ts";
import { ArgumentError, checkOptions, DTypeError, ShapeError, show } from "../errors.ts";
import { attrOf, defineOp, internAttr, type RoutineOp } from "../graph/op.ts";
import { lowerRoutine } from "../graph/lowerRoutine.ts";
import { record } from "../graph/record.ts";
import { checkShape, internShape, showShape } from "../shape.ts";
import { requireTensor, type Tensor } from "../tensor.ts";
import { cast } from "./elementwise.ts";
import { flip } from "./movement.ts";
import { permuteBy, reshapeTo } from "./views.ts";

type Pair = readonly [number, number];

/**
 * Geometry of a convolution, per spatial axis:
 * `y[n,o,i] = sum_{c,k} X[n, c, i * stride + k * dilation - low] w[o,c,k]`, where X is x with `inputDilation - 1` zeros
 * between neighbours and zeros outside. `low` may be negative (cropping).
 */
export interface ConvAttr {
  readonly stride: Pair;
  readonly low: Pair;
  readonly dilation: Pair;
  readonly inputDilation: Pair;
  readonly groups: number;
}

/** Visits every product of a convolution: offsets into x, w and y. */
function eachProduct(
  x: JsOperand,
  w: JsOperand,
  y: JsOperand,
  attr: ConvAttr,
  visit: (x: number, w: number, y: number) => void,
): void {
  const [N, C, H, W] = x.shape;
  const [O, cg, KH, KW] = w.shape;
  const [, , OH, OW] = y.shape;
  const { stride, low, dilation, inputDilation } = attr;
  const og = O / attr.groups;
  const at = (o: JsOperand, a: number, b: number, c: number, d: number): number =>
    o.offset + a * o.strides[0] + b * o.strides[1] + c * o.strides[2] + d * o.strides[3];
  const source = (i: number, k: number, axis: 0 | 1, size: number): number => {
    const p = i * stride[axis] + k * dilation[axis] - low[axis];
    const q = p / inputDilation[axis];
    return p >= 0 && Number.isInteger(q) && q < size ? q : -1;
  };
  if (C !== cg * attr.groups) return;
  for (let n = 0; n < N; n++) {
    for (let o = 0; o < O; o++) {
      const first = Math.floor(o / og) * cg;
      for (let i = 0; i < OH; i++) {
        for (let j = 0; j < OW; j++) {
          for (let c = 0; c < cg; c++) {
            for (let k = 0; k < KH; k++) {
              const h = source(i, k, 0, H);
              if (h < 0) continue;
              for (let l = 0; l < KW; l++) {
                const v = source(j, l, 1, W);
                if (v >= 0) visit(at(x, n, first + c, h, v), at(w, o, c, k, l), at(y, n, o, i, j));
              }
            }
          }
        }
      }
    }
  }
}

const rounding = (dtype: DType): ((x: number) => number) => (dtype === "f32" ? Math.fround : (x) => x);

function clear(out: JsOperand): void {
  const size = out.shape.reduce((a, b) => a * b, 1);
  for (let i = 0; i < size; i++) out.data[out.offset + i] = 0;
}

function convOracle(inputs: readonly JsOperand[], outputs: readonly JsOperand[], attr: unknown): void {
  const [x, w] = inputs;
  const [y] = outputs;
  const round = rounding(y.dtype);
  clear(y);
  eachProduct(x, w, y, attr as ConvAttr, (a, b, c) => {
    y.data[c] = round(y.data[c] + round(x.data[a] * w.data[b]));
  });
}

function weightOracle(inputs: readonly JsOperand[], outputs: readonly JsOperand[], attr: unknown): void {
  const [x, g] = inputs;
  const [dw] = outputs;
  const round = rounding(dw.dtype);
  clear(dw);
  eachProduct(x, dw, g, attr as ConvAttr, (a, b, c) => {
    dw.data[b] = round(dw.data[b] + round(x.data[a] * g.data[c]));
  });
}

const CONV_ROUTINE: Routine = { name: "conv2d", js: convOracle, cpu: conv2dCpu };
const WEIGHT_ROUTINE: Routine = {
  name: "conv2dWeightGradient",
  js: weightOracle,
  cpu: conv2dWeightGradientCpu,
};

const CONV: RoutineOp = /*@__PURE__*/ defineOp<RoutineOp>({
  kind: "routine",
  schedule: lowerRoutine,
  name: "conv2d",
  routine: CONV_ROUTINE,
  strided: [true, true],
  vjp: [
    (g, out, [x, w]) => inputGradient(g, w, x.shape, attrOf<ConvAttr>(out)),
    (g, out, [x, w]) => weightGradient(x, g, w.shape, attrOf<ConvAttr>(out)),
  ],
});

const WEIGHT: RoutineOp = /*@__PURE__*/ defineOp<RoutineOp>({
  kind: "routine",
  schedule: lowerRoutine,
  name: "conv2dWeightGradient",
  routine: WEIGHT_ROUTINE,
  strided: [true, true],
  vjp: [
    (ct, out, [x, g]) => inputGradient(g, ct, x.shape, attrOf<ConvAttr>(out)),
    (ct, out, [x, g]) => convNode(x, ct, g.shape.slice(2), attrOf<ConvAttr>(out)),
  ],
});

/** {@link conv2d} with checked arguments; `size` is that of the result's spatial axes. */
export function convNode(x: Tensor, w: Tensor, size: readonly number[], attr: ConvAttr): Tensor {
  const shape = checkShape("conv2d", [x.shape[0], w.shape[0], ...size]);
  return record(CONV, [x, w], shape, x.dtype, internAttr(attr));
}

function weightGradient(x: Tensor, g: Tensor, shape: readonly number[], attr: ConvAttr): Tensor {
  return record(WEIGHT, [x, g], internShape(shape), x.dtype, internAttr(attr));
}

/**
 * The gradient with respect to the input is again a convolution: of g spread by the stride, with the flipped kernel whose
 * channel axes are exchanged within each group.
 */
export function inputGradient(g: Tensor, w: Tensor, xShape: readonly number[], attr: ConvAttr): Tensor {
  const [O, cg, KH, KW] = w.shape;
  const { groups, stride, low, dilation, inputDilation } = attr;
  const og = O / groups;
  const grouped = reshapeTo(w, internShape([groups, og, cg, KH, KW]));
  const swapped = reshapeTo(permuteBy(grouped, [0, 2, 1, 3, 4]), internShape([groups * cg, og, KH, KW]));
  return convNode(g, flip(swapped, [2, 3]), xShape.slice(2), {
    stride: inputDilation,
    low: [(KH - 1) * dilation[0] - low[0], (KW - 1) * dilation[1] - low[1]],
    dilation,
    inputDilation: stride,
    groups,
  });
}

/** Options of {@link conv2d}; a number counts for both spatial axes. */
export interface Conv2dOptions {
  /** Step of the window; 1 when left out. */
  readonly stride?: number | Pair;
  /** Zeros around the input: one width, one per axis, or `[[top, bottom], [left, right]]`; 0 when left out. */
  readonly padding?: number | Pair | readonly [Pair, Pair];
  /** Distance between kernel elements; 1 when left out. */
  readonly dilation?: number | Pair;
  /** Groups of channels that do not mix; 1 when left out. */
  readonly groups?: number;
}

function pair(name: string, value: number | Pair | undefined, least: number, fallback: number): Pair {
  const v = value === undefined ? fallback : value;
  const both = typeof v === "number" ? ([v, v] as const) : v;
  if (!Array.isArray(both) || both.length !== 2 || both.some((n) => !Number.isInteger(n) || n < least)) {
    throw new ArgumentError(`conv2d: ${name} must be an integer of at least ${least}, or two (got ${show(value)}).`);
  }
  return both as Pair;
}

function paddingOf(value: Conv2dOptions["padding"]): [Pair, Pair] {
  if (Array.isArray(value) && value.some((side) => typeof side !== "number")) {
    const sides = value as readonly [Pair, Pair];
    if (sides.length !== 2 || !sides.every((side) => Array.isArray(side))) {
      throw new ArgumentError(`conv2d: padding must be [[top, bottom], [left, right]] (got ${show(value)}).`);
    }
    return [pair("padding", sides[0], 0, 0), pair("padding", sides[1], 0, 0)];
  }
  const [v, h] = pair("padding", value as number | Pair | undefined, 0, 0);
  return [
    [v, v],
    [h, h],
  ];
}

/**
 * `y[n,o,i,j] = sum_{c,k,l} x[n, c, i*stride + k*dilation - padding, ...] * w[o,c,k,l]`: cross-correlation, the
 * "convolution" of deep-learning libraries. With groups, output channel o reads the channels of its group only.
 * Uses fused multiply-add on the CPU where the engine has it (see `configure({ precision })`).
 * @param x [batch, channels, height, width], f32 or f64
 * @param w [outputs, channels / groups, kernel height, kernel width]
 * @returns [batch, outputs, floor((height + padding - dilation*(kernel-1) - 1) / stride) + 1, ...]
 * @throws ShapeError when the shapes do not fit, DTypeError for integers, ArgumentError for bad options.
 * Cost: 2 * size(y) * channels/groups * kernel size operations.
 */
export function conv2d(x: Tensor, w: Tensor, options: Conv2dOptions = {}): Tensor {
  requireTensor("conv2d", x);
  requireTensor("conv2d", w, "w");
  checkOptions("conv2d", options, ["stride", "padding", "dilation", "groups"]);
  if (x.ndim !== 4 || w.ndim !== 4) {
    throw new ShapeError(
      `conv2d: x and w need four axes (got ${showShape(x.shape)} and ${showShape(w.shape)}, ` +
        `expected [batch, channels, height, width] and [outputs, channels/groups, height, width]).`,
    );
  }
  const dtype = promote("conv2d", x.dtype, w.dtype);
  if (!isFloat(dtype))
    throw new DTypeError(
      `conv2d: floats are needed (got ${x.dtype} and ${w.dtype}, expected f32 or f64). Convert with astype().`,
    );
  const stride = pair("stride", options.stride, 1, 1);
  const dilation = pair("dilation", options.dilation, 1, 1);
  const padding = paddingOf(options.padding);
  const groups = options.groups ?? 1;
  const [, C, H, W] = x.shape;
  const [O, cg, KH, KW] = w.shape;
  if (!Number.isInteger(groups) || groups < 1 || C % groups !== 0 || O % groups !== 0) {
    throw new ShapeError(
      `conv2d: groups must divide the channels (got ${show(groups)}, expected a common divisor of ${C} input and ${O} output channels).`,
    );
  }
  if (cg * groups !== C) {
    throw new ShapeError(
      `conv2d: channels do not fit (got x ${showShape(x.shape)} and w ${showShape(w.shape)} with ${groups} groups, ` +
        `expected w's second size to be ${C / groups}).`,
    );
  }
  const size = [H, W].map((n, a) => {
    const reach = dilation[a] * ([KH, KW][a] - 1) + 1;
    const out = Math.floor((n + padding[a][0] + padding[a][1] - reach) / stride[a]) + 1;
    if (out < 1) {
      throw new ShapeError(
        `conv2d: kernel is larger than the padded input (got a reach of ${reach} on axis ${a + 2} of ${showShape(x.shape)}, expected at most ${n + padding[a][0] + padding[a][1]}).`,
      );
    }
    return out;
  });
  return convNode(cast(x, dtype), cast(w, dtype), size, {
    stride,
    low: [padding[0][0], padding[1][0]],
    dilation,
    inputDilation: [1, 1],
    groups,
  });
}
