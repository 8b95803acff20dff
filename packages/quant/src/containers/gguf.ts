/**
 * GGUF files, version 3: typed metadata and named tensors in block formats.
 * @see https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
import { ArgumentError, FormatError } from "@ansatz/tensor";
import type { Numbers } from "../check.ts";
import { BLOCK_FORMATS, blockFormat, decodeBlocks, encodeBlocks } from "../gguf/registry.ts";
import { readerOf, writer } from "./bytes.ts";
import type { Reader } from "./bytes.ts";
import { readGgufValue, writeGgufValue } from "./ggufValues.ts";
import type { GgufValue } from "./ggufValues.ts";

const NAME = "readGguf";
const MAGIC = [0x47, 0x47, 0x55, 0x46];
const VERSION = 3;
const ALIGNMENT = "general.alignment";

/** Types that exist but are not read here, for messages. */
const OTHER_TYPES: Readonly<Record<number, string>> = {
  7: "Q5_1",
  9: "Q8_1",
  10: "Q2_K",
  11: "Q3_K",
  13: "Q5_K",
  15: "Q8_K",
  16: "IQ2_XXS",
  17: "IQ2_XS",
  18: "IQ3_XXS",
  19: "IQ1_S",
  21: "IQ3_S",
  22: "IQ2_S",
  23: "IQ4_XS",
  24: "I8",
  25: "I16",
  26: "I32",
  27: "I64",
  28: "F64",
  29: "IQ1_M",
  30: "BF16",
  34: "TQ1_0",
  35: "TQ2_0",
};

/** A tensor of a GGUF file. */
export interface GgufTensor {
  readonly name: string;
  /** Outermost axis first (files store the reverse). */
  readonly shape: readonly number[];
  /** Name of the block format, e.g. `"Q4_0"`. */
  readonly type: string;
  /** The blocks; aliases the file. */
  readonly bytes: Uint8Array;
}

/** What a GGUF file holds. */
export interface GgufFile {
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
}

/** The float32 values of a tensor of a file. */
export function ggufValues(tensor: GgufTensor): Float32Array<ArrayBuffer> {
  return decodeBlocks(tensor.bytes, tensor.type);
}

/** A tensor's name, shape, type and place as the header gives them. */
interface Info extends Omit<GgufTensor, "bytes"> {
  readonly offset: number;
  readonly length: number;
}

function checkStart(reader: Reader): void {
  const magic = MAGIC.map(() => reader.u8("the magic number"));
  if (magic.some((byte, i) => byte !== MAGIC[i])) {
    throw new FormatError(`${NAME}: not a GGUF file (got bytes ${magic.join(" ")}, expected ${MAGIC.join(" ")}).`);
  }
  const version = reader.u32("the version");
  if (version !== VERSION) {
    throw new FormatError(`${NAME}: unknown version (got ${version}, expected ${VERSION}).`);
  }
}

function readInfo(reader: Reader, alignment: number): Info {
  const name = reader.text("the name of a tensor");
  const what = `tensor ${JSON.stringify(name)}`;
  const rank = reader.u32(`the rank of ${what}`);
  if (rank > 4) throw new FormatError(`${NAME}: ${what} has too many axes (got ${rank}, expected at most 4).`);
  const extents = Array.from({ length: rank }, () => reader.size(`an extent of ${what}`));
  const number = reader.u32(`the type of ${what}`);
  const format = BLOCK_FORMATS.find(({ type }) => type === number);
  if (format === undefined) {
    const known = BLOCK_FORMATS.map((f) => f.name).join(", ");
    const other = OTHER_TYPES[number] ?? `type ${number}`;
    throw new FormatError(
      `${NAME}: ${what} has a type that is not supported (got ${other}, expected one of ${known}).`,
    );
  }
  const offset = reader.size(`the offset of ${what}`);
  if (offset % alignment !== 0) {
    throw new FormatError(
      `${NAME}: ${what} is not aligned (got offset ${offset}, expected a multiple of ${alignment}).`,
    );
  }
  if ((extents[0] ?? 1) % format.block !== 0) {
    throw new FormatError(
      `${NAME}: rows of ${what} are no whole blocks (got ${extents[0] ?? 1}, expected a multiple of ${format.block}).`,
    );
  }
  const count = extents.reduce((a, b) => a * b, 1);
  const length = (count / format.block) * format.bytes;
  if (!Number.isSafeInteger(length)) {
    throw new FormatError(
      `${NAME}: ${what} is too large (got extents ${extents.join(" x ")}, expected fewer elements).`,
    );
  }
  return { name, shape: extents.reverse(), type: format.name, offset, length };
}

function alignmentOf(metadata: ReadonlyMap<string, GgufValue>): number {
  const entry = metadata.get(ALIGNMENT);
  if (entry === undefined) return 32;
  const { value } = entry;
  if (
    typeof value !== "number" ||
    !Number.isInteger(value) ||
    value < 1 ||
    value > 65536 ||
    (value & (value - 1)) !== 0
  ) {
    throw new FormatError(
      `${NAME}: ${ALIGNMENT} is out of range (got ${String(value)}, expected a power of two up to 65536).`,
    );
  }
  return value;
}

function unique<T>(map: Map<string, T>, key: string, value: T, what: string): void {
  if (map.has(key)) throw new FormatError(`${NAME}: ${what} occurs twice (got ${JSON.stringify(key)} again).`);
  map.set(key, value);
}

