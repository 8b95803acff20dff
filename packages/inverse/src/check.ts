/** Argument checks that the families share. Every message names the function and the field. */
import { ArgumentError, isTensor, ShapeError, showShape, type Tensor } from "@ansatz/tensor";

/** Throws unless `value` is an integer, at least `least`. */
export function checkCount(name: string, field: string, value: unknown, least = 1): void {
  if (!(Number.isSafeInteger(value) && (value as number) >= least)) {
    throw new ArgumentError(
      `${name}: ${field} is out of range (got ${String(value)}, expected an integer >= ${least}).`,
    );
  }
}

/** Throws unless `value` is a finite number above 0. */
export function checkPositive(name: string, field: string, value: unknown): void {
  if (!(typeof value === "number" && Number.isFinite(value) && value > 0)) {
    throw new ArgumentError(`${name}: ${field} is out of range (got ${String(value)}, expected a finite number > 0).`);
  }
}

/** Throws unless `value` is a finite number that is not negative. */
export function checkNonNegative(name: string, field: string, value: unknown): void {
  if (!(typeof value === "number" && Number.isFinite(value) && value >= 0)) {
    throw new ArgumentError(`${name}: ${field} is out of range (got ${String(value)}, expected a finite number >= 0).`);
  }
}

/** Throws unless `value` is a number in [0, 1). */
export function checkDecay(name: string, field: string, value: unknown): void {
  if (!(typeof value === "number" && value >= 0 && value < 1)) {
    throw new ArgumentError(`${name}: ${field} is out of range (got ${String(value)}, expected a number in [0, 1)).`);
  }
}

/** Throws unless `value` is a finite number. */
export function checkFinite(name: string, field: string, value: unknown): void {
  if (!(typeof value === "number" && Number.isFinite(value))) {
    throw new ArgumentError(`${name}: ${field} is out of range (got ${String(value)}, expected a finite number).`);
  }
}

/** Throws unless `value` is one of the words in `allowed`. */
export function checkChoice(name: string, field: string, value: unknown, allowed: readonly string[]): void {
  if (!allowed.includes(value as string)) {
    const list = allowed.map((word) => JSON.stringify(word)).join(", ");
    throw new ArgumentError(`${name}: ${field} is unknown (got ${String(value)}, expected one of ${list}).`);
  }
}

/** Throws unless `values` is a list of finite numbers that is not empty. */
export function checkNumbers(name: string, field: string, values: unknown): void {
  const list = values as ArrayLike<unknown> | null | undefined;
  if (typeof list !== "object" || list === null || !(list.length > 0)) {
    throw new ArgumentError(`${name}: ${field} is empty (got ${String(values)}, expected at least one number).`);
  }
  for (let i = 0; i < list.length; i++) {
    if (!(typeof list[i] === "number" && Number.isFinite(list[i]))) {
      throw new ArgumentError(`${name}: ${field}[${i}] is not finite (got ${String(list[i])}).`);
    }
  }
}

/** Throws unless `value` is a tensor of a shape. */
export function checkShaped(name: string, field: string, value: unknown, shape: readonly number[]): void {
  if (!isTensor(value)) {
    throw new ArgumentError(`${name}: ${field} is not a tensor (got ${value === null ? "null" : typeof value}).`);
  }
  const { shape: got } = value as Tensor;
  if (got.length !== shape.length || got.some((size, i) => size !== shape[i])) {
    throw new ShapeError(`${name}: ${field} has another shape (got ${showShape(got)}, expected ${showShape(shape)}).`);
  }
}

/** Throws unless `value` is a boolean. */
export function checkFlag(name: string, field: string, value: unknown): void {
  if (typeof value !== "boolean")
    throw new ArgumentError(`${name}: ${field} must be a boolean (got ${String(value)}).`);
}
