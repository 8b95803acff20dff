/** Argument checks that the methods share. Every message names the method and the field. */
import { ArgumentError } from "@ansatz/tensor";

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
