/** The U-Net as an ONNX graph. */
import type { WeightAndBias } from "../layers/dense.ts";
import type { SpatialAttentionParams } from "../layers/attention.ts";
import type { ResBlockParams } from "../models/resBlock.ts";
import { unet, UNET_DEFAULTS, type UNetOptions, type UNetParams } from "../models/unet.ts";
import { graphWriter, type GraphWriter, type OnnxLinearHook } from "./graph.ts";
import {
  writeConv,
  writeDense,
  writeDoubling,
  writeGroupNorm,
  writeSilu,
  writeSpatialAttention,
  writeTimeEmbedding,
} from "./layers.ts";
import type { OnnxModel } from "./model.ts";

function writeResBlock(
  graph: GraphWriter,
  params: ResBlockParams,
  x: string,
  features: string,
  groups: number,
): string {
  const normal = (of: ResBlockParams["norm1"], y: string): string =>
    writeSilu(graph, writeGroupNorm(graph, of, y, groups));
  const first = writeConv(graph, params.conv1, normal(params.norm1, x));
  const shift = writeDense(graph, params.condition, writeSilu(graph, features));
  const shaped = graph.node("Reshape", [shift, graph.integers([0, -1, 1, 1])]);
  const second = writeConv(graph, params.conv2, normal(params.norm2, graph.node("Add", [first, shaped])));
  const skip = "weight" in params.skip ? writeConv(graph, params.skip as WeightAndBias, x) : x;
  return graph.node("Add", [skip, second]);
}

/**
 * A {@link unet} with its parameters as an ONNX graph of opset 13 (21 where a hook writes types that came with it): inputs `sample` [batch, channels, height, width] and
 * `timestep` [batch], both float32, and the output `out_sample`. Batch, height and width are free; f64 parameters are
 * rounded to f32. `encodeOnnx` turns the graph into the bytes of a file.
 * @param options those that the network was made with
 * @param linear how the factors of linear layers are written, where not as floats
 * @throws ArgumentError for an option outside its range
 * @example
 * const options = { base: 32, multipliers: [1, 2, 2] };
 * const graph = await unetOnnx(options, params);
 * await writeFile("unet.onnx", encodeOnnx(graph));
 */
export async function unetOnnx(options: UNetOptions, params: UNetParams, linear?: OnnxLinearHook): Promise<OnnxModel> {
  unet(options);
  const {
    channels = UNET_DEFAULTS.channels,
    groups = UNET_DEFAULTS.groups,
    heads = UNET_DEFAULTS.heads,
    timeScale = UNET_DEFAULTS.timeScale,
  } = options;
  const graph = graphWriter(linear);
  const features = writeTimeEmbedding(graph, params.time, "timestep", { scale: timeScale, maxPeriod: 10000 });
  const block = (of: ResBlockParams, y: string): string => writeResBlock(graph, of, y, features, groups);
  const skips: string[] = [];
  let h = writeConv(graph, params.input, "sample");
  for (const { blocks, resample } of params.down) {
    for (const of of blocks) {
      h = block(of, h);
      skips.push(h);
    }
    if ("weight" in resample) h = writeConv(graph, resample as WeightAndBias, h, 2);
  }
  const { first, attention, second } = params.middle;
  h = block(first, h);
  if (heads > 0) h = writeSpatialAttention(graph, attention as SpatialAttentionParams, h, { heads, groups });
  h = block(second, h);
  for (const { blocks, resample } of params.up) {
    for (const of of blocks) h = block(of, graph.node("Concat", [h, skips.pop() as string], { axis: 1 }));
    if ("weight" in resample) h = writeDoubling(graph, writeConv(graph, resample as WeightAndBias, h));
  }
  const last = writeSilu(graph, writeGroupNorm(graph, params.norm, h, groups));
  writeConv(graph, params.output, last, 1, "out_sample");
  const images = ["batch", channels, "height", "width"];
  return {
    ...(await graph.parts()),
    inputs: [
      { name: "sample", type: "float32", dims: images },
      { name: "timestep", type: "float32", dims: ["batch"] },
    ],
    outputs: [{ name: "out_sample", type: "float32", dims: images }],
  };
}
