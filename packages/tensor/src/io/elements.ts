/** Element formats of files: how runs of bytes become arrays of our data types, and back. */
import type { DataArray, RealDType as DType } from "../dtype.ts";
import { ArgumentError, FormatError } from "../errors.ts";
import { bfloatToNumber, HALF_MAX, halfToNumber, numberToHalf } from "./half.ts";

/** How numbers are stored in a file. */
export type ElementFormat = "bool" | "i8" | "u8" | "i16" | "u16" | "i32" | "u32" | "f16" | "bf16" | "f32" | "f64";

/** Values of a tensor outside a device: C order, the array type that belongs to the data type. */
export interface RawTensor {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: DataArray;
}

interface ElementInfo {
  readonly bytes: 1 | 2 | 4 | 8;
  /** The data type that holds every value of the format unchanged. */
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
  f16: { bytes: 2, dtype: "f32" },
  bf16: { bytes: 2, dtype: "f32" },
  f32: { bytes: 4, dtype: "f32" },
  f64: { bytes: 8, dtype: "f64" },
};

const HOST_LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Size and data type of an element format. */
export function elementInfo(format: ElementFormat): ElementInfo {
  return FORMATS[format];
}

function reverseEach(bytes: Uint8Array, width: number): void {
  for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse();
}

/**
 * Decodes the elements that fill `bytes` into a fresh array.
 * @param name caller, for messages
 * @param bytes a whole number of elements, at any alignment
 * @throws FormatError for a boolean that is neither 0 nor 1
 */
export function decodeElements(name: string, bytes: Uint8Array, format: ElementFormat, littleEndian = true): DataArray {
  // Not bytes.slice(): a Buffer of Node would alias its memory.
  const own = new Uint8Array(bytes);
  if (littleEndian !== HOST_LITTLE) reverseEach(own, FORMATS[format].bytes);
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
    case "f16":
      return Float32Array.from(new Uint16Array(buffer), halfToNumber);
    case "bf16":
      return Float32Array.from(new Uint16Array(buffer), bfloatToNumber);
    case "f32":
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
