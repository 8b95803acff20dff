/** Chains of quantised layers as one QDQ model: dense layers and convolutions with activations between them. */
import { ArgumentError } from "@ansatz/tensor";
import type { OnnxConstant, OnnxModel, OnnxNode } from "@ansatz/nn/onnx";
import type { ByteQuantizer } from "./linear.ts";
import { roundTrip } from "./linear.ts";

/** Functions between layers. */
export type OnnxActivation = "none" | "relu" | "silu" | "tanh" | "sigmoid";

/** A layer of a chain: symmetric 8-bit weights with a scale for each output channel. */
export interface QdqLayer {
  /** Dense [out, in] or convolution [out, in, height, width]. */
  readonly shape: readonly number[];
  readonly codes: Int8Array;
  readonly scale: Float32Array;
  readonly bias: ArrayLike<number>;
  /** How the layer's input is quantised; left alone when left out. */
  readonly input?: ByteQuantizer;
  /** Applied to the layer's output; none when left out. */
  readonly activation?: OnnxActivation;
  /** Of a convolution, 1 when left out. */
  readonly stride?: number;
  /** Of a convolution, 0 when left out. */
  readonly padding?: number;
}

const NAMES: Readonly<Record<Exclude<OnnxActivation, "none" | "silu">, string>> = {
  relu: "Relu",
  tanh: "Tanh",
  sigmoid: "Sigmoid",
};

function activationNodes(activation: OnnxActivation, from: string, to: string): OnnxNode[] {
  switch (activation) {
    case "none":
      return [{ op: "Identity", inputs: [from], outputs: [to] }];
    case "silu":
      return [
        { op: "Sigmoid", inputs: [from], outputs: [`${to}_gate`] },
        { op: "Mul", inputs: [from, `${to}_gate`], outputs: [to] },
      ];
    default:
      return [{ op: NAMES[activation], inputs: [from], outputs: [to] }];
  }
}

/**
 * The QDQ model of a chain: each layer quantises and dequantises its input, dequantises its weight, and is followed by its
 * activation. Runtimes fold the pairs into integer operations; all compute the same numbers up to float rounding.
 * @param inputDims extents of the input `x`; texts are free
 * @throws ArgumentError for no layers and for weights that are neither matrices nor kernels of two axes
 */
export function qdqNetwork(layers: readonly QdqLayer[], inputDims: readonly (number | string)[]): OnnxModel {
  if (layers.length === 0) throw new ArgumentError("qdqNetwork: no layers are given (got 0, expected at least 1).");
  const nodes: OnnxNode[] = [];
  const constants: OnnxConstant[] = [];
  let current = "x";
  for (const [i, layer] of layers.entries()) {
    const { shape, codes, scale, bias, input, activation = "none", stride = 1, padding = 0 } = layer;
    if (shape.length !== 2 && shape.length !== 4) {
      throw new ArgumentError(`qdqNetwork: layer ${i} has a weight of rank ${shape.length} (expected 2 or 4).`);
    }
    if (input !== undefined) {
      const around = roundTrip(current, `in${i}`, input);
      nodes.push(...around.nodes);
      constants.push(...around.constants);
      current = `in${i}`;
    }
    const [w, b, y] = [`w${i}`, `b${i}`, i === layers.length - 1 ? "y" : `out${i}`];
    constants.push(
      { name: w, type: "int8", dims: shape, data: codes },
      { name: `${w}_s`, type: "float32", dims: [shape[0]], data: scale },
      { name: `${w}_z`, type: "int8", dims: [shape[0]], data: new Int8Array(shape[0]) },
      { name: b, type: "float32", dims: [shape[0]], data: Float32Array.from(bias) },
    );
    nodes.push({
      op: "DequantizeLinear",
      inputs: [w, `${w}_s`, `${w}_z`],
      outputs: [`${w}_d`],
      attributes: { axis: 0 },
    });
    const attributes: OnnxNode["attributes"] =
      shape.length === 2
        ? { transB: 1 }
        : { strides: [stride, stride], pads: [padding, padding, padding, padding], kernel_shape: shape.slice(2) };
    const op = shape.length === 2 ? "Gemm" : "Conv";
    nodes.push({ op, inputs: [current, `${w}_d`, b], outputs: [`${y}_linear`], attributes });
    nodes.push(...activationNodes(activation, `${y}_linear`, y));
    current = y;
  }
  const rank = layers[layers.length - 1].shape.length;
  const outputDims = Array.from({ length: rank }, (_, d) => (d === 1 ? layers[layers.length - 1].shape[0] : `d${d}`));
  return {
    nodes,
    constants,
    opset: 13,
    inputs: [{ name: "x", type: "float32", dims: inputDims }],
    outputs: [{ name: "y", type: "float32", dims: outputDims }],
  };
}
