import type { CpuRoutine, RoutineOperand } from "../backend.ts";
import { hasRelaxedSimd } from "./asm.ts";
import { convPlan } from "./conv.ts";
import type { ConvSpec, Pair } from "./conv.ts";
import { convWeightsPlan } from "./convWeights.ts";

/** Geometry of a convolution, per spatial axis; `low` is the padding above and to the left. */
interface Geometry {
  readonly stride: Pair;
  readonly low: Pair;
  readonly dilation: Pair;
  readonly inputDilation: Pair;
  readonly groups: number;
}

/** What both directions share, from the shapes of x [N, C, H, W], w [O, C / groups, KH, KW] and y [N, O, OH, OW]. */
function sharedSpec(
  x: RoutineOperand,
  w: RoutineOperand,
  y: RoutineOperand,
  { stride, low, dilation, inputDilation, groups }: Geometry,
): Omit<ConvSpec, "dtype" | "relaxed" | "w" | "start"> {
  return {
    batch: x.shape[0],
    groups,
    channelsIn: w.shape[1],
    channelsOut: w.shape[0] / groups,
    input: [x.shape[2], x.shape[3]],
    kernel: [w.shape[2], w.shape[3]],
    output: [y.shape[2], y.shape[3]],
    stride,
    padding: low,
    dilation,
    inputDilation,
    x,
  };
}

/** Convolution on the CPU: x [N, C, H, W] and w [O, C / groups, KH, KW] to y [N, O, OH, OW], f32 or f64, any strides. */
export const conv2dCpu: CpuRoutine = ([x, w], [y], attr, options) => {
  if (y.dtype !== "f32" && y.dtype !== "f64") return null;
  const shared = sharedSpec(x, w, y, attr as Geometry);
  const group = shared.channelsOut * w.strides[0];
  return convPlan({
    ...shared,
    dtype: y.dtype,
    relaxed: options.relaxed && hasRelaxedSimd(),
    w: { offset: w.offset, strides: [group, ...w.strides] },
    start: y.offset,
  });
};

/** Its gradient for the weights: x and the gradient of y to dw in the layout of w. */
export const conv2dWeightGradientCpu: CpuRoutine = ([x, dy], [dw], attr, options) => {
  if (dw.dtype !== "f32" && dw.dtype !== "f64") return null;
  return convWeightsPlan({
    ...sharedSpec(x, dw, dy, attr as Geometry),
    dtype: dw.dtype,
    relaxed: options.relaxed && hasRelaxedSimd(),
    dy,
    start: dw.offset,
  });
};
