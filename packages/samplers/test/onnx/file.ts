/** Writing small .onnx files: the protocol buffers of onnx.proto3, as far as these tests need them. */

const utf8 = new TextEncoder();

type Field = readonly [number: number, value: Uint8Array | string | number];

/** A message: length-delimited fields for bytes and strings, varints for non-negative integers. */
function message(...fields: readonly Field[]): Uint8Array {
  const bytes: number[] = [];
  const varint = (value: number): void => {
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
    bytes.push(rest);
  };
  for (const [number, value] of fields) {
    if (typeof value === "number") {
      varint(number * 8);
      varint(value);
    } else {
      const content = typeof value === "string" ? utf8.encode(value) : value;
      varint(number * 8 + 2);
      varint(content.length);
      for (const byte of content) bytes.push(byte);
    }
  }
  return Uint8Array.from(bytes);
}

const FLOAT = 1;
const INT64 = 7;

/** A weight. */
export interface Weight {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/** An operation with integer-list attributes. */
export interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly ints?: Readonly<Record<string, readonly number[]>>;
  /** An integer attribute `to`, for casts. */
  readonly to?: number;
}

/** An input or output; strings are free dimensions. */
export interface Value {
  readonly name: string;
  readonly dims: readonly (number | string)[];
  readonly integer?: boolean;
}

/** The bytes of a model with one graph. */
export function onnxModel(graph: {
  readonly nodes: readonly Node[];
  readonly weights: readonly Weight[];
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}): Uint8Array {
  const weights = graph.weights.map(({ name, dims, data }) =>
    message(...dims.map((d): Field => [1, d]), [2, FLOAT], [8, name], [9, new Uint8Array(data.buffer)]),
  );
  const nodes = graph.nodes.map(({ op, inputs, output, ints = {}, to }) =>
    message(
      ...inputs.map((input): Field => [1, input]),
      [2, output],
      [4, op],
      ...Object.entries(ints).map(([name, list]): Field => [
        5,
        message([1, name], ...list.map((v): Field => [8, v]), [20, 7]),
      ]),
      ...(to === undefined ? [] : [[5, message([1, "to"], [3, to], [20, 2])] as Field]),
    ),
  );
  const value = ({ name, dims, integer }: Value): Uint8Array => {
    const shape = message(...dims.map((d): Field => [1, typeof d === "number" ? message([1, d]) : message([2, d])]));
    return message([1, name], [2, message([1, message([1, integer === true ? INT64 : FLOAT], [2, shape])])]);
  };
  const body = message(
    ...nodes.map((node): Field => [1, node]),
    [2, "denoiser"],
    ...weights.map((weight): Field => [5, weight]),
    ...graph.inputs.map((input): Field => [11, value(input)]),
    ...graph.outputs.map((output): Field => [12, value(output)]),
  );
  return message([1, 8], [7, body], [8, message([1, ""], [2, 13])]);
}

/** The code of a type for casts. */
export const TO_FLOAT: number = FLOAT;
