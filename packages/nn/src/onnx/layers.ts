/** The layers that a denoiser is made of, as ONNX operations (opset 13). */
import type { SpatialAttentionParams } from "../layers/attention.ts";
import type { WeightAndBias } from "../layers/dense.ts";
import type { ScaleAndShift } from "../layers/norm.ts";
import type { TimeEmbeddingParams } from "../layers/timeEmbedding.ts";
import type { GraphWriter } from "./graph.ts";

/** `x sigmoid(x)`. */
export function writeSilu(graph: GraphWriter, x: string): string {
  return graph.node("Mul", [x, graph.node("Sigmoid", [x])]);
}

/** Input, weight and bias. */
function operands(graph: GraphWriter, params: WeightAndBias, x: string): string[] {
  const { input, weight } = graph.linear(params.weight, x);
  return "bias" in params ? [input, weight, graph.weight(params.bias)] : [input, weight];
}

/** {@link import("../layers/dense.ts").dense} of [batch, in]. */
export function writeDense(graph: GraphWriter, params: WeightAndBias, x: string): string {
  return graph.node("Gemm", operands(graph, params, x), { transB: 1 });
}

/** A square convolution with the border that keeps the size, before the stride. */
export function writeConv(graph: GraphWriter, params: WeightAndBias, x: string, stride = 1, output?: string): string {
  const kernel = params.weight.shape.slice(2);
  const border = kernel.map((size) => (size - 1) / 2);
  const attributes = { kernel_shape: kernel, strides: [stride, stride], pads: [...border, ...border] };
  return graph.node("Conv", operands(graph, params, x), attributes, output);
}

/** {@link import("../layers/norm.ts").groupNorm}: every group as a channel of an instance normalisation. */
export function writeGroupNorm(graph: GraphWriter, params: ScaleAndShift, x: string, groups: number): string {
  const grouped = graph.node("Reshape", [x, graph.integers([0, groups, -1])]);
  const [ones, zeros] = [1, 0].map((value) => graph.floats(new Array<number>(groups).fill(value), [groups]));
  const normal = graph.node("InstanceNormalization", [grouped, ones, zeros], { epsilon: { float: 1e-5 } });
  const shaped = graph.node("Reshape", [normal, graph.node("Shape", [x])]);
  if (!("scale" in params)) return shaped;
  const dims = [params.scale.size, 1, 1];
  const scaled = graph.node("Mul", [shaped, graph.weight(params.scale, dims)]);
  return graph.node("Add", [scaled, graph.weight(params.shift, dims)]);
}

/** Every pixel as a block of two by two. */
export function writeDoubling(graph: GraphWriter, x: string): string {
  return graph.node("Resize", [x, "", graph.floats([1, 1, 2, 2], [4])]);
}

/** {@link import("../layers/timeEmbedding.ts").timeEmbedding} of times [batch]. */
export function writeTimeEmbedding(
  graph: GraphWriter,
  params: TimeEmbeddingParams,
  time: string,
  options: { readonly scale: number; readonly maxPeriod: number },
): string {
  const half = params.first.weight.shape[1] / 2;
  const frequencies = Array.from({ length: half }, (_, k) => options.scale * options.maxPeriod ** (-k / half));
  const column = graph.node("Reshape", [time, graph.integers([-1, 1])]);
  const angles = graph.node("Mul", [column, graph.floats(frequencies, [1, half])]);
  const waves = graph.node("Concat", [graph.node("Sin", [angles]), graph.node("Cos", [angles])], { axis: 1 });
  return writeDense(graph, params.second, writeSilu(graph, writeDense(graph, params.first, waves)));
}

/** A dense layer on the last axis of [batch, positions, in]. */
function writeProjection(graph: GraphWriter, params: WeightAndBias, x: string): string {
  const { input, weight } = graph.linear(params.weight, x);
  const y = graph.node("MatMul", [input, graph.node("Transpose", [weight], { perm: [1, 0] })]);
  return "bias" in params ? graph.node("Add", [y, graph.weight(params.bias)]) : y;
}

/** {@link import("../layers/attention.ts").spatialAttention}, its input added. */
export function writeSpatialAttention(
  graph: GraphWriter,
  params: SpatialAttentionParams,
  x: string,
  options: { readonly heads: number; readonly groups: number },
): string {
  const { heads, groups } = options;
  const channels = params.attention.out.weight.shape[0];
  const size = channels / heads;
  const normal = writeGroupNorm(graph, params.norm, x, groups);
  const rows = graph.node("Reshape", [normal, graph.integers([0, channels, -1])]);
  const tokens = graph.node("Transpose", [rows], { perm: [0, 2, 1] });
  const joined = writeProjection(graph, params.attention.qkv, tokens);
  const split = graph.node("Reshape", [joined, graph.integers([0, 0, 3, heads, size])]);
  const parts = graph.node("Transpose", [split], { perm: [2, 0, 3, 1, 4] });
  const [q, k, v] = [0, 1, 2].map((i) => graph.node("Gather", [parts, graph.integers(i)], { axis: 0 }));
  const products = graph.node("MatMul", [q, graph.node("Transpose", [k], { perm: [0, 1, 3, 2] })]);
  const scores = graph.node("Mul", [products, graph.floats([1 / Math.sqrt(size)], [])]);
  const mixed = graph.node("MatMul", [graph.node("Softmax", [scores], { axis: 3 }), v]);
  const together = graph.node("Transpose", [mixed], { perm: [0, 2, 1, 3] });
  const flat = graph.node("Reshape", [together, graph.integers([0, 0, channels])]);
  const out = writeProjection(graph, params.attention.out, flat);
  const turned = graph.node("Transpose", [out], { perm: [0, 2, 1] });
  return graph.node("Add", [x, graph.node("Reshape", [turned, graph.node("Shape", [x])])]);
}
