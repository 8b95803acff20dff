/** Argument checks that several families share. */
import { ArgumentError } from "@ansatz/tensor";

/** A value as messages show it: words in quotation marks. */
function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** Throws unless `value` is an integer in [low, high]. */
export function checkInteger(name: string, what: string, value: number, low: number, high: number = Infinity): void {
  if (!(Number.isSafeInteger(value) && value >= low && value <= high)) {
    const range = high === Infinity ? `an integer >= ${low}` : `an integer from ${low} to ${high}`;
    throw new ArgumentError(`${name}: ${what} is out of range (got ${shown(value)}, expected ${range}).`);
  }
}

/** Throws unless `value` is a finite number in [low, high]. */
export function checkNumber(name: string, what: string, value: number, low: number, high: number = Infinity): void {
  if (!(Number.isFinite(value) && value >= low && value <= high)) {
    const range = high === Infinity ? `a finite number >= ${low}` : `a number from ${low} to ${high}`;
    throw new ArgumentError(`${name}: ${what} is out of range (got ${shown(value)}, expected ${range}).`);
  }
}

/** Throws unless `value` is a finite number above 0. */
export function checkPositive(name: string, what: string, value: number): void {
  if (!(Number.isFinite(value) && value > 0)) {
    throw new ArgumentError(`${name}: ${what} is out of range (got ${shown(value)}, expected a finite number > 0).`);
  }
}

/** Throws unless `value` is one of the words in `allowed`. */
export function checkChoice<T extends string>(name: string, what: string, value: T, allowed: readonly T[]): void {
  if (!allowed.includes(value)) {
    const list = allowed.map((word) => JSON.stringify(word)).join(", ");
    throw new ArgumentError(`${name}: unknown ${what} (got ${JSON.stringify(value)}, expected one of ${list}).`);
  }
}
