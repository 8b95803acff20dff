/**
 * Exchange with strided arrays on the CPU: scijs ndarray, and any record of data, shape, strides and offset.
 *
 * | from, to | copied |
 * | --- | --- |
 * | `viewStrided`, `viewNdarray` | never: the array is the tensor's memory |
 * | `fromStrided`, `fromNdarray` of an array that one of these or `zerosStrided` gave, or of its transposed, reversed, stepped, cut or picked parts | never: a view of that tensor |
 * | the same with another `dtype` or `device`, of axes that were joined or divided, or of no elements | once |
 * | `fromStrided`, `fromNdarray` of any other array | once, to C order: tensors cannot lie in foreign memory |
 * | `toNdarray` | once: the array is yours |
 *
 * @module
 */
import "./backend/cpu/complete.ts";
import type Ndarray from "ndarray";
import type { NdArray } from "ndarray";
import { checkDType, dtypeInfo, type DataArray, type DType, type TypedArrayOf } from "./dtype.ts";
import { ArgumentError, checkOptions, DTypeError, ShapeError } from "./errors.ts";
import { lentTensor, requirePlain, viewStrided } from "./ndarray/view.ts";
import { gatherStrided } from "./io/strided.ts";
import { tensor } from "./ops/create.ts";
import { checkShape, showShape, stridesOf } from "./shape.ts";
import { isTensor, type Tensor } from "./tensor.ts";

export { viewStrided, zerosStrided, type StridedView } from "./ndarray/view.ts";

/** Arrays of numbers that can be read. Those of 64-bit integers are refused. */
export type NumberArray = DataArray | Int8Array | Int16Array | Uint16Array | Uint8ClampedArray | readonly number[];

/** What scijs ndarray objects are, structurally. */
export interface NdArrayLike {
  readonly data: NumberArray;
  readonly shape: readonly number[];
  /** In elements; may be zero or negative. */
  readonly stride: readonly number[];
  readonly offset: number;
}

/** A strided array: element (i_1, ..., i_n) is `data[offset + sum i_d strides_d]`. */
export interface StridedArray {
  readonly data: NumberArray;
  readonly shape: readonly number[];
  /** In elements; may be zero or negative. C order when left out. */
  readonly strides?: readonly number[];
  /** 0 when left out. */
  readonly offset?: number;
}

/** Options of {@link fromStrided} and {@link fromNdarray}. */
export interface FromArrayOptions<D extends DType = DType> {
  /** Data type of the tensor; the one that holds the array's type without loss when left out. */
  readonly dtype?: D;
  readonly device?: string;
}

/** The data type that holds every value of an array type. */
const NATURAL: Record<string, DType> = {
  Float32Array: "f32",
  Float64Array: "f64",
  Float16Array: "f32",
  Int8Array: "i32",
  Int16Array: "i32",
  Int32Array: "i32",
  Uint8Array: "u32",
  Uint8ClampedArray: "u32",
  Uint16Array: "u32",
  Uint32Array: "u32",
  Array: "f64",
};

function naturalDType(name: string, data: unknown): DType {
  const kind = Object.prototype.toString.call(data).slice(8, -1);
  if (Object.hasOwn(NATURAL, kind)) return NATURAL[kind];
  const hint = kind.startsWith("Big")
    ? " 64-bit integers have no data type here: convert them with Int32Array.from(data, Number) or Float64Array.from(data, Number)."
    : " Copy the elements into a typed array.";
  throw new DTypeError(
    `${name}: array type not accepted (got ${kind}, expected one of ${Object.keys(NATURAL).join(", ")}).${hint}`,
  );
}

function checkIntegers(name: string, what: string, list: unknown, rank: number): readonly number[] {
  if (!Array.isArray(list) || list.length !== rank || !list.every((s) => Number.isSafeInteger(s))) {
    throw new ShapeError(
      `${name}: ${what} must be one integer per axis (got ${JSON.stringify(list)}, expected ${rank}).`,
    );
  }
  return list as number[];
}

/** Throws unless all elements lie inside the data. */
function checkBounds(
  name: string,
  length: number,
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
): void {
  let least = offset;
  let most = offset;
  shape.forEach((n, d) => {
    if (strides[d] < 0) least += (n - 1) * strides[d];
    else most += (n - 1) * strides[d];
  });
  if (least < 0 || most >= length) {
    throw new ShapeError(
      `${name}: elements lie outside the data (got indices ${least} to ${most} for shape ${showShape(shape)} and strides ${showShape(strides)}, expected within 0 to ${length - 1}).`,
    );
  }
}

function checkNumbers(name: string, data: readonly unknown[]): void {
  const bad = data.findIndex((x) => typeof x !== "number");
  if (bad >= 0) {
    throw new DTypeError(`${name}: elements must be numbers (got ${typeof data[bad]} at index ${bad}).`);
  }
}

