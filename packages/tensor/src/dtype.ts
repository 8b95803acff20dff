/** Data types of tensors: sizes, kinds, promotion and the array types that hold them. */
import { ArgumentError, DTypeError, show } from "./errors.ts";

/** Element types that a kernel can load and store. */
export type RealDType = "bool" | "i32" | "u32" | "f32" | "f64";

/** Complex element types: two floats, real part first. */
export type ComplexDType = "c64" | "c128";

/** Element type of a tensor. `f16` holds halves and is computed with in f32; "@ansatz/tensor/half" adds it. */
export type DType = RealDType | "f16" | ComplexDType;

/** A complex number. */
export interface Complex {
  readonly re: number;
  readonly im: number;
}

/** Group of data types that an operation accepts. `any` and `number` say nothing about complex types. */
export type DTypeClass = "any" | "number" | "float" | "int" | "bool" | "bits";

/** The typed array that `data()` returns for a data type. */
export type TypedArrayOf<D extends DType> = D extends "bool"
  ? Uint8Array<ArrayBuffer>
  : D extends "i32"
    ? Int32Array<ArrayBuffer>
    : D extends "u32"
      ? Uint32Array<ArrayBuffer>
      : D extends "f16"
        ? Uint16Array<ArrayBuffer>
        : D extends "f32" | "c64"
          ? Float32Array<ArrayBuffer>
          : Float64Array<ArrayBuffer>;

/** Any array type that holds tensor data; halves are bit patterns in a Uint16Array. */
export type DataArray = Uint8Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array;

/** The JavaScript value of one element. */
export type ScalarOf<D extends DType> = D extends "bool" ? boolean : D extends ComplexDType ? Complex : number;

interface DTypeInfo {
  /** Serial number, used in cache keys. */
  readonly id: number;
  /** Bytes of one element on the CPU (a bool is one byte there, four on WebGPU). */
  readonly bytes: number;
  readonly kind: "bool" | "int" | "float" | "complex";
  /** Type of the parts of a complex number, f32 for halves; otherwise the type itself. */
  readonly real: RealDType;
  readonly array:
    | Uint8ArrayConstructor
    | Uint16ArrayConstructor
    | Int32ArrayConstructor
    | Uint32ArrayConstructor
    | Float32ArrayConstructor
    | Float64ArrayConstructor;
}

const TABLE: Record<DType, DTypeInfo> = {
  bool: { id: 0, bytes: 1, kind: "bool", real: "bool", array: Uint8Array },
  i32: { id: 1, bytes: 4, kind: "int", real: "i32", array: Int32Array },
  u32: { id: 2, bytes: 4, kind: "int", real: "u32", array: Uint32Array },
  f16: { id: 3, bytes: 2, kind: "float", real: "f32", array: Uint16Array },
  f32: { id: 4, bytes: 4, kind: "float", real: "f32", array: Float32Array },
  f64: { id: 5, bytes: 8, kind: "float", real: "f64", array: Float64Array },
  c64: { id: 6, bytes: 8, kind: "complex", real: "f32", array: Float32Array },
  c128: { id: 7, bytes: 16, kind: "complex", real: "f64", array: Float64Array },
};

/** All data types, narrowest first. */
export const DTYPES: readonly DType[] = ["bool", "i32", "u32", "f16", "f32", "f64", "c64", "c128"];

/** The data types of real numbers. */
export const REAL_DTYPES: readonly RealDType[] = ["bool", "i32", "u32", "f32", "f64"];

const CLASSES: Record<DTypeClass, readonly DType[]> = {
  any: REAL_DTYPES,
  number: ["i32", "u32", "f32", "f64"],
  float: ["f32", "f64"],
  int: ["i32", "u32"],
  bool: ["bool"],
  bits: ["bool", "i32", "u32"],
};

/** Facts about a data type. */
export function dtypeInfo(dtype: DType): DTypeInfo {
  return TABLE[dtype];
}

/** Whether `dtype` is f16, f32 or f64. */
export function isFloat(dtype: DType): boolean {
  return TABLE[dtype].kind === "float";
}

/** Whether `dtype` is c64 or c128. */
export function isComplex(dtype: DType): dtype is ComplexDType {
  return TABLE[dtype].kind === "complex";
}

/** Whether gradients exist: floats and complex numbers. */
export function isDifferentiable(dtype: DType): boolean {
  return TABLE[dtype].kind === "float" || TABLE[dtype].kind === "complex";
}

/** The type of the parts of a complex number, f32 for halves; other types are returned unchanged. */
export function realOf(dtype: DType): RealDType {
  return TABLE[dtype].real;
}

/** The complex type whose parts have type `dtype`; f32 parts for integers and bools. */
export function complexOf(dtype: DType): ComplexDType {
  return dtype === "f64" || dtype === "c128" ? "c128" : "c64";
}

/** Number of real numbers that one element is made of. */
export function partsOf(dtype: DType): 1 | 2 {
  return TABLE[dtype].kind === "complex" ? 2 : 1;
}

/** Throws unless `dtype` names a data type. */
export function checkDType(name: string, dtype: unknown): DType {
  if (typeof dtype !== "string" || !Object.hasOwn(TABLE, dtype)) {
    throw new ArgumentError(`${name}: unknown dtype (got ${show(dtype)}, expected one of ${DTYPES.join(", ")}).`);
  }
  return dtype as DType;
}

/** How `size` elements lie in memory: as how many numbers of which type. Halves lie two in a word. */
export function storedAs(dtype: DType, size: number): readonly [ty: RealDType, length: number] {
  return dtype === "f16" ? ["u32", (size + 1) >>> 1] : [realOf(dtype), size * partsOf(dtype)];
}

/** Throws unless `dtype` belongs to `cls`; f16 belongs where f32 does. */
export function requireDType(name: string, dtype: DType, cls: DTypeClass): void {
  if (!CLASSES[cls].includes(dtype === "f16" ? "f32" : dtype)) {
    throw new DTypeError(
      `${name}: dtype not accepted (got ${dtype}, expected ${CLASSES[cls].join(", ")}). Convert with astype().`,
    );
  }
}

/**
 * The common data type of two tensors: `bool < i32, u32 < f32 < f64`, `f32 < c64 < c128`, `f64 < c128`, and c128 for f64 with c64.
 * f16 counts as f32, except with itself.
 * @throws DTypeError for i32 with u32, which have no common integer type of 32 bits
 */
export function promote(name: string, a: DType, b: DType): DType {
  if (a === b) return a;
  if ((a === "i32" && b === "u32") || (a === "u32" && b === "i32")) {
    throw new DTypeError(
      `${name}: i32 and u32 do not mix (got ${a} and ${b}, expected equal integer types). Convert one with astype().`,
    );
  }
  if (isComplex(a) || isComplex(b)) return realOf(a) === "f64" || realOf(b) === "f64" ? "c128" : "c64";
  const wide = TABLE[a].id >= TABLE[b].id ? a : b;
  return wide === "f16" ? "f32" : wide;
}

/** The data type that holds a typed array's elements unchanged, or undefined. */
export function dtypeOfArray(data: ArrayBufferView): DType | undefined {
  if (data instanceof Float32Array) return "f32";
  if (data instanceof Float64Array) return "f64";
  if (data instanceof Int32Array) return "i32";
  if (data instanceof Uint32Array || data instanceof Uint8Array) return "u32";
  // Bit patterns, and an array type that engines before 2025 do not have.
  if (data instanceof Uint16Array || data.constructor.name === "Float16Array") return "f16";
  return undefined;
}
