/** ONNX models as plain data, and their bytes. */
import { ShapeError } from "@ansatz/tensor";
import type { Field } from "./proto.ts";
import { message } from "./proto.ts";

/** Numbers of element types in ONNX files. */
export const ONNX_TYPES = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  float8e4m3fn: 17,
  float8e5m2: 19,
  uint4: 21,
  int4: 22,
} as const;

/** Name of an element type. */
export type OnnxType = keyof typeof ONNX_TYPES;

/** A constant. Four-bit codes come packed, two in a byte and the first in the low nibble. */
export interface OnnxConstant {
  readonly name: string;
  readonly type: OnnxType;
  readonly dims: readonly number[];
  readonly data: Float32Array | Int8Array | Uint8Array | Int32Array | BigInt64Array;
}

/** An operation. Attributes are integers, lists of integers, or `{ float }`. */
export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, number | readonly number[] | { readonly float: number }>>;
  /** `"com.microsoft"` for contributed operations. */
  readonly domain?: string;
}

/** An input or output; texts among the extents are free. */
export interface OnnxValue {
  readonly name: string;
  readonly type: OnnxType;
  readonly dims: readonly (number | string)[];
}

/** A model of one graph. */
export interface OnnxModel {
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxConstant[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** 13 for 8-bit quantisation, 21 for 4-bit blocks and 8-bit floats. */
  readonly opset: 13 | 21;
}

function constantBytes({ name, type, dims, data }: OnnxConstant): Uint8Array {
  const codes = dims.reduce((a, b) => a * b, 1);
  const size = type === "int4" || type === "uint4" ? Math.ceil(codes / 2) : codes;
  if (data.length !== size) {
    throw new ShapeError(`onnx: constant ${name} has a wrong size (got ${data.length}, expected ${size}).`);
  }
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return message(...dims.map((d): Field => [1, d]), [2, ONNX_TYPES[type]], [8, name], [9, bytes]);
}

function attributeBytes(name: string, value: number | readonly number[] | { readonly float: number }): Uint8Array {
  if (typeof value === "number") return message([1, name], [3, value], [20, 2]);
  if ("float" in value) return message([1, name], [2, value], [20, 1]);
  return message([1, name], ...value.map((v): Field => [8, v]), [20, 7]);
}

function nodeBytes({ op, inputs, outputs, attributes = {}, domain }: OnnxNode): Uint8Array {
  return message(
    ...inputs.map((name): Field => [1, name]),
    ...outputs.map((name): Field => [2, name]),
    [4, op],
    ...Object.entries(attributes).map(([name, value]): Field => [5, attributeBytes(name, value)]),
    ...(domain === undefined ? [] : [[7, domain] as const]),
  );
}

function valueBytes({ name, type, dims }: OnnxValue): Uint8Array {
  const shape = message(...dims.map((d): Field => [1, typeof d === "number" ? message([1, d]) : message([2, d])]));
  return message([1, name], [2, message([1, message([1, ONNX_TYPES[type]], [2, shape])])]);
}

/**
 * The bytes of an .onnx file. Throws for constants whose data do not fit their extents.
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3
 */
export function encodeOnnx({ nodes, constants, inputs, outputs, opset }: OnnxModel): Uint8Array {
  const graph = message(
    ...nodes.map((node): Field => [1, nodeBytes(node)]),
    [2, "ansatz"],
    ...constants.map((constant): Field => [5, constantBytes(constant)]),
    ...inputs.map((input): Field => [11, valueBytes(input)]),
    ...outputs.map((output): Field => [12, valueBytes(output)]),
  );
  const domains = new Set(nodes.flatMap(({ domain }) => (domain === undefined ? [] : [domain])));
  return message(
    [1, opset === 13 ? 8 : 10],
    [2, "ansatz"],
    [7, graph],
    [8, message([1, ""], [2, opset])],
    ...[...domains].map((domain): Field => [8, message([1, domain], [2, 1])]),
  );
}
