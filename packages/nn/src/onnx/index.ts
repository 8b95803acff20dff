/** Networks as ONNX graphs. */
export type { OnnxConstant, OnnxGraph, OnnxNode, OnnxValue } from "./graph.ts";
export { unetOnnx } from "./unet.ts";
