/** What every sequence of points has in common. */
import { ArgumentError, tensor, type Tensor } from "@ansatz/tensor";
import { checkChoice, checkInteger } from "../check.ts";
import type { Citation } from "../citation.ts";

/** Precision of the coordinates. */
export type PointType = "f64" | "f32";

/** Coordinates in C order. */
export type PointArray = Float64Array | Float32Array;

/** How points are read in pieces. */
export interface ChunkOptions {
  /** Points per piece; 65536 when left out. */
  readonly size?: number;
  /** Ends the iteration with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Points first, …, end - 1. */
export interface Chunk {
  readonly first: number;
  readonly end: number;
  readonly values: PointArray;
}

/**
 * A sequence of points in [0, 1)^d, a value without state: every method may be called in any order.
 *
 * Shapes are [n, d], or [r, n, d] when replications were asked for. Coordinates are never 1.
 */
export interface Sequence {
  /** Name of the factory. */
  readonly name: string;
  /** Number of coordinates d. */
  readonly dimension: number;
  /** Number r of independent randomisations; `undefined` for one without an axis of its own. */
  readonly replications: number | undefined;
  readonly dtype: PointType;
  /** Number of points that exist. */
  readonly limit: number;
  readonly citations: readonly Citation[];
  /** The first n points as a tensor. */
  points(n: number): Tensor;
  /** Points first, …, end - 1 as a tensor. */
  range(first: number, end: number): Tensor;
  /** The same as a typed array. */
  array(first: number, end: number): PointArray;
  /** Writes points first, … into an array whose length says how many (r n d numbers), and returns it. */
  arrayInto<A extends PointArray>(target: A, first?: number): A;
  /** Points first, …, end - 1 in pieces; gives other work a turn between them. */
  chunks(first: number, end: number, options?: ChunkOptions): AsyncGenerator<Chunk, void, undefined>;
}

/** What a family supplies; the rest is the same for all. */
export interface SequenceParts {
  readonly name: string;
  readonly dimension: number;
  readonly replications: number | undefined;
  readonly dtype: PointType;
  readonly limit: number;
  readonly citations: readonly Citation[];
  /** Writes points first, …, end - 1 of a replication at `offset` of `target`. */
  write(target: PointArray, offset: number, first: number, end: number, replication: number): void;
}

/** Options that every sequence takes. */
export interface CommonOptions {
  /** Precision of the coordinates; `"f64"` when left out. */
  readonly dtype?: PointType;
  /** Number of independent randomisations; results get a leading axis. */
  readonly replications?: number;
}

/** Checks {@link CommonOptions}. */
export function commonOptions(
  name: string,
  options: CommonOptions,
): { dtype: PointType; replications: number | undefined } {
  const dtype = options.dtype ?? "f64";
  checkChoice(name, "dtype", dtype, ["f64", "f32"]);
  if (options.replications !== undefined) checkInteger(name, "replications", options.replications, 1);
  return { dtype, replications: options.replications };
}

/** A {@link Sequence} from its parts. */
export function makeSequence(parts: SequenceParts): Sequence {
  const { name, dimension, replications, dtype, limit } = parts;
  const copies = replications ?? 1;

  function checkRange(method: string, first: number, end: number): void {
    checkInteger(`${name}.${method}`, "the first point", first, 0);
    checkInteger(`${name}.${method}`, "the end", end, first);
    if (end > limit) {
      throw new ArgumentError(
        `${name}.${method}: there are not that many points (got ${end}, expected at most ${limit}).`,
      );
    }
  }

  function fillAll(target: PointArray, first: number, end: number): void {
    const step = (end - first) * dimension;
    if (step === 0) return;
    for (let r = 0; r < copies; r++) parts.write(target, r * step, first, end, r);
  }

  function array(first: number, end: number): PointArray {
    checkRange("array", first, end);
    const length = copies * (end - first) * dimension;
    const out = dtype === "f64" ? new Float64Array(length) : new Float32Array(length);
    fillAll(out, first, end);
    return out;
  }

  function range(first: number, end: number): Tensor {
    checkRange("range", first, end);
    const shape = replications === undefined ? [end - first, dimension] : [replications, end - first, dimension];
    return tensor(array(first, end), { shape });
  }

  return {
    name,
    dimension,
    replications,
    dtype,
    limit,
    citations: parts.citations,
    array,
    range,
    points(n) {
      checkRange("points", 0, n);
      return range(0, n);
    },
    arrayInto(target, first = 0) {
      const expected = dtype === "f64" ? Float64Array : Float32Array;
      if (!(target instanceof expected) || target.length % (copies * dimension) !== 0) {
        throw new ArgumentError(
          `${name}.arrayInto: the target does not fit (got ${Object.prototype.toString.call(target).slice(8, -1)} of length ` +
            `${String((target as PointArray)?.length)}, expected a ${expected.name} with a multiple of ${copies * dimension} numbers).`,
        );
      }
      const end = first + target.length / (copies * dimension);
      checkRange("arrayInto", first, end);
      fillAll(target, first, end);
      return target;
    },
    async *chunks(first, end, options = {}) {
      checkRange("chunks", first, end);
      const size = options.size ?? 65536;
      checkInteger(`${name}.chunks`, "size", size, 1);
      for (let at = first; at < end; at += size) {
        options.signal?.throwIfAborted();
        const stop = Math.min(end, at + size);
        yield { first: at, end: stop, values: array(at, stop) };
        await new Promise((resolve) => {
          setTimeout(resolve, 0);
        });
      }
    },
  };
}

/** The largest f32 below 1 in place of ones, which rounding to f32 makes of numbers just below 1. */
export function cutSingles(target: Float32Array, from: number, to: number): void {
  for (let o = from; o < to; o++) if (target[o] >= 1) target[o] = 1 - 2 ** -24;
}
