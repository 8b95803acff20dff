/**
 * The safetensors format (Hugging Face): eight bytes with the length of a JSON header, the header, then the elements of
 * all arrays without gaps. https://github.com/huggingface/safetensors describes it.
 */
import type { DType } from "../dtype.ts";
import { ArgumentError, FormatError } from "../errors.ts";
import {
  checkFileShape,
  decodeElements,
  elementInfo,
  encodeElements,
  encodeHalves,
  type ElementFormat,
  type RawTensor,
} from "./elements.ts";
import { METADATA, parseSafetensorsHeader, type SafetensorsEntry } from "./safetensorsHeader.ts";

const NAME = "readSafetensors";

/** Longest header that the format allows. */
const MAX_HEADER = 100_000_000;

const FORMATS: Record<string, ElementFormat> = {
  BOOL: "bool",
  I8: "i8",
  U8: "u8",
  I16: "i16",
  U16: "u16",
  I32: "i32",
  U32: "u32",
  F16: "f16",
  BF16: "bf16",
  F32: "f32",
  F64: "f64",
  I64: "i64",
  U64: "u64",
  F8_E4M3: "f8e4m3",
  F8_E5M2: "f8e5m2",
  C64: "c64",
};

const DTYPE_NAMES: Record<Exclude<DType, "c128">, string> = {
  bool: "BOOL",
  i32: "I32",
  u32: "U32",
  f16: "F16",
  f32: "F32",
  f64: "F64",
  c64: "C64",
};

/** Order of arrays in a file: widest elements first, so that all are aligned, and ties as the reference writer has them. */
const WRITE_ORDER = ["C64", "F64", "F32", "U32", "I32", "F16", "BOOL"];

/** A named set of arrays and free text, as a file holds them. */
export interface RawSafetensors {
  readonly tensors: ReadonlyMap<string, RawTensor>;
  readonly metadata: Record<string, string>;
}

