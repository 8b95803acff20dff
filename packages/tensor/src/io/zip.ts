/**
 * Zip archives as NumPy writes them: stored or deflated entries and a central directory (PKWARE's APPNOTE 6.3, sections 4.3
 * and 4.4). Nothing else of the format is accepted: no encryption, no split archives, no 64-bit sizes.
 */
import { ArgumentError, FormatError } from "../errors.ts";
import { crc32 } from "./crc32.ts";

const NAME = "readNpz";
const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END_BYTES = 22;
/** Most bytes of an archive's comment. */
const MAX_COMMENT = 65535;
/** 1 January 1980, the earliest day: equal contents give equal bytes. */
const DATE = 0x0021;

/** One file of an archive as it lies there. */
interface Entry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly at: number;
}

function fail(what: string, got: unknown, expected: string): never {
  throw new FormatError(`${NAME}: ${what} (got ${String(got)}, expected ${expected}).`);
}

/** Position of the record that ends an archive; its comment must fill the rest of the file. */
function findEnd(view: DataView): number {
  const last = view.byteLength - END_BYTES;
  for (let at = last; at >= Math.max(0, last - MAX_COMMENT); at--) {
    if (view.getUint32(at, true) === END && view.getUint16(at + 20, true) === last - at) return at;
  }
  return fail("not a zip archive", `${view.byteLength} bytes`, "an end record");
}

function readDirectory(bytes: Uint8Array): Entry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = findEnd(view);
  const [disk, start, here, count] = [4, 6, 8, 10].map((at) => view.getUint16(end + at, true));
  const [size, offset] = [12, 16].map((at) => view.getUint32(end + at, true));
  if (disk !== 0 || start !== 0 || here !== count) fail("the archive is split", `disk ${disk}`, "one file");
  if (count === 65535 || offset === 4294967295) fail("the archive uses 64-bit records", "ZIP64", "less than 4 GiB");
  if (offset + size !== end) fail("the directory is out of place", offset, `${end - size}`);
  const entries: Entry[] = [];
  const names = new Set<string>();
  let at = offset;
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== CENTRAL) fail("the directory is malformed", `entry ${i}`, "a record"); // prettier-ignore
    const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
    const [crc, packed, full] = [16, 20, 24].map((d) => view.getUint32(at + d, true));
    const [nameLength, extra, comment] = [28, 30, 32].map((d) => view.getUint16(at + d, true));
    if (at + 46 + nameLength > end) fail("the directory is malformed", `entry ${i}`, "a name inside it");
    const name = textOf(bytes.subarray(at + 46, at + 46 + nameLength));
    const quoted = JSON.stringify(name);
    if ((flags & 0x2041) !== 0) fail(`entry ${quoted} is encrypted`, `flags ${flags}`, "plain data");
    if (method !== 0 && method !== 8) fail(`entry ${quoted} has an unknown compression`, method, "0 or 8");
    if (names.has(name)) throw new FormatError(`${NAME}: entry ${quoted} occurs twice.`);
    if (method === 0 && packed !== full) fail(`entry ${quoted} has two sizes`, `${packed} and ${full}`, "one");
    names.add(name);
    entries.push({ name, method, crc, packed, size: full, at: view.getUint32(at + 42, true) });
    at += 46 + nameLength + extra + comment;
  }
  if (at !== end) fail("the directory has unused bytes", end - at, "none");
  return entries;
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new FormatError(`${NAME}: a name is not UTF-8 text.`);
  }
}

/** The packed bytes of an entry. */
function bodyOf(bytes: Uint8Array, { name, at, packed }: Entry, directory: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const quoted = JSON.stringify(name);
  if (at + 30 > directory || view.getUint32(at, true) !== LOCAL) fail(`entry ${quoted} is not there`, at, "its header");
  const start = at + 30 + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
  if (start + packed > directory) fail(`entry ${quoted} lies outside the archive`, start + packed, `at most ${directory}`); // prettier-ignore
  return bytes.subarray(start, start + packed);
}

