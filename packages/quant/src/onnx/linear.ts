/** Quantised linear layers as ONNX models. Input `x` [batch, K], output `y` [batch, N], weights [N, K]. */
import type { OnnxConstant, OnnxModel, OnnxNode, OnnxType, OnnxValue } from "@ansatz/nn/onnx";
import { packNibbles } from "../formats/nibbles.ts";
import type { NBitsWeight } from "../integer/matmulNBits.ts";

/** A scale and a zero point for a whole tensor, in unsigned bytes. */
export interface ByteQuantizer {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** A weight of signed bytes [rows, columns], symmetric, with a scale for each row. */
export interface ByteWeight {
  readonly codes: Int8Array;
  readonly scale: Float32Array;
  readonly rows: number;
  readonly columns: number;
}

const float = (name: string, data: ArrayLike<number>, dims: readonly number[] = [data.length]): OnnxConstant => ({
  name,
  type: "float32",
  dims,
  data: Float32Array.from(data),
});

const scalar = (name: string, value: number): OnnxConstant => float(name, [value], []);

const byte = (name: string, value: number): OnnxConstant => ({
  name,
  type: "uint8",
  dims: [],
  data: Uint8Array.of(value),
});

const node = (
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: NonNullable<OnnxNode["attributes"]> = {},
): OnnxNode => ({ op, inputs, outputs: [output], attributes });

function model(
  parts: Pick<OnnxModel, "nodes" | "constants"> & { readonly opset?: 13 | 21; readonly output?: OnnxType },
  columns: number,
  rows: number,
): OnnxModel {
  const { nodes, constants, opset = 13, output = "float32" } = parts;
  const value = (name: string, type: OnnxType, extent: number): OnnxValue => ({ name, type, dims: ["batch", extent] });
  return { nodes, constants, opset, inputs: [value("x", "float32", columns)], outputs: [value("y", output, rows)] };
}

/** Nodes and constants that quantise and dequantise a tensor: `from` to `to`. */
export function roundTrip(
  from: string,
  to: string,
  { scale, zeroPoint }: ByteQuantizer,
): { readonly nodes: readonly OnnxNode[]; readonly constants: readonly OnnxConstant[] } {
  return {
    nodes: [
      node("QuantizeLinear", [from, `${to}_s`, `${to}_z`], `${to}_q`),
      node("DequantizeLinear", [`${to}_q`, `${to}_s`, `${to}_z`], to),
    ],
    constants: [scalar(`${to}_s`, scale), byte(`${to}_z`, zeroPoint)],
  };
}

/** x → codes → x̂, weights from codes with a scale for each row, then a product with a bias: the QDQ form. */
export function qdqLinear(weight: ByteWeight, input: ByteQuantizer, bias: ArrayLike<number>): OnnxModel {
  const { rows, columns, codes, scale } = weight;
  const around = roundTrip("x", "xd", input);
  return model(
    {
      nodes: [
        ...around.nodes,
        node("DequantizeLinear", ["w", "ws", "wz"], "wd", { axis: 0 }),
        node("Gemm", ["xd", "wd", "b"], "y", { transB: 1 }),
      ],
      constants: [
        ...around.constants,
        { name: "w", type: "int8", dims: [rows, columns], data: codes },
        float("ws", scale),
        { name: "wz", type: "int8", dims: [rows], data: new Int8Array(rows) },
        float("b", bias),
      ],
    },
    columns,
    rows,
  );
}

function transposed({ codes, rows, columns }: ByteWeight): Int8Array {
  return Int8Array.from(codes, (_, i) => codes[(i % rows) * columns + Math.floor(i / rows)]);
}

/** The input is quantised with its own range at run time, the product is one of integers (MatMulInteger). */
export function dynamicLinear(weight: ByteWeight): OnnxModel {
  const { rows, columns, scale } = weight;
  return model(
    {
      nodes: [
        { op: "DynamicQuantizeLinear", inputs: ["x"], outputs: ["xq", "xs", "xz"] },
        node("MatMulInteger", ["xq", "w", "xz", "wz"], "sums"),
        node("Cast", ["sums"], "floats", { to: 1 }),
        node("Mul", ["xs", "ws"], "factors"),
        node("Mul", ["floats", "factors"], "y"),
      ],
      constants: [
        { name: "w", type: "int8", dims: [columns, rows], data: transposed(weight) },
        { name: "wz", type: "int8", dims: [], data: Int8Array.of(0) },
        float("ws", scale),
      ],
    },
    columns,
    rows,
  );
}

/** Codes in, codes out (QLinearMatMul): the output is unsigned bytes. */
export function integerLinearModel(weight: ByteWeight, input: ByteQuantizer, output: ByteQuantizer): OnnxModel {
  const { rows, columns, scale } = weight;
  return model(
    {
      nodes: [
        node("QuantizeLinear", ["x", "xs", "xz"], "xq"),
        node("QLinearMatMul", ["xq", "xs", "xz", "w", "ws", "wz", "ys", "yz"], "y"),
      ],
      constants: [
        scalar("xs", input.scale),
        byte("xz", input.zeroPoint),
        { name: "w", type: "int8", dims: [columns, rows], data: transposed(weight) },
        float("ws", scale),
        { name: "wz", type: "int8", dims: [rows], data: new Int8Array(rows) },
        scalar("ys", output.scale),
        byte("yz", output.zeroPoint),
      ],
      output: "uint8",
    },
    columns,
    rows,
  );
}

/** Signed 4-bit weights with a scale and a zero point for each block of a row (opset 21). */
export function int4Linear(weight: {
  readonly codes: Int8Array;
  /** [rows, columns/block]. */
  readonly scale: Float32Array;
  /** [rows, columns/block]; all zero when left out. */
  readonly zeroPoint?: Int8Array;
  readonly rows: number;
  readonly columns: number;
  readonly block: number;
}): OnnxModel {
  const { codes, scale, zeroPoint, rows, columns, block } = weight;
  const dims = [rows, columns / block];
  const zero: OnnxConstant[] =
    zeroPoint === undefined ? [] : [{ name: "wz", type: "int4", dims, data: packNibbles(zeroPoint) }];
  return model(
    {
      nodes: [
        node("DequantizeLinear", ["w", "ws", ...zero.map(({ name }) => name)], "wd", { axis: 1, block_size: block }),
        node("Transpose", ["wd"], "wt", { perm: [1, 0] }),
        node("MatMul", ["x", "wt"], "y"),
      ],
      constants: [
        { name: "w", type: "int4", dims: [rows, columns], data: packNibbles(codes) },
        float("ws", scale, dims),
        ...zero,
      ],
      opset: 21,
    },
    columns,
    rows,
  );
}

/** Weights in 8-bit floats under one scale for the tensor or one for each row (opset 21). */
export function float8Linear(weight: {
  readonly codes: Uint8Array;
  readonly format: "e4m3fn" | "e5m2";
  readonly scale: ArrayLike<number>;
  readonly rows: number;
  readonly columns: number;
  readonly bias: ArrayLike<number>;
}): OnnxModel {
  const { codes, format, scale, rows, columns, bias } = weight;
  const whole = scale.length === 1;
  return model(
    {
      nodes: [
        node("DequantizeLinear", ["w", "ws"], "wd", whole ? {} : { axis: 0 }),
        node("Gemm", ["x", "wd", "b"], "y", { transB: 1 }),
      ],
      constants: [
        { name: "w", type: `float8${format}`, dims: [rows, columns], data: codes },
        whole ? scalar("ws", scale[0]) : float("ws", scale),
        float("b", bias),
      ],
      opset: 21,
    },
    columns,
    rows,
  );
}

/** Unsigned 4-bit weights for ONNX Runtime's MatMulNBits, which works on the packed codes. */
export function nBitsLinear({ codes, scale, zeroPoint, rows, columns, block }: NBitsWeight): OnnxModel {
  return model(
    {
      nodes: [
        {
          ...node("MatMulNBits", ["x", "w", "ws", "wz"], "y", { K: columns, N: rows, bits: 4, block_size: block }),
          domain: "com.microsoft",
        },
      ],
      constants: [
        { name: "w", type: "uint8", dims: [rows, columns / block, block / 2], data: codes },
        float("ws", scale),
        { name: "wz", type: "uint8", dims: [zeroPoint.length], data: zeroPoint },
      ],
      opset: 21,
    },
    columns,
    rows,
  );
}
