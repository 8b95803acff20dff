/** The typed values in the header of a GGUF file. */
import { ArgumentError, FormatError } from "@ansatz/tensor";
import type { Reader, Writer } from "./bytes.ts";

/** Name of a scalar type of GGUF metadata. */
export type GgufScalarType =
  | "u8"
  | "i8"
  | "u16"
  | "i16"
  | "u32"
  | "i32"
  | "f32"
  | "bool"
  | "string"
  | "u64"
  | "i64"
  | "f64";

/** One entry of the metadata. 64-bit integers are numbers where that is exact, otherwise big integers. */
export type GgufValue =
  | { readonly type: GgufScalarType; readonly value: number | bigint | boolean | string }
  | {
      readonly type: "array";
      readonly of: GgufScalarType;
      readonly value: readonly (number | bigint | boolean | string)[];
    };

/** Types by their number; 9 is the array. */
const TYPES: readonly (GgufScalarType | "array")[] = [
  "u8",
  "i8",
  "u16",
  "i16",
  "u32",
  "i32",
  "f32",
  "bool",
  "string",
  "array",
  "u64",
  "i64",
  "f64",
];

/** Least number of bytes of one value. */
const BYTES: Readonly<Record<GgufScalarType, number>> = {
  u8: 1,
  i8: 1,
  u16: 2,
  i16: 2,
  u32: 4,
  i32: 4,
  f32: 4,
  bool: 1,
  string: 8,
  u64: 8,
  i64: 8,
  f64: 8,
};

/** Smallest and largest value of the integer types. */
const LIMITS: Readonly<Partial<Record<GgufScalarType, readonly [bigint, bigint]>>> = {
  u8: [0n, 255n],
  i8: [-128n, 127n],
  u16: [0n, 65535n],
  i16: [-32768n, 32767n],
  u32: [0n, 4294967295n],
  i32: [-2147483648n, 2147483647n],
  u64: [0n, 2n ** 64n - 1n],
  i64: [-(2n ** 63n), 2n ** 63n - 1n],
};

function readType(name: string, reader: Reader, what: string): GgufScalarType | "array" {
  const number = reader.u32(`the type of ${what}`);
  const type = TYPES[number];
  if (type === undefined) {
    throw new FormatError(`${name}: ${what} has an unknown type (got ${number}, expected 0...${TYPES.length - 1}).`);
  }
  return type;
}

function readScalar(
  name: string,
  reader: Reader,
  type: GgufScalarType,
  what: string,
): number | bigint | boolean | string {
  if (type === "string") return reader.text(what);
  if (type !== "bool") return reader[type](what);
  const byte = reader.u8(what);
  if (byte > 1) throw new FormatError(`${name}: ${what} is no boolean (got ${byte}, expected 0 or 1).`);
  return byte === 1;
}

/** Reads one value. Arrays of arrays are not accepted. */
export function readGgufValue(name: string, reader: Reader, what: string): GgufValue {
  const type = readType(name, reader, what);
  if (type !== "array") return { type, value: readScalar(name, reader, type, what) };
  const of = readType(name, reader, `the elements of ${what}`);
  if (of === "array") {
    throw new FormatError(`${name}: ${what} is an array of arrays (got type 9 twice, expected numbers or texts).`);
  }
  const count = reader.size(`the number of elements of ${what}`);
  reader.need(`the number of elements of ${what}`, count, BYTES[of]);
  const value = Array.from({ length: count }, () => readScalar(name, reader, of, what));
  return { type, of, value };
}

const SETTERS: Readonly<Record<Exclude<GgufScalarType, "string" | "bool">, (v: DataView, x: number | bigint) => void>> =
  {
    u8: (v, x) => v.setUint8(0, Number(x)),
    i8: (v, x) => v.setInt8(0, Number(x)),
    u16: (v, x) => v.setUint16(0, Number(x), true),
    i16: (v, x) => v.setInt16(0, Number(x), true),
    u32: (v, x) => v.setUint32(0, Number(x), true),
    i32: (v, x) => v.setInt32(0, Number(x), true),
    f32: (v, x) => v.setFloat32(0, Number(x), true),
    u64: (v, x) => v.setBigUint64(0, BigInt(x), true),
    i64: (v, x) => v.setBigInt64(0, BigInt(x), true),
    f64: (v, x) => v.setFloat64(0, Number(x), true),
  };

function checkScalar(type: GgufScalarType, value: unknown, what: string): void {
  const limits = LIMITS[type];
  const integer = typeof value === "bigint" || Number.isSafeInteger(value);
  const good =
    type === "string" || type === "bool"
      ? typeof value === (type === "string" ? "string" : "boolean")
      : limits === undefined
        ? typeof value === "number"
        : integer && BigInt(value as number) >= limits[0] && BigInt(value as number) <= limits[1];
  if (!good) {
    throw new ArgumentError(`writeGguf: ${what} does not fit its type (got ${String(value)}, expected ${type}).`);
  }
}

function writeScalar(to: Writer, type: GgufScalarType, value: number | bigint | boolean | string, what: string): void {
  checkScalar(type, value, what);
  if (type === "string") to.text(value as string);
  else if (type === "bool") to.bytes(Uint8Array.of(value === true ? 1 : 0));
  else to.number(BYTES[type], (view) => SETTERS[type](view, value as number));
}

/** Writes one value. Throws for values that do not fit their type. */
export function writeGgufValue(to: Writer, entry: GgufValue, what: string): void {
  const number = TYPES.indexOf(entry.type);
  if (number < 0) throw new ArgumentError(`writeGguf: ${what} has an unknown type (got ${entry.type}).`);
  to.u32(number);
  if (entry.type !== "array") {
    writeScalar(to, entry.type, entry.value, what);
    return;
  }
  to.u32(TYPES.indexOf(entry.of));
  to.u64(entry.value.length);
  for (const value of entry.value) writeScalar(to, entry.of, value, what);
}
