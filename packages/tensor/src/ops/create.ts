/** Tensors from data and from nothing. */
import { backendOf, defaultDevice, requireOnDevice } from "../device.ts";
import {
  checkDType,
  dtypeInfo,
  isFloat,
  type DataArray,
  type DType,
  isComplex,
  isDifferentiable,
  partsOf,
  storedAs,
} from "../dtype.ts";
import { ArgumentError, checkOptions, DTypeError, ShapeError, show } from "../errors.ts";
import { halves } from "../graph/halves.ts";
import { defineOp, type IotaOp } from "../graph/op.ts";
import { leafNode, record, scalarNode } from "../graph/record.ts";
import { checkShape, internShape, SCALAR_SHAPE, showShape, type Shape } from "../shape.ts";
import { requireTensor, type Tensor } from "../tensor.ts";
import { add, mul } from "./arith.ts";
import { equal } from "./compare.ts";
import { cast } from "./elementwise.ts";
import { flatten, type NestedArray } from "./nested.ts";
import { aliasOf, expandTo, reshapeTo } from "./views.ts";

/** Where and as what a tensor is created. */
export interface CreateOptions<D extends DType = DType> {
  readonly dtype?: D;
  /** `"cpu"`, `"js"` or `"webgpu"`; the default device when left out. */
  readonly device?: string;
}

/** The same with a shape for flat data. */
export interface TensorOptions<D extends DType = DType> extends CreateOptions<D> {
  readonly shape?: readonly number[];
}

const CREATE_KEYS = ["dtype", "device"];

/**
 * A tensor from a number, nested arrays or a typed array (copied).
 *
 * Typed arrays keep their type (Float32Array → f32, Float64Array → f64, Int32Array → i32, Uint32Array and Uint8Array →
 * u32, Float16Array and the bit patterns in a Uint16Array → f16); numbers become f32 and booleans bool unless `dtype` says otherwise. Floats are rounded to the data type, and
 * anything but 0 becomes true; numbers that an integer `dtype` cannot hold are an error. Cost: one copy.
 *
 * Complex tensors come from `{ re, im }` objects (c64 unless `dtype` is c128), or from a flat typed array of interleaved
 * parts with `dtype` c64 or c128.
 * @param data a number or boolean (rank 0), nested arrays of equal lengths, or a flat typed array
 * @param options.shape the shape, when it is not that of `data`; sizes must multiply to the number of elements
 * @throws ShapeError when arrays are ragged or do not fill the shape, DTypeError when a value or array type does not fit,
 * ArgumentError for data of another kind
 */
export function tensor<D extends DType = DType>(
  data: NestedArray | DataArray,
  options: TensorOptions<D> = {},
): Tensor<D> {
  checkOptions("tensor", options, [...CREATE_KEYS, "shape"]);
  const { flat, shape: found, natural } = flatten(data);
  const dtype = options.dtype === undefined ? natural : checkDType("tensor", options.dtype);
  // Flat arrays and arrays of { re, im } hold two numbers per complex element; plain nested numbers have no imaginary part.
  const widen = isComplex(dtype) && !isComplex(natural) && !ArrayBuffer.isView(data);
  const numbers = widen ? Array.from(flat).flatMap((v) => [v, 0]) : flat;
  const parts = partsOf(dtype);
  if (data instanceof Uint16Array && dtype !== "f16") {
    throw new DTypeError(`tensor: a Uint16Array holds the bits of halves (got dtype ${dtype}, expected f16).`);
  }
  if (isComplex(natural) && parts === 1) {
    throw new DTypeError(`tensor: complex values do not fit the dtype (got ${dtype}, expected c64 or c128).`);
  }
  const natively = ArrayBuffer.isView(data) && parts === 2 ? [Math.floor(flat.length / 2)] : found;
  const shape = checkShape("tensor", options.shape === undefined ? natively : options.shape);
  if (shape.size * parts !== numbers.length) {
    throw new ShapeError(
      `tensor: data does not fill the shape (got ${numbers.length} ${parts === 2 ? "numbers" : "elements"}, ` +
        `expected ${shape.size * parts} for ${showShape(shape.dims)}).`,
    );
  }
  return fromFlat("tensor", numbers, shape, dtype as D, options.device);
}