function strided<D extends DType>(
  name: string,
  array: Required<StridedArray>,
  options: FromArrayOptions<D>,
): Tensor<D> {
  checkOptions(name, options, ["dtype", "device"]);
  const { data, offset } = array;
  const natural = naturalDType(name, data);
  const shape = checkShape(name, array.shape);
  const strides = checkIntegers(name, "strides", array.strides, shape.dims.length);
  if (!Number.isSafeInteger(offset)) {
    throw new ShapeError(`${name}: offset must be an integer (got ${String(offset)}).`);
  }
  if (shape.size > 0) checkBounds(name, data.length, shape.dims, strides, offset);
  const lent = lentTensor(data, shape.dims, strides, offset);
  const dtype = options.dtype === undefined ? (lent?.dtype ?? natural) : checkDType(name, options.dtype);
  if (lent?.dtype === dtype && lent.device === (options.device ?? lent.device)) return lent as Tensor<D>;
  if (Array.isArray(data)) checkNumbers(name, data);
  const Ordered = dtypeInfo(natural).array as Float64ArrayConstructor;
  const ordered = new Ordered(shape.size);
  gatherStrided(data as ArrayLike<number>, shape.dims, strides, offset, ordered);
  return tensor(ordered, { shape: shape.dims, dtype: dtype as D, device: options.device });
}

/**
 * A tensor with the elements of a strided array: a view where the array is memory of a tensor, see above, otherwise a copy in C
 * order. An array that became a view must not be written to any more.
 *
 * The data type is the one that holds the array's type without loss: Int8 and Int16 become i32, Uint8, Uint8Clamped and
 * Uint16 become u32, Float16 becomes f32, plain arrays of numbers become f64. `dtype` asks for another one.
 * @throws DTypeError for 64-bit integers and anything that is no array of numbers
 * @throws ShapeError when elements lie outside the data
 */
export function fromStrided<D extends DType = DType>(
  array: StridedArray,
  options: FromArrayOptions<D> = {},
): Tensor<D> {
  if (array === null || typeof array !== "object") {
    throw new ArgumentError(
      `fromStrided: expected a record (got ${String(array)}, expected { data, shape, strides, offset }).`,
    );
  }
  checkOptions("fromStrided", array, ["data", "shape", "strides", "offset"]);
  const { data, shape, offset = 0 } = array;
  const strides = array.strides ?? stridesOf(checkShape("fromStrided", shape).dims);
  return strided("fromStrided", { data, shape, strides, offset }, options);
}

/**
 * A tensor with the elements of a scijs ndarray, or of anything with its fields `data, shape, stride, offset`; the package
 * `ndarray` itself is not needed. The rules are those of {@link fromStrided}.
 * @throws as {@link fromStrided}, and DTypeError for an ndarray over a store with get and set
 */
export function fromNdarray<D extends DType = DType>(array: NdArrayLike, options: FromArrayOptions<D> = {}): Tensor<D> {
  const fields = ["data", "shape", "stride", "offset"] as const;
  if (array === null || typeof array !== "object" || !fields.every((f) => array[f] !== undefined)) {
    throw new ArgumentError(
      `fromNdarray: expected an ndarray (got ${array === null ? "null" : typeof array}, expected an object with data, shape, stride and offset).`,
    );
  }
  if (typeof (array.data as { get?: unknown }).get === "function") {
    throw new DTypeError(
      "fromNdarray: ndarrays over a store with get and set are not accepted (got a generic ndarray, expected one over an array). Copy the elements into a typed array.",
    );
  }
  const { data, shape, stride: strides, offset } = array;
  return strided("fromNdarray", { data, shape, strides, offset }, options);
}

/**
 * A scijs ndarray in C order with a copy of a tensor's values: bool as Uint8Array of 0 and 1, others in the array type of
 * their data type.
 *
 * Needs the package `ndarray`, which builds its classes from text and therefore fails where a content security policy
 * forbids `eval`; take `await t.data()` with `t.shape` there.
 * @throws ArgumentError when the package is not installed, DTypeError for f16, c64 and c128
 */
export async function toNdarray(t: Tensor): Promise<NdArray<DataArray>> {
  if (!isTensor(t)) {
    throw new ArgumentError(`toNdarray: the argument must be a tensor (got ${t === null ? "null" : typeof t}).`);
  }
  requirePlain("toNdarray", t.dtype);
  const make = await constructor("toNdarray");
  return make<DataArray>(await t.data(), [...t.shape]);
}

/**
 * A scijs ndarray over a tensor's own memory, for reading: nothing is copied. The rules are those of {@link viewStrided}, and
 * the package `ndarray` is needed as by {@link toNdarray}.
 * @throws as both
 */
export async function viewNdarray<D extends DType>(t: Tensor<D>): Promise<NdArray<TypedArrayOf<D>>> {
  if (!isTensor(t)) {
    throw new ArgumentError(`viewNdarray: the argument must be a tensor (got ${t === null ? "null" : typeof t}).`);
  }
  const make = await constructor("viewNdarray");
  const { data, shape } = viewStrided(t);
  return make(data as Float32Array, [...shape]) as NdArray<TypedArrayOf<D>>;
}

async function constructor(name: string): Promise<typeof Ndarray> {
  const { default: make } = await import("ndarray").catch(() => {
    throw new ArgumentError(`${name}: the package ndarray is not installed. Run \`npm install ndarray\`.`);
  });
  return make;
}
