/** Argument checks that layers, models and training share. Every message names the field. */
import { ArgumentError, ShapeError, showShape, type Tensor } from "@ansatz/tensor";

/** Throws unless `value` is an integer in [low, high]. */
export function checkInteger(name: string, field: string, value: unknown, low: number, high: number = Infinity): void {
  if (!(Number.isSafeInteger(value) && (value as number) >= low && (value as number) <= high)) {
    const range = high === Infinity ? `an integer >= ${low}` : `an integer from ${low} to ${high}`;
    throw new ArgumentError(`${name}: ${field} is out of range (got ${String(value)}, expected ${range}).`);
  }
}

/** Throws unless `value` is a finite number above (or at, for `closed`) `low`. */
export function checkNumber(name: string, field: string, value: unknown, low: number, closed: boolean): void {
  const fits = typeof value === "number" && Number.isFinite(value) && (closed ? value >= low : value > low);
  if (!fits) {
    const range = `a finite number ${closed ? ">=" : ">"} ${low}`;
    throw new ArgumentError(`${name}: ${field} is out of range (got ${String(value)}, expected ${range}).`);
  }
}

/** Throws unless `value` is true or false. */
export function checkFlag(name: string, field: string, value: unknown): void {
  if (typeof value !== "boolean") {
    throw new ArgumentError(`${name}: ${field} must be a boolean (got ${String(value)}, expected true or false).`);
  }
}

/** Throws unless `value` is one of the words in `allowed`. */
export function checkChoice<T extends string>(name: string, field: string, value: T, allowed: readonly T[]): void {
  if (!allowed.includes(value)) {
    const list = allowed.map((word) => JSON.stringify(word)).join(", ");
    throw new ArgumentError(`${name}: unknown ${field} (got ${JSON.stringify(value)}, expected one of ${list}).`);
  }
}

/** Throws unless `x` is an image batch [batch, channels, height, width]; with `channels`, of that many. */
export function checkImages(name: string, x: Tensor, channels?: number): void {
  if (x.ndim !== 4 || (channels !== undefined && x.shape[1] !== channels)) {
    throw new ShapeError(
      `${name}: input does not fit (got ${showShape(x.shape)}, expected [batch, ${channels ?? "channels"}, height, width]).`,
    );
  }
}
