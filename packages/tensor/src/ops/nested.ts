/** Data as users write it: numbers, nested arrays, typed arrays. */
import { dtypeOfArray, type Complex, type DataArray, type DType } from "../dtype.ts";
import { ArgumentError, DTypeError, ShapeError, show } from "../errors.ts";
import { checkShape, MAX_RANK } from "../shape.ts";
import { Tensor } from "../tensor.ts";

/** Numbers or booleans in nested arrays of equal lengths. */
export type NestedArray = number | boolean | Complex | readonly NestedArray[];

function isComplexNumber(x: unknown): x is Complex {
  return (
    typeof x === "object" &&
    x !== null &&
    typeof (x as Complex).re === "number" &&
    typeof (x as Complex).im === "number"
  );
}

/** The elements of data in C order, their shape and the data type that holds them. Complex numbers become two elements. */
export function flatten(data: NestedArray | DataArray): {
  flat: ArrayLike<number>;
  shape: number[];
  natural: DType;
} {
  if (typeof data === "number") return { flat: [data], shape: [], natural: "f32" };
  if (typeof data === "boolean") return { flat: [Number(data)], shape: [], natural: "bool" };
  if (isComplexNumber(data)) return { flat: [data.re, data.im], shape: [], natural: "c64" };
  if (ArrayBuffer.isView(data)) {
    const natural = dtypeOfArray(data);
    if (natural === undefined) {
      throw new DTypeError(
        `tensor: array type not accepted (got ${show(data)}, expected Float32Array, Float64Array, Int32Array, ` +
          `Uint32Array, Uint16Array or Uint8Array). Convert it first.`,
      );
    }
    return { flat: data, shape: [data.length], natural };
  }
  if (!Array.isArray(data)) {
    const hint = (data as unknown) instanceof Tensor ? " It is a tensor already: use astype() or to()." : "";
    throw new ArgumentError(
      `tensor: data must be a number, nested arrays or a typed array (got ${show(data)}).${hint}`,
    );
  }
  const shape: number[] = [];
  for (let level: unknown = data; Array.isArray(level) && shape.length <= MAX_RANK; level = level[0]) {
    shape.push(level.length);
  }
  if (shape.length > MAX_RANK) checkShape("tensor", shape);
  const flat: number[] = [];
  let booleans = 0;
  let pairs = 0;
  const at: number[] = [];
  const ragged = (item: unknown, expected: string): ShapeError =>
    new ShapeError(
      `tensor: nested arrays are ragged or hold other values (got ${Array.isArray(item) ? `an array of length ${item.length}` : show(item)} ` +
        `at data${at.map((i) => `[${i}]`).join("")}, expected ${expected}).`,
    );
  const visit = (item: unknown, depth: number): void => {
    if (depth === shape.length) {
      if (isComplexNumber(item)) {
        pairs++;
        flat.push(item.re, item.im);
        return;
      }
      if (typeof item !== "number" && typeof item !== "boolean") throw ragged(item, "a number");
      if (typeof item === "boolean") booleans++;
      flat.push(Number(item));
      return;
    }
    if (!Array.isArray(item) || item.length !== shape[depth]) throw ragged(item, `an array of length ${shape[depth]}`);
    for (let i = 0; i < item.length; i++) {
      at[depth] = i;
      visit(item[i], depth + 1);
    }
    at.length = depth;
  };
  visit(data, 0);
  if (pairs > 0 && 2 * pairs !== flat.length) {
    throw new DTypeError(`tensor: complex and other values are mixed (got ${pairs} complex ones, expected one kind).`);
  }
  if (pairs > 0) return { flat, shape, natural: "c64" };
  if (booleans > 0 && booleans < flat.length) {
    throw new DTypeError(`tensor: booleans and numbers are mixed (got ${booleans} booleans, expected one kind).`);
  }
  return { flat, shape, natural: booleans > 0 ? "bool" : "f32" };
}
