/** Tensors from data and from nothing. */
import { backendOf, defaultDevice, requireOnDevice } from "../device.ts";
import {
  checkDType,
  dtypeInfo,
  dtypeOfArray,
  isFloat,
  type DataArray,
  type DType,
} from "../dtype.ts";
import { ArgumentError, checkOptions, DTypeError, ShapeError } from "../errors.ts";
import { defineOp, type IotaOp } from "../graph/op.ts";
import { leafNode, record, scalarNode } from "../graph/record.ts";
import { checkShape, internShape, SCALAR_SHAPE, showShape, type Shape } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { add, mul } from "./arith.ts";
import { equal } from "./compare.ts";
import { cast } from "./elementwise.ts";
import { expandTo, reshapeTo } from "./views.ts";

/** Numbers or booleans in nested arrays of equal lengths. */
export type NestedArray = number | boolean | readonly NestedArray[];

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
 * Typed arrays keep their type (Float32Array → f32, Float64Array → f64, Int32Array → i32, Uint32Array → u32); numbers
 * become f32 and booleans bool unless `dtype` says otherwise. Numbers that an integer `dtype` cannot hold are an error.
 */
export function tensor<D extends DType = DType>(
  data: NestedArray | DataArray,
  options: TensorOptions<D> = {},
): Tensor<D> {
  checkOptions("tensor", options, [...CREATE_KEYS, "shape"]);
  const { flat, shape: found, natural } = flatten(data);
  const shape = options.shape === undefined ? internShape(found) : checkShape("tensor", options.shape);
  if (shape.size !== flat.length) {
    throw new ShapeError(
      `tensor: data does not fill the shape (got ${flat.length} elements, expected ${shape.size} for ${showShape(shape.dims)}).`,
    );
  }
  const dtype = options.dtype === undefined ? natural : checkDType("tensor", options.dtype);
  return fromFlat(flat, shape, dtype as D, options.device);
}

function fromFlat<D extends DType>(
  flat: ArrayLike<number>,
  shape: Shape,
  dtype: D,
  device: string | undefined,
): Tensor<D> {
  const backend = backendOf(device ?? defaultDevice());
  requireOnDevice("tensor", backend, dtype);
  const Target = dtypeInfo(dtype).array;
  let data: DataArray;
  if (flat instanceof Target && dtype !== "bool") {
    data = flat as DataArray;
  } else {
    data = new Target(flat.length);
    for (let i = 0; i < flat.length; i++) data[i] = dtype === "bool" ? (flat[i] !== 0 ? 1 : 0) : flat[i];
    if (!isFloat(dtype) && dtype !== "bool") checkFits(flat, data, dtype);
  }
  const storage = backend.alloc(Math.max(1, shape.size * backend.elementBytes(dtype)));
  backend.write(storage, dtype, data);
  return leafNode(storage, shape, dtype);
}

function checkFits(flat: ArrayLike<number>, data: DataArray, dtype: DType): void {
  for (let i = 0; i < flat.length; i++) {
    if (data[i] !== flat[i]) {
      throw new DTypeError(`tensor: value does not fit the dtype (got ${flat[i]} at element ${i}, expected a ${dtype}).`);
    }
  }
}

function flatten(data: NestedArray | DataArray): {
  flat: ArrayLike<number>;
  shape: number[];
  natural: DType;
} {
  if (typeof data === "number") return { flat: [data], shape: [], natural: "f32" };
  if (typeof data === "boolean") return { flat: [Number(data)], shape: [], natural: "bool" };
  if (ArrayBuffer.isView(data)) {
    const natural = dtypeOfArray(data) ?? (data instanceof Uint8Array ? "u32" : undefined);
    if (natural === undefined) {
      throw new DTypeError(
        `tensor: array type not accepted (got ${Object.prototype.toString.call(data).slice(8, -1)}, expected Float32Array, ` +
          `Float64Array, Int32Array, Uint32Array or Uint8Array). Convert it first.`,
      );
    }
    return { flat: data, shape: [data.length], natural };
  }
  if (!Array.isArray(data)) {
    throw new ArgumentError(`tensor: data must be a number, nested arrays or a typed array (got ${String(data)}).`);
  }
  const shape: number[] = [];
  for (let level: unknown = data; Array.isArray(level); level = level[0]) shape.push(level.length);
  const flat: number[] = [];
  let booleans = 0;
  const visit = (item: unknown, depth: number, path: string): void => {
    if (depth === shape.length) {
      if (typeof item !== "number" && typeof item !== "boolean") {
        throw new ShapeError(
          `tensor: nested arrays are ragged or hold other values (got ${Array.isArray(item) ? "an array" : String(item)} at data${path}, expected a number).`,
        );
      }
      if (typeof item === "boolean") booleans++;
      flat.push(Number(item));
      return;
    }
    if (!Array.isArray(item) || item.length !== shape[depth]) {
      throw new ShapeError(
        `tensor: nested arrays are ragged (got ${Array.isArray(item) ? `length ${item.length}` : String(item)} at data${path}, expected an array of length ${shape[depth]}).`,
      );
    }
    item.forEach((x, i) => visit(x, depth + 1, `${path}[${i}]`));
  };
  visit(data, 0, "");
  if (booleans > 0 && booleans < flat.length) {
    throw new DTypeError("tensor: booleans and numbers are mixed (expected one kind).");
  }
  return { flat, shape, natural: booleans > 0 ? "bool" : "f32" };
}