/** A tensor of flat data, converted to its data type. */
function fromFlat<D extends DType>(
  name: string,
  flat: ArrayLike<number>,
  shape: Shape,
  dtype: D,
  device: string | undefined,
): Tensor<D> {
  const backend = backendOf(device ?? defaultDevice());
  requireOnDevice(name, backend, dtype);
  const Target = dtypeInfo(dtype).array;
  const [ty, words] = storedAs(dtype, shape.size);
  let data: DataArray;
  if (dtype === "f16") {
    data = new Uint16Array(2 * words);
    data.set(flat instanceof Target ? flat : (halves.rules?.encode(flat) ?? []));
  } else if (flat instanceof Target && dtype !== "bool") {
    data = flat as DataArray;
  } else {
    data = new Target(flat.length);
    for (let i = 0; i < flat.length; i++) data[i] = dtype === "bool" ? (flat[i] !== 0 ? 1 : 0) : flat[i];
    if (!isDifferentiable(dtype) && dtype !== "bool") checkFits(name, flat, data, dtype);
  }
  const storage = backend.alloc(Math.max(1, words * backend.elementBytes(ty)));
  backend.write(storage, ty, data);
  return leafNode(storage, shape, dtype);
}

function checkFits(name: string, flat: ArrayLike<number>, data: ArrayLike<number>, dtype: DType): void {
  for (let i = 0; i < flat.length; i++) {
    if (data[i] !== flat[i]) {
      throw new DTypeError(
        `${name}: value does not fit the dtype (got ${show(flat[i])} at element ${i}, expected values of ${dtype}).`,
      );
    }
  }
}

/** A number or boolean as an element of a data type. @throws ArgumentError or DTypeError when it is none */
export function checkElement(name: string, value: unknown, dtype: DType): number {
  if (typeof value !== "number" && typeof value !== "boolean") {
    throw new ArgumentError(`${name}: value must be a number or a boolean (got ${show(value)}).`);
  }
  const v = Number(value);
  if (dtype === "bool") return v !== 0 ? 1 : 0;
  if (!isDifferentiable(dtype) && (dtype === "u32" ? v >>> 0 : v | 0) !== v) {
    throw new DTypeError(`${name}: value does not fit the dtype (got ${show(value)}, expected a value of ${dtype}).`);
  }
  return v;
}

/** Checked options of a creating function. */
function options<D extends DType>(name: string, given: CreateOptions<D>, dtype: DType): { dtype: D; device: string } {
  checkOptions(name, given, CREATE_KEYS);
  const out = given.dtype === undefined ? dtype : checkDType(name, given.dtype);
  const device = given.device ?? defaultDevice();
  requireOnDevice(name, backendOf(device), out);
  return { dtype: out as D, device };
}

/**
 * A tensor filled with one value. Takes no memory until it is read.
 * @param shape sizes, or one size
 * @param value a number (f32 unless `dtype` says otherwise) or a boolean (bool)
 * @throws ShapeError for bad sizes, DTypeError when the value does not fit an integer data type
 */
export function full<D extends DType = DType>(
  shape: readonly number[] | number,
  value: number | boolean,
  opts: CreateOptions<D> = {},
): Tensor<D> {
  return filled("full", shape, value, opts);
}

function filled<D extends DType>(
  name: string,
  shape: readonly number[] | number,
  value: number | boolean,
  opts: CreateOptions<D>,
): Tensor<D> {
  const { dtype, device } = options(name, opts, typeof value === "boolean" ? "bool" : "f32");
  const target = checkShape(name, shape);
  return expandTo(scalarNode(checkElement(name, value, dtype), dtype, backendOf(device)), target) as Tensor<D>;
}

