/** Shapes: interning, broadcasting, axes. */
import { ArgumentError, ShapeError, show } from "./errors.ts";

/** An interned shape: equal shapes are the same object. */
export interface Shape {
  readonly dims: readonly number[];
  /** Number of elements. */
  readonly size: number;
  /** Serial number, used in cache keys. */
  readonly id: number;
}

/** Largest number of axes. */
export const MAX_RANK = 8;
const MAX_SIZE = 2 ** 31 - 1;

/** Shapes by their sizes, one after the other. */
interface Branch {
  shape: Shape | undefined;
  readonly next: Map<number, Branch>;
}

const root: Branch = { shape: undefined, next: new Map() };
let count = 0;

/** The interned shape with these (already valid) sizes. */
export function internShape(dims: readonly number[]): Shape {
  let at = root;
  for (let i = 0; i < dims.length; i++) {
    let branch = at.next.get(dims[i]);
    if (branch === undefined) at.next.set(dims[i], (branch = { shape: undefined, next: new Map() }));
    at = branch;
  }
  if (at.shape === undefined) {
    let size = 1;
    for (const d of dims) size *= d;
    at.shape = { dims: Object.freeze(dims.slice()), size, id: count++ };
  }
  return at.shape;
}

/** The shape of a scalar. */
export const SCALAR_SHAPE: Shape = /*@__PURE__*/ internShape([]);

/** `[2,3]`: how shapes are printed in messages. */
export function showShape(dims: readonly number[]): string {
  return `[${dims.join(",")}]`;
}

/** Checks sizes given by a user and interns them. */
export function checkShape(name: string, dims: readonly number[] | number): Shape {
  const list = typeof dims === "number" ? [dims] : dims;
  if (!Array.isArray(list)) {
    throw new ShapeError(`${name}: shape must be an array of sizes (got ${show(dims)}, expected e.g. [2, 3]).`);
  }
  if (list.length > MAX_RANK) {
    throw new ShapeError(`${name}: too many axes (got ${list.length}, expected at most ${MAX_RANK}).`);
  }
  let size = 1;
  for (let i = 0; i < list.length; i++) {
    const d = list[i];
    if (!Number.isInteger(d) || d < 0) {
      throw new ShapeError(
        `${name}: sizes must be non-negative integers (got ${show(d)} at axis ${i} of ${show(list)}).`,
      );
    }
    size *= d;
  }
  if (size > MAX_SIZE) {
    throw new ShapeError(`${name}: too many elements (got ${showShape(list)}, expected at most 2^31 - 1).`);
  }
  // A size of -0 is 0.
  return internShape(list.map((d) => d + 0));
}

const broadcasts = new Map<number, Shape>();

/**
 * The common shape of two operands under NumPy's rule: aligned at the last axis, sizes equal or 1.
 * @throws ShapeError naming both shapes
 */
export function broadcastShapes(name: string, a: Shape, b: Shape): Shape {
  if (a === b || b.dims.length === 0) return a;
  if (a.dims.length === 0) return b;
  const key = a.id * 4194304 + b.id;
  const known = broadcasts.get(key);
  if (known !== undefined) return known;
  const rank = Math.max(a.dims.length, b.dims.length);
  const out: number[] = [];
  for (let i = 0; i < rank; i++) {
    const x = a.dims[a.dims.length - rank + i] ?? 1;
    const y = b.dims[b.dims.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new ShapeError(
        `${name}: shapes do not broadcast (got ${showShape(a.dims)} and ${showShape(b.dims)}, ` +
          `expected sizes equal or 1 at axis ${i - rank}).`,
      );
    }
    out.push(x === 1 ? y : x);
  }
  const shape = checkShape(name, out);
  broadcasts.set(key, shape);
  return shape;
}

/** Row-major strides, in elements. */
export function stridesOf(dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length);
  let s = 1;
  for (let i = dims.length - 1; i >= 0; i--) {
    strides[i] = s;
    s *= dims[i];
  }
  return strides;
}

/** Turns a possibly negative axis into 0..rank-1. */
export function normalizeAxis(name: string, axis: number, rank: number): number {
  if (!Number.isInteger(axis)) {
    throw new ArgumentError(`${name}: axis must be an integer (got ${show(axis)}).`);
  }
  if (axis < -rank || axis >= rank) {
    const range = rank === 0 ? "no axis for a scalar" : `an integer in [${-rank}, ${rank - 1}]`;
    throw new ShapeError(`${name}: axis out of range (got ${axis}, expected ${range}).`);
  }
  return axis < 0 ? axis + rank : axis;
}

/** 0, 1, ..., n - 1. */
function upTo(n: number): number[] {
  const list: number[] = [];
  for (let i = 0; i < n; i++) list.push(i);
  return list;
}

/** Turns an axis, a list of axes or undefined (all) into a sorted list without repetition. */
export function normalizeAxes(name: string, axis: number | readonly number[] | undefined, rank: number): number[] {
  if (axis === undefined) return upTo(rank);
  if (typeof axis !== "number" && !Array.isArray(axis)) {
    throw new ArgumentError(`${name}: axis must be an integer or an array of integers (got ${show(axis)}).`);
  }
  if (typeof axis === "number") return [normalizeAxis(name, axis, rank)];
  const list = axis.map((a) => normalizeAxis(name, a as number, rank));
  list.sort((x, y) => x - y);
  for (let i = 1; i < list.length; i++) {
    if (list[i] === list[i - 1]) {
      throw new ShapeError(`${name}: axis ${list[i]} is named twice (got ${showShape(list)}).`);
    }
  }
  return list;
}
