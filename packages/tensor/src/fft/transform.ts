/** Discrete Fourier transforms of complex tensors, whose last axis holds real and imaginary parts. */
import type { Routine } from "../backend/backend.ts";
import { cpuSplit, fftCpu } from "../backend/cpu/fftRoutine.ts";
import { fftGpu, gpuSplit } from "../backend/webgpu/fft.wgsl.ts";
import { defineOp, internAttr, type RoutineOp } from "../graph/op.ts";
import { lowerRoutine } from "../graph/lowerRoutine.ts";
import { record } from "../graph/record.ts";
import type { Tensor } from "../tensor.ts";
import { mul } from "../ops/arith.ts";
import { aliasOf, permuteBy } from "../ops/views.ts";
import { bluestein } from "./bluestein.ts";
import { constantTensor } from "./constants.ts";
import type { FloatTensor } from "./floatTensor.ts";
import { isSmooth, splitLength } from "./factor.ts";
import { fftOracle } from "./oracle.ts";
import type { FftAttr, Order } from "./steps.ts";
import { tableLayout, tableValues } from "./tables.ts";

const ROUTINE: Routine = { name: "fft", js: fftOracle, cpu: fftCpu, gpu: fftGpu };

const OPPOSITE: Readonly<Record<Order, Order>> = {
  natural: "natural",
  scrambled: "unscrambling",
  unscrambling: "scrambled",
};

const FFT: RoutineOp = /*@__PURE__*/ defineOp<RoutineOp>({
  kind: "routine",
  schedule: lowerRoutine,
  name: "fft",
  routine: ROUTINE,
  strided: [true, false],
  vjp: [
    // The transpose of a complex matrix as a matrix of real parts is its conjugate transpose.
    (g, out) => {
      const { axis, inverse, scale, order } = out.attr!.value as FftAttr;
      return transform(g as FloatTensor, { axis, inverse: !inverse, scale, order: OPPOSITE[order] });
    },
    () => null,
  ],
});

/** A transform along one axis of checked arguments. */
export interface Transform {
  /** Not negative, counted without the axis of the parts. */
  readonly axis: number;
  readonly inverse: boolean;
  readonly scale: number;
  readonly order: Order;
}

/** Transforms a complex tensor of any length. Orders other than the natural one are for powers of two. */
export function transform(x: FloatTensor, { axis, inverse, scale, order }: Transform): Tensor {
  const n = x.shape[axis];
  if (x.size === 0) return aliasOf(x);
  if (n === 1) return scale === 1 ? aliasOf(x) : mul(x, scale);
  if (isSmooth(n)) return smooth(x, { axis, inverse, scale, order });
  const last = x.ndim - 2;
  const exchange = x.shape.map((_, d) => (d === axis ? last : d === last ? axis : d));
  const y = bluestein(permuteBy<"f32" | "f64">(x, exchange) as FloatTensor, inverse, scale, (z, back) =>
    smooth(z, { axis: last, inverse: back, scale: 1, order }),
  );
  return permuteBy(y, exchange);
}

/** The routine, for lengths without prime factors above 7. */
function smooth(x: FloatTensor, { axis, inverse, scale, order }: Transform): Tensor {
  const n = x.shape[axis];
  const split = x.backend.name === "webgpu" ? gpuSplit(n) : cpuSplit(x.dtype);
  const lengths = splitLength(n, x.size / (2 * n), split);
  const { size } = tableLayout(lengths);
  const key = `fft ${lengths.join("x")}${order === "unscrambling" ? " from bit-reversed" : ""}`;
  const constants = constantTensor(x.backend, x.dtype, key, [2 * size], () => tableValues({ lengths, order }));
  const attr: FftAttr = { axis, lengths, inverse, scale, order };
  return record(FFT, [x, constants], x.s, x.dtype, internAttr(attr));
}