/** A tensor of zeros (f32 unless said otherwise). Takes no memory until it is read. @throws ShapeError for bad sizes */
export function zeros<D extends DType = "f32">(
  shape: readonly number[] | number,
  opts: CreateOptions<D> = {},
): Tensor<D> {
  return filled("zeros", shape, 0, opts);
}

/** A tensor of ones (f32 unless said otherwise). Takes no memory until it is read. @throws ShapeError for bad sizes */
export function ones<D extends DType = "f32">(
  shape: readonly number[] | number,
  opts: CreateOptions<D> = {},
): Tensor<D> {
  return filled("ones", shape, 1, opts);
}

/** Zeros with the shape, data type and device of `x`. */
export function zerosLike<D extends DType>(x: Tensor<D>): Tensor<D> {
  return filledLike("zerosLike", x, 0);
}

/** Ones with the shape, data type and device of `x`. */
export function onesLike<D extends DType>(x: Tensor<D>): Tensor<D> {
  return filledLike("onesLike", x, 1);
}

/** One value with the shape, data type and device of `x`. @throws DTypeError when an integer type cannot hold the value */
export function fullLike<D extends DType>(x: Tensor<D>, value: number | boolean): Tensor<D> {
  return filledLike("fullLike", x, value);
}

function filledLike<D extends DType>(name: string, x: Tensor<D>, value: number | boolean): Tensor<D> {
  requireTensor(name, x);
  return expandTo(scalarNode(checkElement(name, value, x.dtype), x.dtype, x.backend), x.s);
}

const IOTA: IotaOp = /*@__PURE__*/ defineOp<IotaOp>({ kind: "iota", name: "iota" });

/**
 * The linear (C order) index of every element. Takes no memory until it is read.
 * @param shape sizes, or one size
 * @param opts.dtype `"i32"` (default) or `"u32"`
 * @throws DTypeError for another data type
 */
export function iota<D extends "i32" | "u32" = "i32">(
  shape: readonly number[] | number,
  opts: CreateOptions<D> = {},
): Tensor<D> {
  const { dtype, device } = options<D>("iota", opts, "i32");
  if (dtype !== "i32" && dtype !== "u32") {
    throw new DTypeError(`iota: dtype not accepted (got ${show(dtype)}, expected i32 or u32).`);
  }
  return record(IOTA, [], checkShape("iota", shape), dtype, null, backendOf(device));
}

/**
 * Evenly spaced values `start + i * step` in `[start, stop)`; `arange(stop)` starts at 0.
 * i32 when all three numbers are integers that fit, otherwise f32, unless `opts.dtype` says otherwise. Integer ranges take
 * no memory until they are read.
 * @param start first value (or, alone, the end of the range)
 * @param stop end of the range, not included
 * @param step distance, not 0, may be negative
 * @throws ArgumentError for numbers that are not finite or a step of 0, DTypeError when the values do not fit the data type
 */
export function arange<D extends DType = DType>(
  start: number,
  stop?: number,
  step = 1,
  opts: CreateOptions<D> = {},
): Tensor<D> {
  const from = stop === undefined ? 0 : start;
  const to = stop === undefined ? start : stop;
  for (const [name, v] of [
    ["start", from],
    ["stop", to],
    ["step", step],
  ] as const) {
    if (typeof v !== "number" || !Number.isFinite(v)) {
      throw new ArgumentError(`arange: ${name} must be a finite number (got ${show(v)}).`);
    }
  }
  if (step === 0) throw new ArgumentError("arange: step must not be 0 (got 0, expected a distance).");
  const shape = checkShape("arange", [Math.max(0, Math.ceil((to - from) / step))]);
  const last = from + Math.max(0, shape.size - 1) * step;
  const fits = (dtype: DType): boolean =>
    [from, last, step].every((v) => Number.isInteger(v)) &&
    (dtype === "i32"
      ? Math.min(from, last) >= -2147483648 && Math.max(from, last) <= 2147483647
      : Math.min(from, last) >= 0 && Math.max(from, last) <= 4294967295);
  const { dtype, device } = options("arange", opts, fits("i32") ? "i32" : "f32");
  if (isFloat(dtype)) {
    const values = Float64Array.from({ length: shape.size }, (_, i) => from + i * step);
    return fromFlat("arange", values, shape, dtype, device);
  }
  if (dtype === "bool" || !fits(dtype)) {
    throw new DTypeError(
      `arange: dtype does not hold the values (got ${dtype} for ${from} to ${last} in steps of ${step}).`,
    );
  }
  // Modulo 2^32, so that steps may be negative in u32.
  const wrap = (v: number): number => (dtype === "u32" ? v >>> 0 : v | 0);
  const index = iota(shape.dims, { device, dtype: dtype as "i32" | "u32" });
  return add(mul(index, wrap(step)), wrap(from)) as Tensor as Tensor<D>;
}

