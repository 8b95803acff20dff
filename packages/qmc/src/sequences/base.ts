/** What every sequence of points has in common. */
import { ArgumentError, defaultDevice, tensor, withDevice, type Tensor } from "@ansatz/tensor";
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

/** Where points are made. */
export interface PlaceOptions {
  /** Device of the tensor; the default device when left out. There are no f64 on WebGPU. */
  readonly device?: string;
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
  points(n: number, options?: PlaceOptions): Tensor;
  /** Points first, …, end - 1 as a tensor. */
  range(first: number, end: number, options?: PlaceOptions): Tensor;
  /** The same as a typed array. */
  array(first: number, end: number): PointArray;
  /** Writes points first, … into an array whose length says how many (r n d numbers), and returns it. */
  arrayInto<A extends PointArray>(target: A, first?: number): A;
  /** Points first, …, end - 1 in pieces; gives other work a turn between them. */
  chunks(first: number, end: number, options?: ChunkOptions): AsyncGenerator<Chunk, void, undefined>;
  /** One of the replications alone, as a sequence without their axis. */
  replication(r: number): Sequence;
}

/** Number of axes of a tensor of points, without or with one for the replications. */
export type Axes = 2 | 3;

/** What a family supplies; the rest is the same for all. */
export interface SequenceParts {
  readonly name: string;
  readonly dimension: number;
  readonly replications: number | undefined;
  readonly dtype: PointType;
  readonly limit: number;
  readonly citations: readonly Citation[];
  /**
   * Points first, …, end - 1 of some replications, by a kernel on the default device; n > 0. Of one replication the shape may be
   * [n, d], with two axes; else it is [r, n, d]. A reshape of so large a tensor would copy it.
   */
  readonly make?: (first: number, end: number, which: readonly number[], axes: Axes) => Tensor;
  /** Where there is no kernel: writes points first, …, end - 1 of a replication at `offset` of `target`. */
  readonly write?: (target: PointArray, offset: number, first: number, end: number, replication: number) => void;
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

/** Points that are made at once where a typed array is filled. */
const PIECE = 65536;

/** A {@link Sequence} from its parts. */
export function makeSequence(parts: SequenceParts): Sequence {
  const which = Array.from({ length: parts.replications ?? 1 }, (_, r) => r);
  return sequenceOf(parts, parts.replications, which);
}

function sequenceOf(parts: SequenceParts, replications: number | undefined, which: readonly number[]): Sequence {
  const { name, dimension, dtype, limit, make, write } = parts;
  const copies = which.length;

  function checkRange(method: string, first: number, end: number): void {
    checkInteger(`${name}.${method}`, "the first point", first, 0);
    checkInteger(`${name}.${method}`, "the end", end, first);
    if (end > limit) {
      throw new ArgumentError(
        `${name}.${method}: there are not that many points (got ${end}, expected at most ${limit}).`,
      );
    }
  }

  function arrayOf(first: number, end: number): PointArray {
    const step = (end - first) * dimension;
    const empty = (): PointArray =>
      dtype === "f64" ? new Float64Array(copies * step) : new Float32Array(copies * step);
    if (step === 0) return empty();
    if (make !== undefined) {
      return withDevice("cpu", () => {
        const points = make(first, end, which, 3);
        const values = points.dataSync() as PointArray;
        points.dispose();
        return values;
      });
    }
    const out = empty();
    which.forEach((r, i) => write?.(out, i * step, first, end, r));
    return out;
  }

  function tensorOf(first: number, end: number, { device = defaultDevice() }: PlaceOptions): Tensor {
    const shape = replications === undefined ? [end - first, dimension] : [copies, end - first, dimension];
    return withDevice(device, () => {
      if (make === undefined || end === first) return tensor(arrayOf(first, end), { shape });
      return make(first, end, which, replications === undefined ? 2 : 3);
    });
  }

  return {
    name,
    dimension,
    replications,
    dtype,
    limit,
    citations: parts.citations,
    array(first, end) {
      checkRange("array", first, end);
      return arrayOf(first, end);
    },
    range(first, end, options = {}) {
      checkRange("range", first, end);
      return tensorOf(first, end, options);
    },
    points(n, options = {}) {
      checkRange("points", 0, n);
      return tensorOf(0, n, options);
    },
    arrayInto(target, first = 0) {
      const expected = dtype === "f64" ? Float64Array : Float32Array;
      if (!(target instanceof expected) || target.length % (copies * dimension) !== 0) {
        throw new ArgumentError(
          `${name}.arrayInto: the target does not fit (got ${Object.prototype.toString.call(target).slice(8, -1)} of length ` +
            `${String((target as PointArray)?.length)}, expected a ${expected.name} with a multiple of ${copies * dimension} numbers).`,
        );
      }
      const count = target.length / (copies * dimension);
      checkRange("arrayInto", first, first + count);
      for (let at = 0; at < count; at += PIECE) {
        const stop = Math.min(count, at + PIECE);
        const piece = arrayOf(first + at, first + stop);
        const step = (stop - at) * dimension;
        which.forEach((_, r) => {
          target.set(piece.subarray(r * step, (r + 1) * step), (r * count + at) * dimension);
        });
      }
      return target;
    },
    async *chunks(first, end, options = {}) {
      checkRange("chunks", first, end);
      const size = options.size ?? 65536;
      checkInteger(`${name}.chunks`, "size", size, 1);
      for (let at = first; at < end; at += size) {
        options.signal?.throwIfAborted();
        const stop = Math.min(end, at + size);
        yield { first: at, end: stop, values: arrayOf(at, stop) };
        await new Promise((resolve) => {
          setTimeout(resolve, 0);
        });
      }
    },
    replication(r) {
      checkInteger(`${name}.replication`, "the replication", r, 0, copies - 1);
      return sequenceOf(parts, undefined, [which[r]]);
    },
  };
}

/** The largest f32 below 1 in place of ones, which rounding to f32 makes of numbers just below 1. */
export function cutSingles(target: Float32Array, from: number, to: number): void {
  for (let o = from; o < to; o++) if (target[o] >= 1) target[o] = 1 - 2 ** -24;
}