function options<D extends DType>(
  name: string,
  given: CreateOptions<D>,
  dtype: DType,
): { dtype: D; device: string } {
  checkOptions(name, given, CREATE_KEYS);
  const out = given.dtype === undefined ? dtype : checkDType(name, given.dtype);
  const device = given.device ?? defaultDevice();
  requireOnDevice(name, backendOf(device), out);
  return { dtype: out as D, device };
}

/** A tensor filled with one value. Takes no memory until it is read. */
export function full<D extends DType = DType>(
  shape: readonly number[] | number,
  value: number | boolean,
  opts: CreateOptions<D> = {},
): Tensor<D> {
  const { dtype, device } = options("full", opts, typeof value === "boolean" ? "bool" : "f32");
  const v = Number(value);
  if (!isFloat(dtype) && dtype !== "bool") checkFits([v], new (dtypeInfo(dtype).array)([v]), dtype);
  return expandTo(scalarNode(v, dtype, backendOf(device)), checkShape("full", shape)) as Tensor<D>;
}

/** A tensor of zeros (f32 unless said otherwise). */
export function zeros<D extends DType = "f32">(
  shape: readonly number[] | number,
  opts: CreateOptions<D> = {},
): Tensor<D> {
  return full(shape, 0, opts);
}

/** A tensor of ones (f32 unless said otherwise). */
export function ones<D extends DType = "f32">(
  shape: readonly number[] | number,
  opts: CreateOptions<D> = {},
): Tensor<D> {
  return full(shape, 1, opts);
}

/** Zeros with the shape, dtype and device of `x`. */
export function zerosLike<D extends DType>(x: Tensor<D>): Tensor<D> {
  return fullLike(x, 0);
}

/** Ones with the shape, dtype and device of `x`. */
export function onesLike<D extends DType>(x: Tensor<D>): Tensor<D> {
  return fullLike(x, 1);
}

/** One value with the shape, dtype and device of `x`. */
export function fullLike<D extends DType>(x: Tensor<D>, value: number): Tensor<D> {
  return expandTo(scalarNode(value, x.dtype, x.backend), x.s);
}

const IOTA: IotaOp = /*@__PURE__*/ defineOp<IotaOp>({ kind: "iota", name: "iota" });

/** The linear (C order) index of every element, as i32 or u32. */
export function iota<D extends "i32" | "u32" = "i32">(
  shape: readonly number[] | number,
  opts: CreateOptions<D> = {},
): Tensor<D> {
  const { dtype, device } = options<D>("iota", opts, "i32");
  if (dtype !== "i32" && dtype !== "u32") {
    throw new DTypeError(`iota: dtype not accepted (got ${String(dtype)}, expected i32 or u32).`);
  }
  return record(IOTA, [], checkShape("iota", shape), dtype, null, backendOf(device));
}

/**
 * Evenly spaced values `start + i * step` in `[start, stop)`; `arange(stop)` starts at 0.
 * i32 when all three numbers are integers, otherwise f32.
 */
export function arange<D extends DType = DType>(
  start: number,
  stop?: number,
  step = 1,
  opts: CreateOptions<D> = {},
): Tensor<D> {
  const from = stop === undefined ? 0 : start;
  const to = stop === undefined ? start : stop;
  for (const [name, v] of [["start", from], ["stop", to], ["step", step]] as const) {
    if (typeof v !== "number" || !Number.isFinite(v)) {
      throw new ArgumentError(`arange: ${name} must be a finite number (got ${String(v)}).`);
    }
  }
  if (step === 0) throw new ArgumentError("arange: step must not be 0.");
  const integers = [from, to, step].every((v) => Number.isInteger(v));
  const { dtype, device } = options("arange", opts, integers ? "i32" : "f32");
  const count = Math.max(0, Math.ceil((to - from) / step));
  if (isFloat(dtype)) {
    const values = Float64Array.from({ length: count }, (_, i) => from + i * step);
    return fromFlat(values, checkShape("arange", [count]), dtype, device);
  }
  if (!integers || dtype === "bool") {
    throw new DTypeError(`arange: dtype does not hold the values (got ${dtype} for ${from}, ${to}, ${step}).`);
  }
  return cast(add(mul(iota([count], { device }), step), from), dtype);
}

/** `count` evenly spaced values from `start` to `stop`, both included. */
export function linspace<D extends "f32" | "f64" = "f32">(
  start: number,
  stop: number,
  count: number,
  opts: CreateOptions<D> = {},
): Tensor<D> {
  if (!Number.isInteger(count) || count < 0) {
    throw new ArgumentError(`linspace: count must be a non-negative integer (got ${String(count)}).`);
  }
  const { dtype, device } = options<D>("linspace", opts, "f32");
  if (!isFloat(dtype)) throw new DTypeError(`linspace: dtype not accepted (got ${String(dtype)}, expected f32 or f64).`);
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    values[i] = i === count - 1 && count > 1 ? stop : start + ((stop - start) * i) / Math.max(1, count - 1);
  }
  return fromFlat(values, internShape([count]), dtype, device);
}

/** The identity matrix of `rows` rows (and `columns` columns). */
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

/** A scalar tensor holding a number. */
export function scalar<D extends DType = "f32">(value: number, opts: CreateOptions<D> = {}): Tensor<D> {
  const { dtype, device } = options<D>("scalar", opts, "f32");
  return fromFlat([value], SCALAR_SHAPE, dtype, device);
}

/** A copy of a tensor on another device. Reads the values when they are on a GPU, hence asynchronous. */
export async function to<D extends DType>(x: Tensor<D>, device: string): Promise<Tensor<D>> {
  if (x.device === device) return x;
  const data = await x.data();
  return fromFlat(data as ArrayLike<number>, x.s, x.dtype, device);
}