/**
 * `count` evenly spaced values from `start` to `stop`, both included; one value is `start`.
 * @param opts.dtype `"f32"` (default) or `"f64"`
 * @throws ArgumentError for numbers that are not finite or a bad count, DTypeError for integer types
 */
export function linspace<D extends "f32" | "f64" = "f32">(
  start: number,
  stop: number,
  count: number,
  opts: CreateOptions<D> = {},
): Tensor<D> {
  for (const [name, v] of [
    ["start", start],
    ["stop", stop],
  ] as const) {
    if (typeof v !== "number" || !Number.isFinite(v)) {
      throw new ArgumentError(`linspace: ${name} must be a finite number (got ${show(v)}).`);
    }
  }
  if (!Number.isInteger(count) || count < 0) {
    throw new ArgumentError(`linspace: count must be a non-negative integer (got ${show(count)}).`);
  }
  const shape = checkShape("linspace", [count]);
  const { dtype, device } = options<D>("linspace", opts, "f32");
  if (!isFloat(dtype)) throw new DTypeError(`linspace: dtype not accepted (got ${show(dtype)}, expected f32 or f64).`);
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    values[i] = i === count - 1 && count > 1 ? stop : start + ((stop - start) * i) / Math.max(1, count - 1);
  }
  return fromFlat("linspace", values, shape, dtype, device);
}

/**
 * The identity matrix: 1 where row and column agree, else 0. Takes no memory until it is read.
 * @param rows number of rows
 * @param columns number of columns, `rows` when left out
 * @throws ShapeError for sizes that are no non-negative integers
 */
export function eye<D extends DType = "f32">(
  rows: number,
  columns: number = rows,
  opts: CreateOptions<D> = {},
): Tensor<D> {
  const { dtype, device } = options<D>("eye", opts, "f32");
  const shape = checkShape("eye", [rows, columns]);
  const row = reshapeTo(iota([rows], { device }), internShape([rows, 1]));
  const column = iota([columns], { device });
  const same = equal(expandTo(row, shape), expandTo(column, shape));
  return cast(same, dtype);
}

/**
 * A rank-0 tensor holding a number, f32 unless `opts.dtype` says otherwise.
 * @throws DTypeError when an integer data type cannot hold the value
 */
export function scalar<D extends DType = "f32">(value: number | boolean, opts: CreateOptions<D> = {}): Tensor<D> {
  const { dtype, device } = options<D>("scalar", opts, typeof value === "boolean" ? "bool" : "f32");
  return fromFlat("scalar", [checkElement("scalar", value, dtype)], SCALAR_SHAPE, dtype, device);
}

/**
 * A copy of a tensor on another device (or the same one). Reads the values when they have to move, hence asynchronous.
 * @param device `"cpu"`, `"js"`, `"webgpu"`
 * @throws DeviceError for an unknown device, DTypeError when it does not have the data type
 */
export async function to<D extends DType>(x: Tensor<D>, device: string): Promise<Tensor<D>> {
  requireTensor("to", x);
  requireOnDevice("to", backendOf(device), x.dtype);
  if (x.device === device) return aliasOf(x);
  const data = await x.data();
  return fromFlat("to", data as ArrayLike<number>, x.s, x.dtype, device);
}
