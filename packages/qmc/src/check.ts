/** Argument checks that the families share. Every message names the function and the argument. */
import { ArgumentError } from "@ansatz/tensor";

/** Throws unless `value` is an integer in [low, high]. */
export function checkInteger(name: string, what: string, value: unknown, low: number, high: number = Infinity): void {
  if (!(typeof value === "number" && Number.isSafeInteger(value) && value >= low && value <= high)) {
    const range = high === Infinity ? `an integer >= ${low}` : `an integer from ${low} to ${high}`;
    throw new ArgumentError(`${name}: ${what} is out of range (got ${String(value)}, expected ${range}).`);
  }
}

/** Throws unless `value` is a finite number in [low, high]. */
export function checkNumber(
  name: string,
  what: string,
  value: unknown,
  low: number = -Infinity,
  high: number = Infinity,
): void {
  if (!(typeof value === "number" && Number.isFinite(value) && value >= low && value <= high)) {
    const above = low === -Infinity ? "a finite number" : `a finite number >= ${low}`;
    const range = high === Infinity ? above : `a number from ${low} to ${high}`;
    throw new ArgumentError(`${name}: ${what} is out of range (got ${String(value)}, expected ${range}).`);
  }
}

/** Throws unless `value` is a finite number above 0. */
export function checkPositive(name: string, what: string, value: unknown): void {
  if (!(typeof value === "number" && Number.isFinite(value) && value > 0)) {
    throw new ArgumentError(`${name}: ${what} is out of range (got ${String(value)}, expected a finite number > 0).`);
  }
}

/** Throws unless `value` lies strictly between `low` and `high`. */
export function checkInside(name: string, what: string, value: unknown, low: number, high: number): void {
  if (!(typeof value === "number" && value > low && value < high)) {
    throw new ArgumentError(
      `${name}: ${what} is out of range (got ${String(value)}, expected a number above ${low} and below ${high}).`,
    );
  }
}

/** Throws unless `value` is one of the words in `allowed`. */
export function checkChoice<T extends string>(name: string, what: string, value: T, allowed: readonly T[]): void {
  if (!allowed.includes(value)) {
    const list = allowed.map((word) => JSON.stringify(word)).join(", ");
    throw new ArgumentError(`${name}: unknown ${what} (got ${JSON.stringify(value)}, expected one of ${list}).`);
  }
}

/** Throws unless `value` has exactly `length` entries. */
export function checkLength(name: string, what: string, value: ArrayLike<unknown>, length: number): void {
  if (value?.length !== length) {
    throw new ArgumentError(`${name}: ${what} has the wrong length (got ${value?.length}, expected ${length}).`);
  }
}

/** Throws unless every entry is finite. */
export function checkFinite(name: string, what: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      throw new ArgumentError(`${name}: ${what} is not finite (got ${values[i]} at ${i}, expected finite numbers).`);
    }
  }
}

/** The exponent m of n = 2^m; throws unless `n` is a power of two. */
export function checkPowerOfTwo(name: string, what: string, n: number): number {
  const m = Math.round(Math.log2(n));
  if (!(Number.isSafeInteger(n) && n >= 1 && 2 ** m === n)) {
    throw new ArgumentError(`${name}: ${what} must be a power of two (got ${String(n)}, expected 1, 2, 4 …).`);
  }
  return m;
}
