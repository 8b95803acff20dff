/** Quantised U-Nets in onnxruntime-web: the codes that our own run has, and the same predictions. */
import { expect, test } from "vitest";
import { unet, type UNetOptions, type UNetParams } from "@ansatz/nn";
import { tensor, treeMap, type Tensor } from "@ansatz/tensor";
import { key, normal } from "@ansatz/tensor/random";
import {
  dequantizeAffine,
  encodeOnnx,
  qdqUnet,
  quantizeAffine,
  quantizeNetwork,
  quantizedFunction,
  walkLayers,
  type AffineParameters,
  type CalibrationSet,
  type OnnxModel,
  type QuantizedModel,
} from "@ansatz/quant";
import * as ort from "onnxruntime-web";

ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";

const options: UNetOptions = { base: 8, multipliers: [1, 2], groups: 4, heads: 2, timeScale: 10 };
const network = unet(options);
const SIZE = 8;

/** Parameters without the zeros that last layers start with. */
function parameters(): UNetParams {
  let count = 0;
  return treeMap(
    (t: Tensor) => t.add(normal(key(5).fold(count++), t.shape).mul(0.1)).eval(),
    network.init(key(1)),
  ) as UNetParams;
}

async function calibration(n: number): Promise<CalibrationSet> {
  const x = Float32Array.from(await normal(key(2), [n * SIZE * SIZE]).data());
  return { x, t: Int32Array.from({ length: n }, (_, i) => (i * 7) % 10), shape: [1, SIZE, SIZE] };
}

/** Output, and the codes of every quantised input in the order of the graph. */
async function run(
  { nodes, constants, outputs, ...model }: OnnxModel,
  x: Float32Array,
  time: number,
): Promise<{ output: ArrayLike<number>; codes: Uint8Array[] }> {
  const coded = nodes.flatMap(({ op, outputs: [name] }) => (op === "QuantizeLinear" ? [name] : []));
  const names = coded.map((name) => `${name} flat`);
  const flatten = coded.map((name, i) => ({ op: "Reshape", inputs: [name, "all"], outputs: [names[i]] }));
  const file = encodeOnnx({
    ...model,
    nodes: [...nodes, ...flatten],
    constants: [...constants, { name: "all", type: "int64", dims: [1], data: BigInt64Array.of(-1n) }],
    outputs: [...outputs, ...names.map((name) => ({ name, type: "uint8", dims: [name] }) as const)],
  });
  const session = await ort.InferenceSession.create(file, { graphOptimizationLevel: "disabled" });
  const found = await session.run({
    sample: new ort.Tensor("float32", x, [1, 1, SIZE, SIZE]),
    timestep: new ort.Tensor("float32", Float32Array.of(time), [1]),
  });
  await session.release();
  return {
    output: found[outputs[0].name].data as Float32Array,
    codes: names.map((name) => found[name].data as Uint8Array),
  };
}

/** The same of our own, with the codes written out. */
function ownCodes(model: QuantizedModel<UNetParams>, x: Tensor, time: number): ArrayLike<number>[] {
  const found: ArrayLike<number>[] = [];
  walkLayers(network, model.params, x, tensor([time]), (path, { kind, input }) => {
    const entry = model.inputs.get(path);
    if (entry === undefined) return input;
    const [{ scale, zeroPoint }] = entry.segments;
    const by = entry.channelScales ?? Float32Array.of(1);
    const x = input.div(kind === "dense" ? tensor(by) : tensor(by, { shape: [by.length, 1, 1] }));
    const around: AffineParameters = { type: `u${entry.bits}` as "u8", scale: [scale], zeroPoint: [zeroPoint] };
    const codes = quantizeAffine(x.dataSync() as Float32Array, [input.size], around);
    found.push(codes);
    return tensor(dequantizeAffine(codes, [input.size], around), { shape: input.shape });
  });
  return found;
}

test.each([
  ["W8A8", { weightBits: 8, inputBits: 8 }, 13],
  ["W4A6 with scales for channels", { weightBits: 4, inputBits: 6, channelScales: 0.5 }, 21],
] as const)("%s in onnxruntime-web: the same codes, the same prediction", async (_, bits, opset) => {
  const params = parameters();
  const model = await quantizeNetwork(network, params, await calibration(4), bits);
  const exported = await qdqUnet(options, model);
  expect(exported.opset).toBe(opset);
  const values = Float32Array.from(await normal(key(31), [SIZE * SIZE]).data());
  const x = tensor(values, { shape: [1, 1, SIZE, SIZE] });
  const { output, codes } = await run(exported, values, 3);
  expect(codes).toHaveLength(model.inputs.size);
  for (const [i, own] of ownCodes(model, x, 3).entries()) expect(Array.from(codes[i])).toEqual(Array.from(own));
  const own = await quantizedFunction(model)(x, 3).data();
  const float = await network.apply(params, x, tensor([3])).data();
  own.forEach((v, i) => expect(Math.abs(output[i] - v)).toBeLessThan(1e-5));
  expect(own.some((v, i) => Math.abs(float[i] - v) > 1e-2)).toBe(true);
  // The weights take the bytes that the model counts, next to names and float parameters.
  expect(encodeOnnx(exported).length).toBeLessThan(model.bytes + 0.16 * model.floatBytes);
});

test("input ranges that depend on time are refused", async () => {
  const settings = { weightBits: 8, inputBits: 8, segments: 2, timeSteps: 10 };
  const model = await quantizeNetwork(network, parameters(), await calibration(4), settings);
  expect(() => qdqUnet(options, model)).toThrow("qdqUnet: input ranges depend on time (got 2 segments, expected 1).");
});