/** Passes bytes through a stream of the platform and stops when more than `most` come out. */
async function transformed(bytes: Uint8Array, stream: ReadableWritablePair, most: number): Promise<Uint8Array> {
  const reader = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(stream).getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = (await reader.read()) as ReadableStreamReadResult<Uint8Array>;
    if (done) break;
    size += value.length;
    if (size > most) {
      await reader.cancel();
      break;
    }
    parts.push(value);
  }
  // Too much has come out: the size alone tells the caller.
  return size > most ? new Uint8Array(most + 1) : joined(parts);
}

function streamOf(name: string, Kind: new (format: CompressionFormat) => ReadableWritablePair): ReadableWritablePair {
  try {
    return new Kind("deflate-raw");
  } catch {
    throw new ArgumentError(
      `${name}: this platform cannot (de)compress zip archives (got none of "deflate-raw", expected Node 20.12 or a browser of 2023). Use archives without compression.`,
    );
  }
}

async function unpack(entry: Entry, body: Uint8Array): Promise<Uint8Array> {
  const quoted = JSON.stringify(entry.name);
  let bytes = body;
  if (entry.method === 8) {
    const stream = streamOf(NAME, DecompressionStream as never);
    bytes = await transformed(body, stream, entry.size).catch((cause: unknown) => {
      throw new FormatError(`${NAME}: entry ${quoted} is damaged (got ${String(cause)}, expected deflated data).`);
    });
  }
  if (bytes.length !== entry.size) fail(`entry ${quoted} has a wrong size`, bytes.length, `${entry.size}`);
  const crc = crc32(bytes);
  if (crc !== entry.crc) fail(`entry ${quoted} is damaged`, `checksum ${crc.toString(16)}`, entry.crc.toString(16));
  return bytes;
}

/**
 * The files of an archive by name, in its order; those that `wanted` refuses are not looked at.
 * @throws FormatError for anything but a well-formed archive of stored and deflated files
 */
export async function unzip(bytes: Uint8Array, wanted: (name: string) => boolean): Promise<Map<string, Uint8Array>> {
  const entries = readDirectory(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const directory = view.getUint32(findEnd(view) + 16, true);
  const files = new Map<string, Uint8Array>();
  for (const entry of entries) {
    if (wanted(entry.name)) files.set(entry.name, await unpack(entry, bodyOf(bytes, entry, directory)));
  }
  return files;
}

/** The bytes of an archive of files, in the given order. */
export async function zip(files: Iterable<readonly [string, Uint8Array]>, compress: boolean): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const central: Uint8Array[] = [];
  let at = 0;
  for (const [name, bytes] of files) {
    const stream = compress ? streamOf("writeNpz", CompressionStream as never) : null;
    const packed = stream === null ? bytes : await transformed(bytes, stream, Infinity);
    const text = new TextEncoder().encode(name);
    const common = new DataView(new ArrayBuffer(26));
    common.setUint16(0, 20, true);
    // The name is UTF-8.
    common.setUint16(2, 0x0800, true);
    common.setUint16(4, compress ? 8 : 0, true);
    common.setUint16(8, DATE, true);
    common.setUint32(10, crc32(bytes), true);
    common.setUint32(14, packed.length, true);
    common.setUint32(18, bytes.length, true);
    common.setUint16(22, text.length, true);
    const fields = new Uint8Array(common.buffer);
    const [local, record] = [new Uint8Array(30), new Uint8Array(46)];
    new DataView(local.buffer).setUint32(0, LOCAL, true);
    local.set(fields, 4);
    const head = new DataView(record.buffer);
    head.setUint32(0, CENTRAL, true);
    head.setUint16(4, 20, true);
    record.set(fields, 6);
    head.setUint32(42, at, true);
    parts.push(local, text, packed);
    central.push(record, text);
    at += local.length + text.length + packed.length;
    if (at > 4294967294) throw new ArgumentError("writeNpz: the archive is too large (got 4 GiB, expected less).");
  }
  const size = central.reduce((n, part) => n + part.length, 0);
  const end = new DataView(new ArrayBuffer(END_BYTES));
  end.setUint32(0, END, true);
  end.setUint16(8, central.length / 2, true);
  end.setUint16(10, central.length / 2, true);
  end.setUint32(12, size, true);
  end.setUint32(16, at, true);
  return joined([...parts, ...central, new Uint8Array(end.buffer)]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
