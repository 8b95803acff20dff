/** Argument checks that the methods share. Every message names the function and the argument. */
import { ArgumentError, ShapeError } from "@ansatz/tensor";

/** Anything whose elements are read as numbers. */
export type Numbers = ArrayLike<number>;

/** Throws unless `value` is an integer in [least, most]. */
export function checkInteger(
  name: string,
  field: string,
  value: unknown,
  least: number,
  most: number = Infinity,
): void {
  if (!(Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most)) {
    const wanted = most === Infinity ? `an integer >= ${least}` : `an integer in ${least}...${most}`;
    throw new ArgumentError(`${name}: ${field} is out of range (got ${String(value)}, expected ${wanted}).`);
  }
}

/** Throws unless `value` is a finite number in [least, most]. */
export function checkNumber(
  name: string,
  field: string,
  value: unknown,
  least: number = -Infinity,
  most: number = Infinity,
): void {
  if (!(typeof value === "number" && Number.isFinite(value) && value >= least && value <= most)) {
    throw new ArgumentError(
      `${name}: ${field} is out of range (got ${String(value)}, expected a finite number in [${least}, ${most}]).`,
    );
  }
}

/** Throws unless `value` is a finite number above 0. */
export function checkPositive(name: string, field: string, value: unknown): void {
  if (!(typeof value === "number" && Number.isFinite(value) && value > 0)) {
    throw new ArgumentError(`${name}: ${field} is out of range (got ${String(value)}, expected a finite number > 0).`);
  }
}

/** Throws unless `value` is one of the words. */
export function checkChoice<T extends string>(name: string, field: string, value: unknown, words: readonly T[]): T {
  if (!words.includes(value as T)) {
    throw new ArgumentError(`${name}: unknown ${field} (got ${String(value)}, expected one of ${words.join(", ")}).`);
  }
  return value as T;
}

/** Throws unless there are `count` numbers. */
export function checkLength(name: string, field: string, data: Numbers, count: number): void {
  if (data.length !== count) {
    throw new ShapeError(`${name}: ${field} has a wrong length (got ${data.length} numbers, expected ${count}).`);
  }
}

/** Throws for a NaN, naming the array and the position. Infinities pass. */
export function checkNoNaN(name: string, field: string, data: Numbers): void {
  for (let i = 0; i < data.length; i++) {
    if (Number.isNaN(data[i])) {
      throw new ArgumentError(`${name}: ${field} has a NaN (got NaN at index ${i}, expected numbers).`);
    }
  }
}

/** Throws for the first number that is not finite, naming the array and the position. */
export function checkFinite(name: string, field: string, data: Numbers): void {
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i])) {
      throw new ArgumentError(
        `${name}: ${field} has a number that is not finite (got ${data[i]} at index ${i}, expected finite numbers).`,
      );
    }
  }
}

/** Throws unless there is at least one number. */
export function checkNotEmpty(name: string, field: string, data: Numbers): void {
  if (data.length === 0) throw new ShapeError(`${name}: ${field} is empty (got 0 numbers, expected at least 1).`);
}

/** Number of elements of a shape; throws unless all extents are integers >= 0. */
export function sizeOf(name: string, shape: readonly number[]): number {
  let size = 1;
  for (const extent of shape) {
    if (!(Number.isSafeInteger(extent) && extent >= 0)) {
      throw new ShapeError(`${name}: not a shape (got [${shape.join(", ")}], expected integers >= 0).`);
    }
    size *= extent;
  }
  return size;
}
