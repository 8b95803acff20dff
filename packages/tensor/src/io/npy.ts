/**
 * NumPy's array file format, versions 1 to 3 ("A simple file format for NumPy arrays", NumPy enhancement proposal 1):
 * magic bytes, version, length of the header, a Python dictionary as text, the elements.
 */
import { partsOf, type DType } from "../dtype.ts";
import { FormatError } from "../errors.ts";
import {
  checkFileShape,
  decodeElements,
  elementInfo,
  encodeElements,
  type ElementFormat,
  type RawTensor,
} from "./elements.ts";
import { parseNpyHeader } from "./npyHeader.ts";
import { gatherStrided } from "./strided.ts";

const NAME = "readNpy";
/** NumPy itself reads at most 10 000 bytes by default; ours come with one element type and few axes. */
const MAX_HEADER = 65536;
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Kind and size of an element type as NumPy writes them. */
const KINDS: Record<string, ElementFormat> = {
  b1: "bool",
  i1: "i8",
  u1: "u8",
  i2: "i16",
  u2: "u16",
  i4: "i32",
  u4: "u32",
  f2: "f16",
  f4: "f32",
  f8: "f64",
  i8: "i64",
  u8: "u64",
  c8: "c64",
  c16: "c128",
};

const DESCRIPTIONS: Record<DType, string> = {
  bool: "|b1",
  i32: "<i4",
  u32: "<u4",
  f16: "<f2",
  f32: "<f4",
  f64: "<f8",
  c64: "<c8",
  c128: "<c16",
};

function elementFormat(descr: string): { format: ElementFormat; littleEndian: boolean } {
  const format = /^[<>|]/.test(descr) && Object.hasOwn(KINDS, descr.slice(1)) ? KINDS[descr.slice(1)] : undefined;
  if (format !== undefined && (descr[0] !== "|" || elementInfo(format).bytes === 1)) {
    return { format, littleEndian: descr[0] !== ">" };
  }
  throw new FormatError(
    `${NAME}: element type not supported (got ${JSON.stringify(descr)}, expected one of |b1, i1, u1, i2, u2, i4, u4, i8, u8, f2, f4, f8, c8, c16).`,
  );
}

/** Cuts a file into its header text and the bytes of its elements. */
function cut(bytes: Uint8Array): { header: string; body: Uint8Array } {
  if (bytes.length < 10 || MAGIC.some((m, i) => bytes[i] !== m)) {
    throw new FormatError(
      `${NAME}: not a .npy file (got ${bytes.length} bytes, expected at least 10 that start with \\x93NUMPY).`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [major, minor] = [bytes[6], bytes[7]];
  if (major < 1 || major > 3 || minor !== 0) {
    throw new FormatError(`${NAME}: unknown version (got ${major}.${minor}, expected 1.0, 2.0 or 3.0).`);
  }
  const start = major === 1 ? 10 : 12;
  const length = major === 1 ? view.getUint16(8, true) : bytes.length < start ? 0 : view.getUint32(8, true);
  if (length > MAX_HEADER) {
    throw new FormatError(`${NAME}: the header is too long (got ${length} bytes, expected at most ${MAX_HEADER}).`);
  }
  if (start + length > bytes.length) {
    throw new FormatError(
      `${NAME}: the header is cut off (got ${bytes.length} bytes, expected at least ${start + length}).`,
    );
  }
  let header: string;
  try {
    // Latin-1 before version 3; everything we accept is ASCII.
    header = new TextDecoder(major === 3 ? "utf-8" : "latin1", { fatal: true }).decode(
      bytes.subarray(start, start + length),
    );
  } catch {
    throw new FormatError(`${NAME}: the header is not UTF-8 text.`);
  }
  return { header, body: bytes.subarray(start + length) };
}

/**
 * Reads a .npy file; the rules are those of {@link import("../io.ts").readNpy}.
 * @param keepHalves halves stay halves
 */
export function decodeNpy(bytes: Uint8Array, keepHalves = false): RawTensor {
  const { header, body } = cut(bytes);
  const { descr, fortranOrder, shape } = parseNpyHeader(header);
  const { format: found, littleEndian } = elementFormat(descr);
  const format = found === "f16" && keepHalves ? "f16bits" : found;
  const { bytes: width, dtype } = elementInfo(format);
  const size = checkFileShape(NAME, shape);
  if (body.length !== size * width) {
    throw new FormatError(
      `${NAME}: wrong number of bytes after the header (got ${body.length}, expected ${size * width} for ${descr} of shape [${shape.join(",")}]).`,
    );
  }
  const data = decodeElements(NAME, body, format, littleEndian);
  if (!fortranOrder || shape.length < 2) return { shape, dtype, data };
  // Columns first: strides grow from the first axis on; the parts of a complex number stay together.
  const parts = partsOf(dtype);
  const strides: number[] = [];
  let stride = parts;
  for (const d of shape) {
    strides.push(stride);
    stride *= d;
  }
  const ordered = new (data.constructor as Float32ArrayConstructor)(size * parts);
  gatherStrided(data, [...shape, parts], [...strides, 1], 0, ordered);
  return { shape, dtype, data: ordered };
}

/**
 * Writes a .npy file of version 1.0 in C order, byte for byte as NumPy 2 does. (NumPy also leaves room for the first size to
 * grow to 21 digits, but with at most eight axes its headers have 128 bytes with and without it.)
 */
export function encodeNpy({ shape, dtype, data }: RawTensor): Uint8Array {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const dictionary = `{'descr': '${DESCRIPTIONS[dtype]}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const total = Math.ceil((10 + dictionary.length + 1) / 64) * 64;
  const header = `${dictionary.padEnd(total - 11)}\n`;
  const body = encodeElements(data);
  const out = new Uint8Array(total + body.length);
  out.set(MAGIC);
  out.set([1, 0, header.length & 255, header.length >>> 8], 6);
  for (let i = 0; i < header.length; i++) out[10 + i] = header.charCodeAt(i);
  out.set(body, total);
  return out;
}
