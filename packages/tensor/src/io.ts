/** Files: NumPy's .npy and safetensors, as pure functions between bytes and tensors. */
import "./backend/cpu/complete.ts";
import { ArgumentError, DTypeError, checkOptions } from "./errors.ts";
import type { RawTensor } from "./io/elements.ts";
import { decodeNpy, encodeNpy } from "./io/npy.ts";
import { decodeSafetensors, encodeSafetensors } from "./io/safetensors.ts";

import { tensor } from "./ops/create.ts";
import { isTensor, type Tensor } from "./tensor.ts";
import { isComplex, realOf } from "./dtype.ts";

export { assembleSafetensors, safetensorsParts, type SafetensorsPart } from "./io/safetensors.ts";

/** Options of {@link readNpy}. */
export interface ReadOptions {
  /** Where the tensors are put; the default device when left out. */
  readonly device?: string;
}

/** Options of {@link readSafetensors}. */
export interface ReadSafetensorsOptions extends ReadOptions {
  /** Read these tensors only, and do not look at the others' element types; all when left out. */
  readonly names?: readonly string[];
}

/** What a safetensors file holds. */
export interface Safetensors {
  readonly tensors: Record<string, Tensor>;
  /** Free text of the file's `__metadata__`. */
  readonly metadata: Record<string, string>;
}

/** Options of {@link writeSafetensors}. */
export interface WriteSafetensorsOptions {
  /** Free text to keep in the file. */
  readonly metadata?: Readonly<Record<string, string>>;
  /**
   * `"f16"` stores f32 and f64 tensors in half precision (11 significant bits, at most 65504 in size), rounded to
   * nearest even; they are read back as f32. Others are stored as they are.
   */
  readonly storage?: "f16";
}

function checkBytes(name: string, bytes: unknown): Uint8Array {
  if (bytes instanceof Uint8Array) return bytes;
  if (bytes instanceof ArrayBuffer) return new Uint8Array(bytes);
  const got = Object.prototype.toString.call(bytes).slice(8, -1);
  throw new ArgumentError(
    `${name}: expected the bytes of a file (got ${got}, expected a Uint8Array or an ArrayBuffer).`,
  );
}

function toTensor({ shape, dtype, data }: RawTensor, device: string | undefined): Tensor {
  return tensor(data, { shape, dtype, device });
}

async function toRaw(name: string, what: string, t: unknown): Promise<RawTensor> {
  if (!isTensor(t)) {
    throw new ArgumentError(`${name}: ${what} must be a tensor (got ${t === null ? "null" : typeof t}).`);
  }
  if (isComplex(t.dtype)) {
    throw new DTypeError(
      `${name}: complex tensors are not written (got ${t.dtype}, expected a real type). Use asReal().`,
    );
  }
  return { shape: t.shape, dtype: realOf(t.dtype), data: await t.data() };
}

/**
 * The tensor in a NumPy .npy file (versions 1.0 to 3.0, C or Fortran order, either byte order).
 *
 * `|b1`, `i4`, `u4`, `f4` and `f8` keep their type; `f2` becomes f32, `i1` and `i2` become i32, `u1` and `u2` become u32,
 * all without loss. Everything else is an error: 64-bit integers, complex numbers, texts, dates, structures.
 * @param bytes the whole file; not kept
 * @throws FormatError for anything that is not such a file, down to a missing or an extra byte
 * @example
 * const x = readNpy(await readFile("x.npy"));
 */
export function readNpy(bytes: Uint8Array | ArrayBuffer, options: ReadOptions = {}): Tensor {
  checkOptions("readNpy", options, ["device"]);
  return toTensor(decodeNpy(checkBytes("readNpy", bytes)), options.device);
}

/**
 * The bytes of a NumPy .npy file (version 1.0, C order, little endian) with a tensor's values: bool as `|b1`, i32 as
 * `<i4`, u32 as `<u4`, f32 as `<f4`, f64 as `<f8`. Byte for byte what `numpy.save` writes.
 */
export async function writeNpy(t: Tensor): Promise<Uint8Array> {
  return encodeNpy(await toRaw("writeNpy", "the argument", t));
}

/**
 * The tensors in a safetensors file.
 *
 * BOOL, I32, U32, F32 and F64 keep their type; F16 and BF16 become f32, I8 and I16 become i32, U8 and U16 become u32,
 * all without loss. Other element types are an error unless `names` leaves their tensors out.
 * @param bytes the whole file; not kept
 * @throws FormatError when the file breaks the format: lengths and offsets that do not fit, overlaps, gaps, duplicate
 * names, malformed JSON
 * @throws ArgumentError for a name in `names` that the file does not have
 */
export function readSafetensors(bytes: Uint8Array | ArrayBuffer, options: ReadSafetensorsOptions = {}): Safetensors {
  checkOptions("readSafetensors", options, ["device", "names"]);
  const { device, names } = options;
  if (names !== undefined && !(Array.isArray(names) && names.every((n) => typeof n === "string"))) {
    throw new ArgumentError(`readSafetensors: names must be an array of texts (got ${JSON.stringify(names)}).`);
  }
  const { tensors, metadata } = decodeSafetensors(checkBytes("readSafetensors", bytes), names);
  // fromEntries makes own properties of names such as "__proto__" too.
  return { tensors: Object.fromEntries(Array.from(tensors, ([name, raw]) => [name, toTensor(raw, device)])), metadata };
}

/**
 * The bytes of a safetensors file with named tensors: bool as BOOL, i32 as I32, u32 as U32, f32 as F32, f64 as F64.
 * Equal contents give equal bytes, whatever the order of the names.
 * @throws ArgumentError for names or metadata that are no text, and with `storage: "f16"` for a finite number that half
 * precision cannot hold
 */
export async function writeSafetensors(
  tensors: Readonly<Record<string, Tensor>>,
  options: WriteSafetensorsOptions = {},
): Promise<Uint8Array> {
  checkOptions("writeSafetensors", options, ["metadata", "storage"]);
  const { metadata, storage } = options;
  if (storage !== undefined && storage !== "f16") {
    throw new ArgumentError(
      `writeSafetensors: unknown storage (got ${JSON.stringify(storage)}, expected "f16" or nothing).`,
    );
  }
  if (tensors === null || typeof tensors !== "object" || isTensor(tensors) || Array.isArray(tensors)) {
    throw new ArgumentError("writeSafetensors: the first argument must be an object from names to tensors.");
  }
  const raws = Object.entries(tensors).map(async ([name, t]): Promise<[string, RawTensor]> => [
    name,
    await toRaw("writeSafetensors", JSON.stringify(name), t),
  ]);
  return encodeSafetensors(await Promise.all(raws), { metadata, storage });
}
