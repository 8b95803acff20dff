/** Element formats of files: how runs of bytes become arrays of our data types, and back. */
import type { DataArray, DType } from "../dtype.ts";
import { ArgumentError, FormatError } from "../errors.ts";
import { bfloatToNumber, byteToNumber, HALF_MAX, halfToNumber, numberToHalf } from "./half.ts";

/**
 * How numbers are stored in a file: `f8e4m3` and `f8e5m2` are bytes with as many exponent and fraction bits; `f16` are halves that
 * become f32, `f16bits` halves that stay halves.
 */
export type ElementFormat =
  | "bool"
  | "i8"
  | "u8"
  | "i16"
  | "u16"
  | "i32"
  | "u32"
  | "i64"
  | "u64"
  | "f8e4m3"
  | "f8e5m2"
  | "f16"
  | "f16bits"
  | "bf16"
  | "f32"
  | "f64"
  | "c64"
  | "c128";

/** Values of a tensor outside a device: C order, the array type that belongs to the data type; complex parts interleaved. */
export interface RawTensor {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: DataArray;
}

interface ElementInfo {
  readonly bytes: 1 | 2 | 4 | 8 | 16;
  /** The data type that holds every value of the format unchanged; of 64-bit integers, those that fit. */
  readonly dtype: DType;
}

const FORMATS: Record<ElementFormat, ElementInfo> = {
  bool: { bytes: 1, dtype: "bool" },
  i8: { bytes: 1, dtype: "i32" },
  u8: { bytes: 1, dtype: "u32" },
  i16: { bytes: 2, dtype: "i32" },
  u16: { bytes: 2, dtype: "u32" },
  i32: { bytes: 4, dtype: "i32" },
  u32: { bytes: 4, dtype: "u32" },
  i64: { bytes: 8, dtype: "i32" },
  u64: { bytes: 8, dtype: "u32" },
  f8e4m3: { bytes: 1, dtype: "f32" },
  f8e5m2: { bytes: 1, dtype: "f32" },
  f16: { bytes: 2, dtype: "f32" },
  f16bits: { bytes: 2, dtype: "f16" },
  bf16: { bytes: 2, dtype: "f32" },
  f32: { bytes: 4, dtype: "f32" },
  f64: { bytes: 8, dtype: "f64" },
  c64: { bytes: 8, dtype: "c64" },
  c128: { bytes: 16, dtype: "c128" },
};

const HOST_LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Size and data type of an element format. */
export function elementInfo(format: ElementFormat): ElementInfo {
  return FORMATS[format];
}

/** Bytes whose order the byte order changes: half of a complex number. */
function wordBytes(format: ElementFormat): number {
  const { bytes } = FORMATS[format];
  return format === "c64" || format === "c128" ? bytes / 2 : bytes;
}

/** 64-bit integers as 32-bit ones. */
function narrowed(
  name: string,
  wide: BigInt64Array | BigUint64Array,
  narrow: Int32Array | Uint32Array,
): Int32Array | Uint32Array {
  for (let i = 0; i < wide.length; i++) {
    narrow[i] = Number(wide[i]);
    if (BigInt(narrow[i]) !== wide[i]) {
      throw new FormatError(
        `${name}: a 64-bit integer does not fit (got ${wide[i]} at element ${i}, expected one of 32 bits). Save it as a 64-bit float instead.`,
      );
    }
  }
  return narrow;
}

function reverseEach(bytes: Uint8Array, width: number): void {
  for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse();
}

/**
 * Decodes the elements that fill `bytes` into a fresh array.
 * @param name caller, for messages
 * @param bytes a whole number of elements, at any alignment
 * @throws FormatError for a boolean that is neither 0 nor 1 and an integer that does not fit into 32 bits
 */
export function decodeElements(name: string, bytes: Uint8Array, format: ElementFormat, littleEndian = true): DataArray {
  // Not bytes.slice(): a Buffer of Node would alias its memory.
  const own = new Uint8Array(bytes);
  if (littleEndian !== HOST_LITTLE) reverseEach(own, wordBytes(format));
  const buffer = own.buffer;
  switch (format) {
    case "bool": {
      const bad = own.findIndex((v) => v > 1);
      if (bad >= 0) {
        throw new FormatError(`${name}: a boolean must be stored as 0 or 1 (got ${own[bad]} at element ${bad}).`);
      }
      return own;
    }
    case "i8":
      return Int32Array.from(new Int8Array(buffer));
    case "u8":
      return Uint32Array.from(own);
    case "i16":
      return Int32Array.from(new Int16Array(buffer));
    case "u16":
      return Uint32Array.from(new Uint16Array(buffer));
    case "i32":
      return new Int32Array(buffer);
    case "u32":
      return new Uint32Array(buffer);
    case "i64":
      return narrowed(name, new BigInt64Array(buffer), new Int32Array(own.length / 8));
    case "u64":
      return narrowed(name, new BigUint64Array(buffer), new Uint32Array(own.length / 8));
    case "f8e4m3":
      return Float32Array.from(own, (bits) => byteToNumber(bits, 3));
    case "f8e5m2":
      return Float32Array.from(own, (bits) => byteToNumber(bits, 2));
    case "f16":
      return Float32Array.from(new Uint16Array(buffer), halfToNumber);
    case "f16bits":
      return new Uint16Array(buffer);
    case "bf16":
      return Float32Array.from(new Uint16Array(buffer), bfloatToNumber);
    case "f32":
    case "c64":
      return new Float32Array(buffer);
    default:
      return new Float64Array(buffer);
  }
}

/** The little-endian bytes of an array, in the format of its own type. */
export function encodeElements(data: DataArray): Uint8Array {
  const bytes = new Uint8Array(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  if (!HOST_LITTLE) reverseEach(bytes, data.BYTES_PER_ELEMENT);
  return bytes;
}

/**
 * The little-endian bytes of floating point numbers as halves, rounded to nearest even.
 * @param what the array, for messages
 * @throws ArgumentError for a finite number that would become infinite
 */
export function encodeHalves(what: string, data: DataArray): Uint8Array {
  const out = new Uint8Array(data.length * 2);
  for (let i = 0; i < data.length; i++) {
    const half = numberToHalf(data[i]);
    if ((half & 0x7fff) === 0x7c00 && Number.isFinite(data[i])) {
      throw new ArgumentError(
        `${what}: element ${i} does not fit into f16 (got ${data[i]}, expected at most ${HALF_MAX} in size). Leave out the option storage.`,
      );
    }
    out[2 * i] = half;
    out[2 * i + 1] = half >>> 8;
  }
  return out;
}

/** What a file says about an array, checked: the number of elements. */
export function checkFileShape(name: string, shape: readonly number[]): number {
  if (shape.length > 8) {
    throw new FormatError(`${name}: too many axes (got ${shape.length}, expected at most 8).`);
  }
  let size = 1;
  for (const d of shape) size *= d;
  // Sizes next to a zero count too: they would overflow as soon as the array is used.
  if (!(size <= 2147483647 && shape.every((d) => d <= 2147483647))) {
    throw new FormatError(`${name}: too many elements (got shape [${shape.join(",")}], expected at most 2^31 - 1).`);
  }
  return size;
}
