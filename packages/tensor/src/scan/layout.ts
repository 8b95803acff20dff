/** What running reductions are told, and how an axis is cut. */

/** How elements are combined. */
export type ScanKind = "sum" | "prod" | "max" | "min";

/** Attributes of running reductions. */
export interface ScanAttr {
  readonly kind: ScanKind;
  readonly axis: number;
  /** From the last element to the first. */
  readonly reverse: boolean;
  /** Without the element itself. */
  readonly exclusive: boolean;
}

/** Attributes of scans along an axis that come in one way only. */
export interface AlongAttr {
  readonly axis: number;
  readonly reverse: boolean;
}

/** A tensor as rows along an axis: `outer` times `n` times `inner` elements. */
export interface Rows {
  readonly outer: number;
  readonly n: number;
  readonly inner: number;
}

/** The rows of a shape along an axis. */
export function rowsOf(shape: readonly number[], axis: number): Rows {
  const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);
  return { outer: product(shape.slice(0, axis)), n: shape[axis], inner: product(shape.slice(axis + 1)) };
}

/** Elements of a block at most. */
const BLOCK = 1024;

/**
 * Elements per block of an axis: results are combined within blocks first, so that rounding errors of long sums grow with
 * the length of a block plus their number, and blocks can be worked on at the same time.
 */
export function blockOf(n: number): number {
  return Math.max(1, Math.ceil(n / Math.max(1, Math.ceil(n / BLOCK))));
}

/**
 * The value that changes nothing. That of inclusive sums is -0, which also leaves the sign of a zero alone; sums of nothing,
 * which exclusive ones begin with, are +0.
 */
export function identityOf(kind: ScanKind, dtype: string, exclusive: boolean): number {
  if (kind === "sum") return exclusive ? 0 : -0;
  if (kind === "prod") return 1;
  const largest = dtype === "i32" ? 2147483647 : dtype === "u32" ? 4294967295 : Infinity;
  const smallest = dtype === "i32" ? -2147483648 : dtype === "u32" ? 0 : -Infinity;
  return kind === "max" ? smallest : largest;
}
