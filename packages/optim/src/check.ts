/** Argument checks that the methods share. Every message names the method and the field. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";

/** Throws unless `value` is a finite number that is not negative. */
export function checkNonNegative(name: string, field: string, value: unknown): void {
  if (!(typeof value === "number" && Number.isFinite(value) && value >= 0)) {
    throw new ArgumentError(`${name}: ${field} is out of range (got ${String(value)}, expected a finite number >= 0).`);
  }
}

/** Throws unless `value` lies in [0, 1). */
export function checkDecay(name: string, field: string, value: unknown): void {
  if (!(typeof value === "number" && value >= 0 && value < 1)) {
    throw new ArgumentError(`${name}: ${field} is out of range (got ${String(value)}, expected a number in [0, 1)).`);
  }
}

/** Throws unless `value` is true or false. */
export function checkFlag(name: string, field: string, value: unknown): void {
  if (typeof value !== "boolean") {
    throw new ArgumentError(`${name}: ${field} must be a boolean (got ${String(value)}, expected true or false).`);
  }
}

/** Throws unless `value` is a finite number above 0. */
export function checkPositive(name: string, field: string, value: unknown): void {
  if (!(typeof value === "number" && Number.isFinite(value) && value > 0)) {
    throw new ArgumentError(`${name}: ${field} is out of range (got ${String(value)}, expected a finite number > 0).`);
  }
}

/** Throws unless `value` is a finite number. */
export function checkFinite(name: string, field: string, value: unknown): void {
  if (!(typeof value === "number" && Number.isFinite(value))) {
    throw new ArgumentError(`${name}: ${field} is out of range (got ${String(value)}, expected a finite number).`);
  }
}

/** Throws unless `value` is an integer, at least `least`. */
export function checkCount(name: string, field: string, value: unknown, least = 1): void {
  if (!(Number.isSafeInteger(value) && (value as number) >= least)) {
    throw new ArgumentError(
      `${name}: ${field} is out of range (got ${String(value)}, expected an integer >= ${least}).`,
    );
  }
}

/** Throws unless `value` is a function. */
export function checkFunction(name: string, field: string, value: unknown): void {
  if (typeof value !== "function") {
    throw new ArgumentError(`${name}: ${field} must be a function (got ${value === null ? "null" : typeof value}).`);
  }
}

/** One of the checks above. */
export type Check = (name: string, field: string, value: unknown) => void;

/** Value of every option when it is left out, and its check. */
export type Fields<T> = { readonly [K in keyof T]-?: readonly [fallback: T[K], check: Check] };

/**
 * Options with what was left out filled in, all checked.
 * @throws ArgumentError for an unknown option or a value that fails its check
 */
export function settings<T extends object>(name: string, options: Partial<T> | undefined, fields: Fields<T>): T {
  const keys = Object.keys(fields) as (keyof T & string)[];
  checkOptions(name, options, keys);
  const entries = keys.map((key) => {
    const [fallback, check] = fields[key];
    const value = options?.[key] === undefined ? fallback : options[key];
    check(name, key, value);
    return [key, value] as const;
  });
  return Object.fromEntries(entries) as T;
}
