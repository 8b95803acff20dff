/** Quantised models as denoisers, for any sampler. */
import {
  ArgumentError,
  add,
  broadcastTo,
  clip,
  compile,
  div,
  mul,
  reshape,
  round,
  sub,
  tensor,
  treeEntries,
} from "@ansatz/tensor";
import type { Tensor, Tree } from "@ansatz/tensor";
import type { Prediction, PredictingDenoiser } from "@ansatz/samplers";
import { PTQ4DM_PAPER } from "../citation.ts";
import { walkLayers } from "./network.ts";
import type { QuantizedModel } from "./ptq.ts";
import { segmentOf } from "./segments.ts";

/** Quantise and dequantise: (clip(rhe(x/s) + z, 0, 2ᵇ − 1) − z)·s, fused into one operation. */
function fakeQuantized(x: Tensor, scale: Tensor, zero: Tensor, bits: number): Tensor {
  const code = clip(add(round(div(x, scale)), zero), 0, 2 ** bits - 1);
  return mul(sub(code, zero), scale);
}

/** What it takes to run a quantised model. */
export type RunnableModel<P extends Tree> = Pick<
  QuantizedModel<P>,
  "network" | "params" | "inputs" | "segments" | "timeSteps"
>;

/**
 * The quantised model as a function of x [batch, …] and one time for all items, compiled once. Its weights are the values
 * that the codes stand for, and the input of every quantised layer is divided by the scales of its channels, if it has
 * some, and rounded to its codes on the way in: what integer arithmetic would compute, up to float rounding.
 */
export function quantizedFunction<P extends Tree>(model: RunnableModel<P>): (x: Tensor, time: number) => Tensor {
  const { network, params, inputs, segments, timeSteps } = model;
  const paths = [...inputs.keys()];
  const [, { dtype, device }] = treeEntries(params)[0];
  const scales: Record<string, Tensor> = {};
  for (const [path, { channelScales }] of inputs) {
    if (channelScales !== undefined) scales[path] = tensor(channelScales, { dtype: dtype as "f32", device });
  }
  const run = compile<[P, Record<string, Tensor>, Tensor, number, ...number[]], Tensor>((p, s, x, time, ...numbers) => {
    const times = broadcastTo(reshape(time, [1]), [x.shape[0]]).astype(x.dtype);
    return walkLayers(network, p as P, x, times, (path, { kind, input }) => {
      const at = paths.indexOf(path);
      if (at < 0) return input;
      const by = s[path];
      const scaled = by === undefined ? input : div(input, kind === "dense" ? by : reshape(by, [by.size, 1, 1]));
      return fakeQuantized(scaled, numbers[2 * at], numbers[2 * at + 1], inputs.get(path)?.bits as number);
    });
  });
  return (x, time) => {
    const segment = segments === 1 ? 0 : segmentOf(time, segments, timeSteps);
    const numbers = Array.from(inputs.values()).flatMap((entry) => {
      const { scale, zeroPoint } = entry.segments[segment];
      return [scale, zeroPoint];
    });
    return run(params, scales, x, time, ...numbers);
  };
}

/**
 * A quantised model as a denoiser that every sampler takes.
 * @param predict what the model predicts, `"epsilon"` for most
 * @throws ArgumentError when the level has no time
 */
export function quantizedDenoiser<P extends Tree>(
  model: QuantizedModel<P>,
  predict: Prediction = "epsilon",
): PredictingDenoiser {
  const apply = quantizedFunction(model);
  return {
    predict,
    call(x, { time }) {
      if (time === undefined) {
        throw new ArgumentError("quantizedDenoiser: the level has no time (got undefined, expected the model's time).");
      }
      return apply(x, time);
    },
    citations: [PTQ4DM_PAPER],
  };
}
