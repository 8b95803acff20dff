/** The type of linear operators, and a factory that checks what goes in and out. */
import { checkDType, isComplex, isFloat, type DType } from "../dtype.ts";
import { backendOf } from "../device.ts";
import { ArgumentError, checkOptions, DeviceError, DTypeError, requireFunction, ShapeError } from "../errors.ts";
import { checkShape, showShape } from "../shape.ts";
import { requireTensor, type Tensor } from "../tensor.ts";

/** A linear map and its adjoint with respect to `<x, y> = sum_i conj(x_i) y_i`. Both are pure. */
export interface AdjointPair {
  /** `A x`. */
  apply(x: Tensor): Tensor;
  /** `A* y`. */
  adjoint(y: Tensor): Tensor;
}

/** A linear map between arrays of fixed shapes. */
export interface LinearOperator extends AdjointPair {
  /** Shape of what it is applied to. */
  readonly domain: readonly number[];
  /** Shape of what comes out. */
  readonly range: readonly number[];
  /** Data type of both sides: f32, f64, c64 or c128. */
  readonly dtype: DType;
  /** The device of what it holds, such as a matrix, on which its arguments must be; left out when it works on any. */
  readonly device?: string;
}

/** What {@link linearOperator} is made of. */
export interface LinearOperatorOptions extends AdjointPair {
  readonly domain: readonly number[];
  readonly range: readonly number[];
  /** f32 when left out. */
  readonly dtype?: DType;
  /** The device that arguments must be on, when there is one. */
  readonly device?: string;
  /** What it is, for messages; `"operator"` when left out. */
  readonly name?: string;
}

/**
 * Makes an operator from two functions, and checks shapes and data types of everything that goes in or comes out.
 *
 * The functions must be adjoint to each other, which {@link import("./probe.ts").adjointError} measures.
 * @throws ShapeError for shapes that are none, DTypeError for integers and bools, DeviceError for an unknown device
 * @example
 * const differences = linearOperator({
 *   domain: [8], range: [7],
 *   apply: (x) => sub(slice(x, [[1, 8]]), slice(x, [[0, 7]])),
 *   adjoint: (y) => sub(pad(y, [[1, 0]]), pad(y, [[0, 1]])),
 * });
 */
export function linearOperator(options: LinearOperatorOptions): LinearOperator {
  checkOptions("linearOperator", options, ["domain", "range", "dtype", "device", "name", "apply", "adjoint"]);
  const { dtype = "f32", name = "operator", apply, adjoint } = options;
  checkDType(name, dtype);
  requireField(name, dtype);
  const domain = checkShape(`${name}: domain`, options.domain).dims;
  const range = checkShape(`${name}: range`, options.range).dims;
  if (options.device !== undefined) backendOf(options.device);
  requireFunction(`${name}: apply`, apply);
  requireFunction(`${name}: adjoint`, adjoint);
  const checked =
    (what: string, f: (t: Tensor) => Tensor, from: readonly number[], to: readonly number[]) =>
    (t: Tensor): Tensor => {
      requireTensor(`${name}: ${what}`, t);
      requireLike(`${name}: argument of ${what}`, t, from, dtype);
      const result = f(t);
      requireTensor(`${name}: result of ${what}`, result);
      requireLike(`${name}: result of ${what}`, result, to, dtype);
      return result;
    };
  return {
    domain,
    range,
    dtype,
    ...(options.device !== undefined && { device: options.device }),
    apply: checked("apply", (x) => apply(x), domain, range),
    adjoint: checked("adjoint", (y) => adjoint(y), range, domain),
  };
}

function requireLike(what: string, t: Tensor, shape: readonly number[], dtype: DType): void {
  if (!sameShape(t.shape, shape)) {
    throw new ShapeError(`${what} has another shape (got ${showShape(t.shape)}, expected ${showShape(shape)}).`);
  }
  if (t.dtype !== dtype) {
    throw new DTypeError(`${what} has another data type (got ${t.dtype}, expected ${dtype}). Convert with astype().`);
  }
}

/** Throws unless a data type is one that operators act on. */
export function requireField(name: string, dtype: DType): void {
  if (!isFloat(dtype) && !isComplex(dtype)) {
    throw new DTypeError(`${name}: operators act on floats (got ${dtype}, expected f32, f64, c64 or c128).`);
  }
}

/** Whether two shapes are equal. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}

/** Throws unless something is an operator. */
export function requireOperator(name: string, a: unknown): asserts a is LinearOperator {
  const candidate = a as Partial<LinearOperator> | null | undefined;
  if (
    typeof candidate?.apply !== "function" ||
    typeof candidate.adjoint !== "function" ||
    !Array.isArray(candidate.domain) ||
    !Array.isArray(candidate.range)
  ) {
    throw new ArgumentError(
      `${name}: not a linear operator (got ${a === null ? "null" : typeof a}, expected { domain, range, dtype, apply, adjoint }).`,
    );
  }
}

/**
 * The device that an operator made of others works on: none when they all work on any.
 * @throws DeviceError when they work on different ones
 */
export function sharedDevice(name: string, operators: readonly LinearOperator[]): { readonly device?: string } {
  const [device, ...others] = new Set(operators.flatMap((a) => (a.device === undefined ? [] : [a.device])));
  if (others.length > 0) {
    throw new DeviceError(`${name}: operators are on different devices (got ${device} and ${others[0]}).`);
  }
  return device === undefined ? {} : { device };
}

/** Throws unless all are operators of one data type. */
export function requireOperators(name: string, operators: readonly LinearOperator[]): void {
  if (operators.length === 0)
    throw new ArgumentError(`${name}: there are no operators (got none, expected at least one).`);
  for (const a of operators) {
    requireOperator(name, a);
    if (a.dtype !== operators[0].dtype) {
      throw new DTypeError(`${name}: operators have different data types (got ${operators[0].dtype} and ${a.dtype}).`);
    }
  }
}

/** Throws unless two shapes are equal. */
export function requireEqualShapes(name: string, what: string, a: readonly number[], b: readonly number[]): void {
  if (!sameShape(a, b)) throw new ShapeError(`${name}: ${what} differ (got ${showShape(a)} and ${showShape(b)}).`);
}