/** One array of a file as it lies there: the name of its element type and its bytes, which alias the file's. */
export interface SafetensorsPart {
  readonly name: string;
  /** As the file spells it, e.g. `"F8_E4M3"`. */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** The arrays of a file without looking at their elements. The header is checked as for reading. */
export function safetensorsParts(file: Uint8Array): {
  parts: SafetensorsPart[];
  metadata: Record<string, string>;
} {
  const { text, body } = cut(file);
  const { entries, metadata } = parseSafetensorsHeader(text);
  checkCover(entries, body.length);
  const parts = entries.map(({ name, dtype, shape, begin, end }) => ({
    name,
    dtype,
    shape,
    bytes: body.subarray(begin, end),
  }));
  return { parts, metadata };
}

/** Cuts a file into its header text and the bytes of the elements. */
function cut(bytes: Uint8Array): { text: string; body: Uint8Array } {
  if (bytes.length < 8) {
    throw new FormatError(`${NAME}: not a safetensors file (got ${bytes.length} bytes, expected at least 8).`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(4, true) * 4294967296 + view.getUint32(0, true);
  if (length > MAX_HEADER) {
    throw new FormatError(
      `${NAME}: the header is too long (got ${length} bytes, expected at most ${MAX_HEADER}). The file may not be in safetensors format.`,
    );
  }
  if (8 + length > bytes.length) {
    throw new FormatError(
      `${NAME}: the header is cut off (got ${bytes.length} bytes, expected at least ${8 + length}).`,
    );
  }
  const header = bytes.subarray(8, 8 + length);
  if (header[0] !== 0x7b) {
    throw new FormatError(`${NAME}: the header must start with "{" (got byte ${header[0] ?? "none"}, expected 123).`);
  }
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(header), body: bytes.subarray(8 + length) };
  } catch {
    throw new FormatError(`${NAME}: the header is not UTF-8 text.`);
  }
}

/** Throws unless the arrays cover all bytes of the body, each byte once. */
function checkCover(entries: readonly SafetensorsEntry[], bytes: number): void {
  const sorted = [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let at = 0;
  let before = "";
  for (const { name, begin, end } of sorted) {
    const quoted = JSON.stringify(name);
    if (end < begin || end > bytes) {
      throw new FormatError(
        `${NAME}: tensor ${quoted} lies outside the file (got bytes ${begin} to ${end}, expected within 0 to ${bytes}).`,
      );
    }
    if (begin < at) {
      throw new FormatError(
        `${NAME}: tensors ${before} and ${quoted} overlap (got the second at byte ${begin}, expected ${at}).`,
      );
    }
    if (begin > at) {
      throw new FormatError(`${NAME}: unused bytes before tensor ${quoted} (got it at byte ${begin}, expected ${at}).`);
    }
    at = end;
    before = quoted;
  }
  if (at !== bytes) {
    throw new FormatError(`${NAME}: unused bytes at the end (got ${bytes} bytes of elements, expected ${at}).`);
  }
}

function decodeEntry(entry: SafetensorsEntry, body: Uint8Array, keepHalves: boolean): RawTensor {
  const quoted = JSON.stringify(entry.name);
  const found = Object.hasOwn(FORMATS, entry.dtype) ? FORMATS[entry.dtype] : undefined;
  if (found === undefined) {
    throw new FormatError(
      `${NAME}: tensor ${quoted} has an element type that is not supported (got ${entry.dtype}, expected one of ${Object.keys(FORMATS).join(", ")}). Leave it out with the option names.`,
    );
  }
  const format = found === "f16" && keepHalves ? "f16bits" : found;
  const { bytes: width, dtype } = elementInfo(format);
  const size = checkFileShape(`${NAME}: tensor ${quoted}`, entry.shape);
  if (entry.end - entry.begin !== size * width) {
    throw new FormatError(
      `${NAME}: tensor ${quoted} has a wrong number of bytes (got ${entry.end - entry.begin}, expected ${size * width} for ${entry.dtype} of shape [${entry.shape.join(",")}]).`,
    );
  }
  const data = decodeElements(`${NAME}: tensor ${quoted}`, body.subarray(entry.begin, entry.end), format);
  return { shape: entry.shape, dtype, data };
}

/**
 * Reads a safetensors file; the rules are those of {@link import("../io.ts").readSafetensors}.
 * @param names the arrays to decode, all when undefined
 * @param keepHalves halves stay halves
 */
export function decodeSafetensors(bytes: Uint8Array, names?: readonly string[], keepHalves = false): RawSafetensors {
  const { text, body } = cut(bytes);
  const { entries, metadata } = parseSafetensorsHeader(text);
  checkCover(entries, body.length);
  const tensors = new Map<string, RawTensor>();
  if (names === undefined) {
    for (const entry of entries) tensors.set(entry.name, decodeEntry(entry, body, keepHalves));
    return { tensors, metadata };
  }
  const byName = new Map(entries.map((e) => [e.name, e]));
  for (const name of names) {
    const entry = byName.get(name);
    if (entry === undefined) {
      throw new ArgumentError(
        `${NAME}: no tensor of this name in the file (got ${JSON.stringify(name)}, expected one of ${preview([...byName.keys()])}).`,
      );
    }
    tensors.set(name, decodeEntry(entry, body, keepHalves));
  }
  return { tensors, metadata };
}

function preview(names: readonly string[]): string {
  const shown = names.slice(0, 8).map((n) => JSON.stringify(n));
  return names.length > 8 ? `${shown.join(", ")} and ${names.length - 8} more` : shown.join(", ") || "none";
}

/** Throws for a text that UTF-8 cannot hold. */
function checkText(what: string, text: unknown): void {
  if (typeof text !== "string" || /\p{Surrogate}/u.test(text)) {
    throw new ArgumentError(`writeSafetensors: ${what} must be a well-formed text (got ${JSON.stringify(text)}).`);
  }
}

/** What {@link encodeSafetensors} may be told. */
export interface EncodeOptions {
  readonly metadata?: Readonly<Record<string, string>>;
  /** Element type for f32 and f64 arrays. */
  readonly storage?: "f16";
}

/** Writes a safetensors file; the rules are those of {@link import("../io.ts").writeSafetensors}. */
export function encodeSafetensors(tensors: Iterable<[string, RawTensor]>, options: EncodeOptions = {}): Uint8Array {
  const parts = Array.from(tensors, ([name, raw]) => {
    if (raw.dtype === "c128") {
      throw new ArgumentError(
        `writeSafetensors: the format has no complex numbers of 128 bits (got c128 for ${JSON.stringify(name)}, expected at most c64). Use astype() or asReal().`,
      );
    }
    const half = options.storage === "f16" && (raw.dtype === "f32" || raw.dtype === "f64");
    const bytes = half
      ? encodeHalves(`writeSafetensors: tensor ${JSON.stringify(name)}`, raw.data)
      : encodeElements(raw.data);
    return { name, shape: raw.shape, dtype: half ? "F16" : DTYPE_NAMES[raw.dtype], bytes };
  });
  parts.sort((a, b) => WRITE_ORDER.indexOf(a.dtype) - WRITE_ORDER.indexOf(b.dtype) || (a.name < b.name ? -1 : 1));
  return assembleSafetensors(parts, options.metadata);
}

/** The bytes of a file with these arrays, in this order. Throws for names and free text that UTF-8 cannot hold. */
export function assembleSafetensors(
  parts: readonly SafetensorsPart[],
  metadata: Readonly<Record<string, string>> | undefined,
): Uint8Array {
  for (const { name } of parts) {
    checkText("a tensor's name", name);
    if (name === METADATA) {
      throw new ArgumentError(
        `writeSafetensors: ${METADATA} cannot be the name of a tensor. Use the option metadata for free text.`,
      );
    }
  }
  const fields: string[] = [];
  if (metadata !== undefined) {
    const entries = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [key, value] of entries) {
      checkText("a metadata key", key);
      checkText(`metadata ${JSON.stringify(key)}`, value);
    }
    const texts = entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
    fields.push(`"${METADATA}":{${texts.join(",")}}`);
  }
  let at = 0;
  for (const { name, dtype, shape, bytes } of parts) {
    const offsets = `${at},${at + bytes.length}`;
    fields.push(
      `${JSON.stringify(name)}:{"dtype":"${dtype}","shape":[${shape.join(",")}],"data_offsets":[${offsets}]}`,
    );
    at += bytes.length;
  }
  const text = new TextEncoder().encode(`{${fields.join(",")}}`);
  const length = Math.ceil(text.length / 8) * 8;
  const out = new Uint8Array(8 + length + at).fill(0x20, 8, 8 + length);
  new DataView(out.buffer).setUint32(0, length, true);
  out.set(text, 8);
  let place = 8 + length;
  for (const { bytes } of parts) {
    out.set(bytes, place);
    place += bytes.length;
  }
  return out;
}
