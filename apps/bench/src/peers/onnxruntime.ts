/** onnxruntime-web on one thread: every piece of work as a model of a few nodes. */
import { encodeOnnx, type OnnxModel } from "@ansatz/quant";
import { inProcessAsync } from "../measure/interleave.ts";
import { versionOf } from "../measure/environment.ts";
import { ramp, type Peer, type Prepared, type Work } from "./work.ts";

const NAME = "onnxruntime-web";
/** Operations are those of this version; layer normalisation came with 17. */
const OPSET = 21;

type Node = OnnxModel["nodes"][number];

/** Nodes from inputs to `y`, and the inputs' values. */
interface Program {
  readonly nodes: readonly Node[];
  readonly inputs: Readonly<Record<string, readonly [values: Float32Array, dims: readonly number[]]>>;
  /** Shape of the result. */
  readonly dims: readonly number[];
  readonly constants?: OnnxModel["constants"];
}

const node = (op: string, inputs: string[], attributes: Node["attributes"] = {}, output = "y"): Node => ({
  op,
  inputs,
  outputs: [output],
  attributes,
});

function number(name: string, value: number): NonNullable<OnnxModel["constants"]>[number] {
  return { name, type: "float32", dims: [], data: Float32Array.of(value) };
}

/** The work as a program; undefined when it has no such operation in f32, or none that keeps a state. */
function programOf(work: Work): Program | undefined {
  switch (work.kind) {
    case "affineChain":
    case "tanhChain":
    case "expChain": {
      const dims = [work.size];
      const linear = [node("Mul", ["x", "two"], {}, "d"), node("Add", ["d", "one"], {}, "l")];
      const rest: Readonly<Record<typeof work.kind, Node[]>> = {
        affineChain: [node("Mul", ["l", "x"])],
        tanhChain: [node("Tanh", ["l"], {}, "t"), node("Mul", ["t", "x"])],
        expChain: [node("Mul", ["l", "l"], {}, "q"), node("Mul", ["q", "half"], {}, "h"), node("Exp", ["h"])],
      };
      return {
        nodes: [...linear, ...rest[work.kind]],
        inputs: { x: [ramp(work.size), dims] },
        dims,
        constants: [number("one", 1), number("two", 2), ...(work.kind === "expChain" ? [number("half", -0.5)] : [])],
      };
    }
    case "matmul": {
      if (work.dtype === "f64") return undefined;
      const dims = [work.n, work.n];
      const size = work.n ** 2;
      return {
        nodes: [node("MatMul", ["a", "b"])],
        inputs: { a: [ramp(size), dims], b: [ramp(size, 0.5), dims] },
        dims,
      };
    }
    case "softmax":
    case "layerNorm": {
      const { rows, columns, kind } = work;
      const dims = [rows, columns];
      const inputs = { x: [ramp(rows * columns), dims] } as const;
      if (kind === "softmax") return { nodes: [node("Softmax", ["x"], { axis: 1 })], inputs, dims };
      const scale = { name: "s", type: "float32", dims: [columns], data: new Float32Array(columns).fill(1) } as const;
      const attributes = { axis: 1, epsilon: { float: 1e-5 } };
      return { nodes: [node("LayerNormalization", ["x", "s"], attributes)], inputs, dims, constants: [scale] };
    }
    case "sum": {
      const { rows, columns, axis } = work;
      const axes = axis === null ? [0, 1] : [axis];
      return {
        nodes: [node("ReduceSum", ["x", "axes"], { keepdims: 0 })],
        inputs: { x: [ramp(rows * columns), [rows, columns]] },
        dims: axis === null ? [] : [axis === 0 ? columns : rows],
        constants: [{ name: "axes", type: "int64", dims: [axes.length], data: BigInt64Array.from(axes, BigInt) }],
      };
    }
    case "conv2d": {
      const { batch, channels, outputs, size } = work;
      return {
        nodes: [node("Conv", ["x", "w"], { pads: [1, 1, 1, 1] })],
        inputs: {
          x: [ramp(batch * channels * size ** 2), [batch, channels, size, size]],
          w: [ramp(outputs * channels * 9, 0.25), [outputs, channels, 3, 3]],
        },
        dims: [batch, outputs, size, size],
      };
    }
    default:
      return undefined;
  }
}

/** Loads the library. */
export async function openOnnxruntime(): Promise<Peer> {
  const ort = await import("onnxruntime-web");
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";
  const open = async ({
    nodes,
    inputs,
    dims,
    constants = [],
  }: Program): ReturnType<typeof ort.InferenceSession.create> =>
    await ort.InferenceSession.create(
      encodeOnnx({
        nodes,
        constants,
        inputs: Object.entries(inputs).map(([name, [, shape]]) => ({ name, type: "float32", dims: shape })),
        outputs: [{ name: "y", type: "float32", dims }],
        opset: OPSET,
      }),
    );
  // The first session loads the WebAssembly module, which puts Node's Worker among the globals and leaves it there; others
  // would take this for a browser.
  const hadWorker = "Worker" in globalThis;
  const first = await open(programOf({ kind: "matmul", n: 1, dtype: "f32" }) as Program);
  await first.release();
  if (!hadWorker) Reflect.deleteProperty(globalThis, "Worker");

  return {
    name: NAME,
    version: (await versionOf("onnxruntime-web")) ?? null,
    async prepare(work): Promise<Prepared | undefined> {
      const program = programOf(work);
      if (program === undefined) return undefined;
      const session = await open(program);
      const feeds = Object.fromEntries(
        Object.entries(program.inputs).map(([name, [values, shape]]) => [
          name,
          new ort.Tensor("float32", values, shape),
        ]),
      );
      return {
        ...inProcessAsync(NAME, async () => {
          (await session.run(feeds)).y.dispose();
        }),
        result: async () => (await session.run(feeds)).y.data as Float32Array,
        release: () => void session.release(),
      };
    },
    close: () => undefined,
  };
}
