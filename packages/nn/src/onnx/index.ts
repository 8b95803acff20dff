/** Networks as ONNX graphs, and any ONNX graph as the bytes of a file. */
export type { GraphWriter, OnnxFactors, OnnxLinearHook } from "./graph.ts";
export { ONNX_TYPES, encodeOnnx } from "./model.ts";
export type { OnnxConstant, OnnxModel, OnnxNode, OnnxType, OnnxValue } from "./model.ts";
export { unetOnnx } from "./unet.ts";
