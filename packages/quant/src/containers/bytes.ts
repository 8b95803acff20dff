/** Reading and writing little-endian numbers with bounds checks. */
import { FormatError } from "@ansatz/tensor";

/** A place in a file. Every read checks that the bytes are there before anything is allocated. */
export interface Reader {
  readonly at: () => number;
  /** Throws unless `count` items of at least `size` bytes can still follow. */
  readonly need: (what: string, count: number, size: number) => void;
  readonly u8: (what: string) => number;
  readonly i8: (what: string) => number;
  readonly u16: (what: string) => number;
  readonly i16: (what: string) => number;
  readonly u32: (what: string) => number;
  readonly i32: (what: string) => number;
  readonly f32: (what: string) => number;
  readonly f64: (what: string) => number;
  /** 64 bits, as a number where that is exact. */
  readonly u64: (what: string) => number | bigint;
  readonly i64: (what: string) => number | bigint;
  /** A 64-bit number that counts or measures something; throws when it is not exact as a number. */
  readonly size: (what: string) => number;
  /** UTF-8 text after its 64-bit length. */
  readonly text: (what: string) => string;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function narrow(value: bigint): number | bigint {
  const n = Number(value);
  return Number.isSafeInteger(n) ? n : value;
}

/** A reader of a file, from its first byte on. `name` leads the messages. */
export function readerOf(name: string, file: Uint8Array): Reader {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let at = 0;
  const need = (what: string, count: number, size: number): void => {
    if (count * size > file.length - at) {
      throw new FormatError(
        `${name}: ${what} does not fit into the file (got ${count} at byte ${at}, expected at most ` +
          `${Math.floor((file.length - at) / size)} in ${file.length} bytes).`,
      );
    }
  };
  const field =
    <T>(bytes: number, get: (offset: number) => T) =>
    (what: string): T => {
      need(what, 1, bytes);
      at += bytes;
      return get(at - bytes);
    };
  const u64 = field(8, (o) => narrow(view.getBigUint64(o, true)));
  const size = (what: string): number => {
    const value = u64(what);
    if (typeof value === "bigint") {
      throw new FormatError(
        `${name}: ${what} is too large (got ${value}, expected at most ${Number.MAX_SAFE_INTEGER}).`,
      );
    }
    return value;
  };
  return {
    at: () => at,
    need,
    u8: field(1, (o) => view.getUint8(o)),
    i8: field(1, (o) => view.getInt8(o)),
    u16: field(2, (o) => view.getUint16(o, true)),
    i16: field(2, (o) => view.getInt16(o, true)),
    u32: field(4, (o) => view.getUint32(o, true)),
    i32: field(4, (o) => view.getInt32(o, true)),
    f32: field(4, (o) => view.getFloat32(o, true)),
    f64: field(8, (o) => view.getFloat64(o, true)),
    u64,
    i64: field(8, (o) => narrow(view.getBigInt64(o, true))),
    size,
    text(what) {
      const length = size(`the length of ${what}`);
      need(`the text of ${what}`, length, 1);
      at += length;
      try {
        return utf8.decode(file.subarray(at - length, at));
      } catch {
        throw new FormatError(`${name}: ${what} is not UTF-8 (got other bytes at ${at - length}, expected text).`);
      }
    },
  };
}

/** Bytes that grow. */
export interface Writer {
  readonly bytes: (data: Uint8Array) => void;
  /** Writes a number by a method of DataView. */
  readonly number: (bytes: number, set: (view: DataView) => void) => void;
  readonly u32: (value: number) => void;
  readonly u64: (value: number | bigint) => void;
  readonly text: (text: string) => void;
  /** Zeros up to a multiple of `alignment`. */
  readonly align: (alignment: number) => void;
  readonly finish: () => Uint8Array<ArrayBuffer>;
}

/** An empty writer. */
export function writer(): Writer {
  const parts: Uint8Array[] = [];
  let length = 0;
  const bytes = (data: Uint8Array): void => {
    parts.push(data);
    length += data.length;
  };
  const number = (size: number, set: (view: DataView) => void): void => {
    const view = new DataView(new ArrayBuffer(size));
    set(view);
    bytes(new Uint8Array(view.buffer));
  };
  const u64 = (value: number | bigint): void => {
    number(8, (v) => {
      v.setBigUint64(0, BigInt(value), true);
    });
  };
  return {
    bytes,
    number,
    u64,
    u32(value) {
      number(4, (v) => {
        v.setUint32(0, value, true);
      });
    },
    text(text) {
      const data = new TextEncoder().encode(text);
      u64(data.length);
      bytes(data);
    },
    align(alignment) {
      const rest = length % alignment;
      if (rest > 0) bytes(new Uint8Array(alignment - rest));
    },
    finish() {
      const out = new Uint8Array(length);
      let at = 0;
      for (const part of parts) {
        out.set(part, at);
        at += part.length;
      }
      return out;
    },
  };
}
