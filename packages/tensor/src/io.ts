/** Files: NumPy's .npy and .npz, and safetensors, as functions between bytes and tensors. */
import "./backend/cpu/complete.ts";
import { ArgumentError, FormatError, checkOptions, requireFlag, show } from "./errors.ts";
import type { RawTensor } from "./io/elements.ts";
import { decodeNpy, encodeNpy } from "./io/npy.ts";
import { decodeSafetensors, encodeSafetensors } from "./io/safetensors.ts";
import { unzip, zip } from "./io/zip.ts";
import { tensor } from "./ops/create.ts";
import { isTensor, type Tensor } from "./tensor.ts";

export { assembleSafetensors, safetensorsParts, type SafetensorsPart } from "./io/safetensors.ts";

/** Options of {@link readNpy} and of the functions below. */
export interface ReadOptions {
  /** Where the tensors are put; the default device when left out. */
  readonly device?: string;
  /** Halves become tensors of f16, which "@ansatz/tensor/half" adds; when left out or false, of f32. */
  readonly keepHalves?: boolean;
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

function checkReading(name: string, options: ReadOptions, more: readonly string[]): void {
  checkOptions(name, options, ["device", "keepHalves", ...more]);
  requireFlag(name, "keepHalves", options.keepHalves);
}

function toTensor({ shape, dtype, data }: RawTensor, device: string | undefined): Tensor {
  return tensor(data, { shape, dtype, device });
}

async function toRaw(name: string, what: string, t: unknown): Promise<RawTensor> {
  if (!isTensor(t)) {
    throw new ArgumentError(`${name}: ${what} must be a tensor (got ${t === null ? "null" : typeof t}).`);
  }
  return { shape: t.shape, dtype: t.dtype, data: await t.data() };
}

/**
 * The tensor in a NumPy .npy file (versions 1.0 to 3.0, C or Fortran order, either byte order).
 *
 * `|b1`, `i4`, `u4`, `f4`, `f8`, `c8` and `c16` keep their type; `f2` becomes f32 (with `keepHalves`, f16), `i1`, `i2` and `i8` become i32, `u1`, `u2` and
 * `u8` become u32, all without loss: a 64-bit integer that does not fit into 32 bits is an error. So is everything else: texts,
 * dates, structures.
 * @param bytes the whole file; not kept
 * @throws FormatError for anything that is not such a file, down to a missing or an extra byte, DTypeError for halves that
 * are to stay halves without "@ansatz/tensor/half"
 * @example
 * const x = readNpy(await readFile("x.npy"));
 */
export function readNpy(bytes: Uint8Array | ArrayBuffer, options: ReadOptions = {}): Tensor {
  checkReading("readNpy", options, []);
  return toTensor(decodeNpy(checkBytes("readNpy", bytes), options.keepHalves), options.device);
}

/**
 * The bytes of a NumPy .npy file (version 1.0, C order, little endian) with a tensor's values: bool as `|b1`, i32 as
 * `<i4`, u32 as `<u4`, f16 as `<f2`, f32 as `<f4`, f64 as `<f8`, c64 as `<c8`, c128 as `<c16`. Byte for byte what `numpy.save` writes.
 */
export async function writeNpy(t: Tensor): Promise<Uint8Array> {
  return encodeNpy(await toRaw("writeNpy", "the argument", t));
}

/** Options of {@link readNpz}. */
export interface ReadNpzOptions extends ReadOptions {
  /** Read these arrays only, and do not look at the others; all when left out. */
  readonly names?: readonly string[];
}

const ENDING = ".npy";

/**
 * The arrays of a NumPy .npz file by name (`numpy.savez`, `numpy.savez_compressed`): a zip archive of .npy files. Compressed
 * archives need a platform with `DecompressionStream("deflate-raw")`: Node from 20.12 on, browsers from 2023 on.
 * @param bytes the whole file, less than 4 GiB; not kept
 * @throws FormatError when the archive or a file in it breaks its format, or when checksums do not agree
 * @throws ArgumentError for a name in `names` that the archive does not have
 */
export async function readNpz(
  bytes: Uint8Array | ArrayBuffer,
  options: ReadNpzOptions = {},
): Promise<Record<string, Tensor>> {
  checkReading("readNpz", options, ["names"]);
  const { device, names, keepHalves } = options;
  checkNames("readNpz", names);
  const wanted = names === undefined ? undefined : new Set(names.map((name) => name + ENDING));
  const files = await unzip(checkBytes("readNpz", bytes), (name) => wanted?.has(name) ?? true);
  for (const name of names ?? []) {
    if (!files.has(name + ENDING)) {
      throw new ArgumentError(`readNpz: no array of this name in the file (got ${JSON.stringify(name)}).`);
    }
  }
  const tensors = Array.from(files, ([name, file]): [string, Tensor] => {
    if (!name.endsWith(ENDING)) {
      throw new FormatError(
        `readNpz: not an array (got ${JSON.stringify(name)}, expected files that end in ${ENDING}).`,
      );
    }
    return [name.slice(0, -ENDING.length), toTensor(decodeNpy(file, keepHalves), device)];
  });
  return Object.fromEntries(tensors);
}

/** Options of {@link writeNpz}. */
export interface WriteNpzOptions {
  /** Deflates the arrays, as `numpy.savez_compressed`; false when left out. */
  readonly compress?: boolean;
}

/**
 * The bytes of a NumPy .npz file with named tensors, for `numpy.load`. Equal contents give equal bytes.
 * @throws ArgumentError for names that are no well-formed text, or an archive of 4 GiB and more
 */
export async function writeNpz(
  tensors: Readonly<Record<string, Tensor>>,
  options: WriteNpzOptions = {},
): Promise<Uint8Array> {
  checkOptions("writeNpz", options, ["compress"]);
  requireFlag("writeNpz", "compress", options.compress);
  const raws = await namedArrays("writeNpz", tensors);
  for (const [name] of raws) {
    if (/\p{Surrogate}/u.test(name) || new TextEncoder().encode(name).length > 60_000) {
      throw new ArgumentError(`writeNpz: a name must be a well-formed, short text (got ${show(name)}).`);
    }
  }
  const files = raws.map(([name, raw]) => [name + ENDING, encodeNpy(raw)] as const);
  return zip(files, options.compress === true);
}

function checkNames(name: string, names: unknown): void {
  if (names !== undefined && !(Array.isArray(names) && names.every((n) => typeof n === "string"))) {
    throw new ArgumentError(`${name}: names must be an array of texts (got ${JSON.stringify(names)}).`);
  }
}

function namedArrays(name: string, tensors: Readonly<Record<string, Tensor>>): Promise<[string, RawTensor][]> {
  if (tensors === null || typeof tensors !== "object" || isTensor(tensors) || Array.isArray(tensors)) {
    throw new ArgumentError(
      `${name}: the first argument must be an object from names to tensors (got ${show(tensors)}).`,
    );
  }
  return Promise.all(
    Object.entries(tensors).map(async ([key, t]): Promise<[string, RawTensor]> => [
      key,
      await toRaw(name, JSON.stringify(key), t),
    ]),
  );
}

/**
 * The tensors in a safetensors file.
 *
 * BOOL, I32, U32, F32, F64 and C64 keep their type, F16 too with `keepHalves`; otherwise F16, and BF16, F8_E4M3 and F8_E5M2 become f32, I8, I16 and I64 become i32,
 * U8, U16 and U64 become u32, all without loss: a 64-bit integer that does not fit into 32 bits is an error. So are other
 * element types, unless `names` leaves their tensors out.
 * @param bytes the whole file; not kept
 * @throws FormatError when the file breaks the format: lengths and offsets that do not fit, overlaps, gaps, duplicate
 * names, malformed JSON
 * @throws ArgumentError for a name in `names` that the file does not have
 */
export function readSafetensors(bytes: Uint8Array | ArrayBuffer, options: ReadSafetensorsOptions = {}): Safetensors {
  checkReading("readSafetensors", options, ["names"]);
  const { device, names, keepHalves } = options;
  checkNames("readSafetensors", names);
  const { tensors, metadata } = decodeSafetensors(checkBytes("readSafetensors", bytes), names, keepHalves);
  // fromEntries makes own properties of names such as "__proto__" too.
  return { tensors: Object.fromEntries(Array.from(tensors, ([name, raw]) => [name, toTensor(raw, device)])), metadata };
}

/**
 * The bytes of a safetensors file with named tensors: bool as BOOL, i32 as I32, u32 as U32, f16 as F16, f32 as F32, f64 as
 * F64, c64 as C64.
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
  return encodeSafetensors(await namedArrays("writeSafetensors", tensors), { metadata, storage });
}