/** Throws when tensors share bytes. */
function checkOverlap(infos: readonly Info[]): void {
  const sorted = infos.filter(({ length }) => length > 0).sort((a, b) => a.offset - b.offset);
  for (let i = 1; i < sorted.length; i++) {
    const before = sorted[i - 1];
    if (before.offset + before.length > sorted[i].offset) {
      const names = [before, sorted[i]].map(({ name }) => JSON.stringify(name)).join(" and ");
      throw new FormatError(
        `${NAME}: tensors ${names} overlap (got offset ${sorted[i].offset}, expected at least ${before.offset + before.length}).`,
      );
    }
  }
}

/**
 * Reads a GGUF file: metadata and tensors of the types F32, F16, Q4_0, Q4_1, Q5_0, Q8_0, Q4_K, Q6_K, IQ4_NL, MXFP4 and
 * NVFP4. Every count and length is compared with the bytes that are there before anything is allocated; tensors alias
 * the file.
 * @throws FormatError for anything that breaks the format, and for other types, by name
 */
export function readGguf(file: Uint8Array): GgufFile {
  const reader = readerOf(NAME, file);
  checkStart(reader);
  const tensorCount = reader.size("the number of tensors");
  const entryCount = reader.size("the number of metadata entries");
  reader.need("the number of metadata entries", entryCount, 13);
  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < entryCount; i++) {
    const key = reader.text("a metadata key");
    unique(metadata, key, readGgufValue(NAME, reader, `metadata ${JSON.stringify(key)}`), "a metadata key");
  }
  reader.need("the number of tensors", tensorCount, 24);
  const alignment = alignmentOf(metadata);
  const infos = Array.from({ length: tensorCount }, () => readInfo(reader, alignment));
  const start = Math.ceil(reader.at() / alignment) * alignment;
  const tensors = new Map<string, GgufTensor>();
  for (const { name, shape, type, offset, length } of infos) {
    if (start + offset + length > file.length) {
      throw new FormatError(
        `${NAME}: tensor ${JSON.stringify(name)} lies outside the file (got bytes ${start + offset} to ` +
          `${start + offset + length}, expected at most ${file.length}).`,
      );
    }
    const bytes = file.subarray(start + offset, start + offset + length);
    unique(tensors, name, { name, shape, type, bytes }, "a tensor");
  }
  checkOverlap(infos);
  return { metadata, tensors };
}

/** A tensor to write: blocks, or values that become blocks. */
export type GgufInput = {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: string;
} & ({ readonly bytes: Uint8Array } | { readonly values: Numbers });

function blocksOf(tensor: GgufInput): Uint8Array {
  const { block, bytes } = blockFormat(tensor.type);
  const count = tensor.shape.reduce((a, b) => a * b, 1);
  const what = `tensor ${JSON.stringify(tensor.name)}`;
  if (tensor.shape.length > 4)
    throw new ArgumentError(`writeGguf: ${what} has too many axes (got ${tensor.shape.length}, expected at most 4).`);
  if ((tensor.shape.at(-1) ?? 1) % block !== 0) {
    throw new ArgumentError(
      `writeGguf: rows of ${what} are no whole blocks (got ${tensor.shape.at(-1) ?? 1}, expected a multiple of ${block}).`,
    );
  }
  const data = "bytes" in tensor ? tensor.bytes : encodeBlocks(tensor.values, tensor.type);
  const expected = (count / block) * bytes;
  if (data.length !== expected) {
    throw new ArgumentError(`writeGguf: ${what} has a wrong size (got ${data.length} bytes, expected ${expected}).`);
  }
  return data;
}

/**
 * The bytes of a GGUF file. Tensors keep their order; the alignment is 32 unless the metadata says otherwise.
 * @throws ArgumentError for sizes that do not fit, names that occur twice, and values that do not fit their type
 */
export function writeGguf(content: {
  readonly metadata: Iterable<readonly [string, GgufValue]>;
  readonly tensors: Iterable<GgufInput>;
}): Uint8Array<ArrayBuffer> {
  const metadata = new Map(content.metadata);
  const tensors = [...content.tensors];
  const names = new Set(tensors.map(({ name }) => name));
  if (names.size !== tensors.length) {
    throw new ArgumentError(
      `writeGguf: tensor names occur twice (got ${tensors.length} tensors, ${names.size} names).`,
    );
  }
  const alignment = alignmentOf(metadata);
  const to = writer();
  to.bytes(Uint8Array.from(MAGIC));
  to.u32(VERSION);
  to.u64(tensors.length);
  to.u64(metadata.size);
  for (const [key, value] of metadata) {
    to.text(key);
    writeGgufValue(to, value, `metadata ${JSON.stringify(key)}`);
  }
  let offset = 0;
  const data = tensors.map(blocksOf);
  for (const [i, { name, shape, type }] of tensors.entries()) {
    to.text(name);
    to.u32(shape.length);
    for (const extent of shape.toReversed()) to.u64(extent);
    to.u32(blockFormat(type).type);
    to.u64(offset);
    offset = Math.ceil((offset + data[i].length) / alignment) * alignment;
  }
  for (const bytes of data) {
    to.align(alignment);
    to.bytes(bytes);
  }
  to.align(alignment);
  return to.finish();
}
