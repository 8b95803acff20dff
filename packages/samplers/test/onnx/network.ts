/** A small convolutional network twice: as an .onnx file and with our own operations. Runs in Node and in a page. */
import { add, mul, reshape, scope, tanh, tensor, type Tensor } from "@ansatz/tensor";
import { conv2d } from "@ansatz/tensor/nn";
import { key, normal } from "@ansatz/tensor/random";
import {
  continuousLevels,
  discreteLevels,
  discreteSchedule,
  dpmSolverMultistep,
  onnxDenoiser,
  plms,
  sample,
  vpLinear,
  type Level,
  type OnnxSession,
  type OnnxTensorConstructor,
} from "@ansatz/samplers";
import { encodeOnnx, ONNX_TYPES, type OnnxConstant } from "@ansatz/nn/onnx";

const CHANNELS = 6;

function weights(): (OnnxConstant & { readonly data: Float32Array })[] {
  const draw = (name: string, dims: number[], i: number, scale: number): ReturnType<typeof weights>[number] => {
    const x = mul(normal(key(77).fold(i), dims), scale).eval();
    const data = x.dataSync() as Float32Array;
    x.dispose();
    return { name, type: "float32", dims, data };
  };
  return [
    draw("w1", [CHANNELS, 1, 3, 3], 0, 0.4),
    draw("b1", [CHANNELS], 1, 0.1),
    draw("t1", [1, CHANNELS, 1, 1], 2, 0.5),
    draw("w2", [1, CHANNELS, 3, 3], 3, 0.3),
    draw("b2", [1], 4, 0.1),
  ];
}

/** The file: two convolutions, the time added in between; the time is a float32 or an int64 of shape [1]. */
export function networkFile(integerTime: boolean): Uint8Array {
  const pads = { pads: [1, 1, 1, 1] };
  const images = ["batch", 1, "height", "width"];
  return encodeOnnx({
    constants: weights(),
    inputs: [
      { name: "sample", type: "float32", dims: images },
      { name: "timestep", type: integerTime ? "int64" : "float32", dims: [1] },
    ],
    outputs: [{ name: "out_sample", type: "float32", dims: images }],
    nodes: [
      { op: "Conv", inputs: ["sample", "w1", "b1"], outputs: ["h"], attributes: pads },
      { op: "Cast", inputs: ["timestep"], outputs: ["t"], attributes: { to: ONNX_TYPES.float32 } },
      { op: "Mul", inputs: ["t1", "t"], outputs: ["e"] },
      { op: "Add", inputs: ["h", "e"], outputs: ["s"] },
      { op: "Tanh", inputs: ["s"], outputs: ["a"] },
      { op: "Conv", inputs: ["a", "w2", "b2"], outputs: ["out_sample"], attributes: pads },
    ],
    opset: 13,
  });
}

/** The same with our operations. */
export function ownNetwork(): (x: Tensor, time: number) => Tensor {
  const [w1, b1, t1, w2, b2] = weights().map(({ dims, data }) => tensor(data, { shape: [...dims] }));
  return (x, time) =>
    scope(() => {
      const h = add(conv2d(x, w1, { padding: 1 }), reshape(b1, [1, CHANNELS, 1, 1]));
      return add(conv2d(tanh(add(h, mul(t1, time))), w2, { padding: 1 }), reshape(b2, [1, 1, 1, 1])).eval();
    });
}

export interface Comparison {
  readonly name: string;
  /** Largest difference of the samples drawn with both networks. */
  readonly difference: number;
  /** Largest size of a sample. */
  readonly size: number;
  readonly evaluations: number;
}

/** Draws the same samples with a session and with our operations. */
export async function compareRuns(
  sessions: { readonly float: OnnxSession; readonly integer: OnnxSession },
  Create: OnnxTensorConstructor,
): Promise<Comparison[]> {
  const own = ownNetwork();
  const x = normal(key(5), [3, 1, 8, 8]);
  const table = discreteSchedule({ betas: "linear", count: 20 });
  const runs = [
    {
      name: "real times",
      session: sessions.float,
      type: "float32" as const,
      sampler: dpmSolverMultistep(),
      levels: continuousLevels(vpLinear(), { steps: 8 }),
    },
    {
      name: "table indices",
      session: sessions.integer,
      type: "int64" as const,
      sampler: plms(),
      levels: discreteLevels(table, { steps: 6 }),
    },
  ];
  const found: Comparison[] = [];
  for (const { name, session, type, sampler, levels } of runs) {
    const denoiser = onnxDenoiser(session, {
      Tensor: Create,
      predict: "epsilon",
      input: "sample",
      time: { name: "timestep", type },
      output: "out_sample",
    });
    const ours = { predict: "epsilon", call: (z: Tensor, { time }: Level) => own(z, time as number) } as const;
    const [a, b] = [
      await sample({ sampler, levels, x, denoiser }),
      await sample({ sampler, levels, x, denoiser: ours }),
    ];
    const [p, q] = [(await a.value.data()) as Float32Array, (await b.value.data()) as Float32Array];
    const difference = p.reduce((top, v, i) => Math.max(top, Math.abs(v - q[i])), 0);
    const size = p.reduce((top, v) => Math.max(top, Math.abs(v)), 0);
    found.push({ name, difference, size, evaluations: a.cost.evaluations });
  }
  return found;
}
