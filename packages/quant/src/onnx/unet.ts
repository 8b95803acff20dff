/** Quantised U-Nets as ONNX models. */
import { ArgumentError } from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import type { UNetOptions, UNetParams } from "@ansatz/nn";
import { unetOnnx } from "@ansatz/nn/onnx";
import type { GraphWriter, OnnxLinearHook, OnnxModel } from "@ansatz/nn/onnx";
import type { InputQuantizer } from "../diffusion/inputs.ts";
import { pathsOf } from "../diffusion/network.ts";
import type { QuantizedModel } from "../diffusion/ptq.ts";
import type { ChannelWeight } from "../diffusion/weights.ts";
import { packNibbles } from "../formats/nibbles.ts";

/** Channels divided by their scales: the second axis of images, the last of everything else. */
function writeDivision(graph: GraphWriter, x: string, scales: Float32Array, dimensions: number): string {
  const dims = dimensions === 4 ? [scales.length, 1, 1] : [scales.length];
  return graph.node("Div", [x, graph.constant({ type: "float32", dims, data: scales })]);
}

/** The weight as integers with a scale for each output channel; in nibbles where four bits are enough. */
function writeWeight(graph: GraphWriter, { codes, scale, type }: ChannelWeight, dims: readonly number[]): string {
  const small = Number(type.slice(1)) <= 4;
  const w = graph.constant({ type: small ? "int4" : "int8", dims, data: small ? packNibbles(codes) : codes });
  const s = graph.constant({ type: "float32", dims: [dims[0]], data: scale });
  return graph.node("DequantizeLinear", [w, s], { axis: 0 });
}

/** The input divided by the scales of its channels and rounded to unsigned bytes, clipped to what fewer bits can hold. */
function writeInput(graph: GraphWriter, from: string, quantizer: InputQuantizer, dimensions: number): string {
  const { bits, channelScales } = quantizer;
  const [{ scale, zeroPoint }] = quantizer.segments;
  const x = channelScales === undefined ? from : writeDivision(graph, from, channelScales, dimensions);
  const s = graph.floats([scale], []);
  const z = graph.constant({ type: "uint8", dims: [], data: Uint8Array.of(zeroPoint) });
  const bound = (code: number): string => graph.floats([scale * (code - zeroPoint)], []);
  const clipped = bits === 8 ? x : graph.node("Clip", [x, bound(0), bound(2 ** bits - 1)]);
  return graph.node("DequantizeLinear", [graph.node("QuantizeLinear", [clipped, s, z]), s, z]);
}

/**
 * A quantised U-Net as a QDQ model: every quantised weight as integers (four bits packed, opset 21; otherwise bytes) that
 * are dequantised with a scale for each output channel, every quantised input quantised and dequantised on the way in. The
 * rest is that of `unetOnnx`: inputs `sample` and `timestep`, output `out_sample`, f32.
 *
 * Codes are those of {@link quantizedFunction}: equal wherever the input of the layer is, up to the float rounding of the
 * operations before it, which moves an input that lies on the border of two codes.
 * @param options those that the network was made with
 * @throws ArgumentError for a model whose input ranges depend on time: a graph has no place for them
 */
export function qdqUnet(options: UNetOptions, model: QuantizedModel<UNetParams>): Promise<OnnxModel> {
  const { params, weights, inputs, segments } = model;
  if (segments !== 1) {
    throw new ArgumentError(`qdqUnet: input ranges depend on time (got ${segments} segments, expected 1).`);
  }
  const paths = pathsOf(params);
  const write: OnnxLinearHook = (graph, weight: Tensor, input) => {
    const path = paths.get(weight) ?? "";
    const [codes, around] = [weights.get(path), inputs.get(path)];
    return {
      weight: codes === undefined ? graph.weight(weight) : writeWeight(graph, codes, weight.shape),
      input: around === undefined ? input : writeInput(graph, input, around, weight.ndim),
    };
  };
  return unetOnnx(options, params, write);
}
