/** The digit network in ONNX Runtime beside our own. Runs in Node and in a page. */
import { loadParameters, type UNetParams } from "@ansatz/nn";
import { continuousLevels, dpmSolverMultistep, onnxDenoiser, piecewiseLinear, sample } from "@ansatz/samplers";
import type { Level, OnnxSession, OnnxTensorConstructor, PredictingDenoiser } from "@ansatz/samplers";
import type { Tensor } from "@ansatz/tensor";
import { key, normal } from "@ansatz/tensor/random";
import { digitNetwork, digitSchedule } from "../../src/models/digitDenoiser.ts";

/** What is compared. */
export interface Comparison {
  /** Largest difference of one prediction, and of the pictures drawn. */
  readonly prediction: number;
  readonly pictures: number;
  /** Largest size of a pixel drawn. */
  readonly size: number;
  readonly evaluations: readonly number[];
}

function largest(p: Float32Array, q: Float32Array): number {
  return p.reduce((top, v, i) => Math.max(top, Math.abs(v - q[i])), 0);
}

/** Draws the same pictures with a session and with our network. */
export async function compareDigits(
  checkpoint: Uint8Array,
  session: OnnxSession,
  Create: OnnxTensorConstructor,
): Promise<Comparison> {
  const network = digitNetwork();
  const { params } = loadParameters<UNetParams>(checkpoint, network.init(key(0)));
  const own: PredictingDenoiser = {
    predict: "epsilon",
    call: (x: Tensor, { time }: Level) => {
      if (time === undefined) throw new Error("the level has no time");
      return network.apply(
        params,
        x,
        x
          .sum({ axis: [1, 2, 3] })
          .mul(0)
          .add(time),
      );
    },
  };
  const theirs = onnxDenoiser(session, {
    Tensor: Create,
    predict: "epsilon",
    input: "sample",
    time: { name: "timestep", type: "float32", shape: "batch" },
    output: "out_sample",
  });
  const levels = continuousLevels(piecewiseLinear(digitSchedule()), { steps: 2 });
  const x = normal(key(3), [1, 1, 28, 28]);
  const data = async (t: Tensor): Promise<Float32Array> => (await t.data()) as Float32Array;
  const [p, q] = [await own.call(x, levels[1]), await theirs.call(x, levels[1])];
  const runs = [];
  for (const denoiser of [own, theirs]) runs.push(await sample({ sampler: dpmSolverMultistep(), levels, denoiser, x }));
  const [a, b] = [await data(runs[0].value), await data(runs[1].value)];
  return {
    prediction: largest(await data(p), await data(q)),
    pictures: largest(a, b),
    size: a.reduce((top, v) => Math.max(top, Math.abs(v)), 0),
    evaluations: runs.map(({ cost }) => cost.evaluations),
  };
}
