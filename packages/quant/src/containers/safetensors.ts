/**
 * safetensors files with the small element types that the tensor core does not have: 8-bit integers and floats as they
 * are. For ordinary tensors use `@ansatz/tensor/io`.
 */
import { ArgumentError, FormatError } from "@ansatz/tensor";
import { assembleSafetensors, safetensorsParts } from "@ansatz/tensor/io";
import type { SafetensorsPart } from "@ansatz/tensor/io";
import { decodeFloat } from "../formats/float.ts";

/** Typed arrays that hold the values of an element type. */
export type SmallArray =
  | Int8Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>;

interface Element {
  readonly bytes: number;
  readonly values: (own: Uint8Array<ArrayBuffer>) => SmallArray;
}

/** Element types by the names that files use. Hosts are little-endian, as every one that runs JavaScript today. */
const ELEMENTS: Readonly<Record<string, Element>> = {
  BOOL: { bytes: 1, values: (b) => b },
  U8: { bytes: 1, values: (b) => b },
  I8: { bytes: 1, values: (b) => new Int8Array(b.buffer) },
  F8_E4M3: { bytes: 1, values: (b) => decodeFloat(b, "e4m3fn") },
  F8_E5M2: { bytes: 1, values: (b) => decodeFloat(b, "e5m2") },
  U16: { bytes: 2, values: (b) => new Uint16Array(b.buffer) },
  I16: { bytes: 2, values: (b) => new Int16Array(b.buffer) },
  F16: { bytes: 2, values: (b) => decodeFloat(new Uint16Array(b.buffer), "f16") },
  BF16: { bytes: 2, values: (b) => decodeFloat(new Uint16Array(b.buffer), "bf16") },
  U32: { bytes: 4, values: (b) => new Uint32Array(b.buffer) },
  I32: { bytes: 4, values: (b) => new Int32Array(b.buffer) },
  F32: { bytes: 4, values: (b) => new Float32Array(b.buffer) },
  F64: { bytes: 8, values: (b) => new Float64Array(b.buffer) },
};

/** Throws unless an array's bytes are what its type and shape say. */
function checkPart(
  name: string,
  { name: tensor, dtype, shape, bytes }: SafetensorsPart,
  problem: typeof FormatError | typeof ArgumentError,
): void {
  const what = `${name}: tensor ${JSON.stringify(tensor)}`;
  if (!Object.hasOwn(ELEMENTS, dtype)) {
    const known = Object.keys(ELEMENTS).join(", ");
    throw new problem(`${what} has an element type that is not supported (got ${dtype}, expected one of ${known}).`);
  }
  const expected = shape.reduce((a, b) => a * b, 1) * ELEMENTS[dtype].bytes;
  if (bytes.length !== expected) {
    throw new problem(
      `${what} has a wrong number of bytes (got ${bytes.length}, expected ${expected} for ${dtype} of shape [${shape.join(", ")}]).`,
    );
  }
}

/**
 * The arrays of a safetensors file with their element types, small ones included. Bytes alias the file.
 * @throws FormatError when the file breaks the format (see `readSafetensors` of `@ansatz/tensor/io`), and for element
 * types that are not known
 */
export function readSmallSafetensors(file: Uint8Array): {
  readonly tensors: ReadonlyMap<string, SafetensorsPart>;
  readonly metadata: Readonly<Record<string, string>>;
} {
  const { parts, metadata } = safetensorsParts(file);
  for (const part of parts) checkPart("readSmallSafetensors", part, FormatError);
  return { tensors: new Map(parts.map((part) => [part.name, part])), metadata };
}

/**
 * The values of an array of a file, in a copy. Floats of 8 and 16 bits become float32.
 * @throws ArgumentError for arguments out of range
 */
export function safetensorsValues(part: SafetensorsPart): SmallArray {
  checkPart("safetensorsValues", part, ArgumentError);
  return ELEMENTS[part.dtype].values(new Uint8Array(part.bytes));
}

/**
 * The bytes of a safetensors file with these arrays, which keep their order except that wide elements go first, so that
 * all are aligned.
 * @throws ArgumentError for names that occur twice, types that are not known and bytes that do not fit the shape
 */
export function writeSmallSafetensors(
  parts: readonly SafetensorsPart[],
  metadata?: Readonly<Record<string, string>>,
): Uint8Array {
  for (const part of parts) checkPart("writeSmallSafetensors", part, ArgumentError);
  if (new Set(parts.map(({ name }) => name)).size !== parts.length) {
    throw new ArgumentError(
      `writeSmallSafetensors: names occur twice (got ${parts.map(({ name }) => name).join(", ")}).`,
    );
  }
  const sorted = [...parts].sort((a, b) => ELEMENTS[b.dtype].bytes - ELEMENTS[a.dtype].bytes);
  return assembleSafetensors(sorted, metadata);
}
