/** Latin hypercube samples. */
import { checkOptions } from "@ansatz/tensor";
import { bits, uniform, type Key } from "@ansatz/tensor/random";
import { checkInteger } from "../check.ts";
import { MCKAY } from "../citation.ts";
import { requireKey, shuffle } from "../words.ts";
import { commonOptions, cutSingles, makeSequence, type CommonOptions, type Sequence } from "./base.ts";

/** Options of {@link latinHypercube}. */
export interface LatinHypercubeOptions extends CommonOptions {
  readonly dimension: number;
  /** Number n of points; the sample is made for it. */
  readonly size: number;
  readonly key: Key;
  /** Whether points lie in the middle of their cells instead of uniformly inside; false when left out. */
  readonly centred?: boolean;
}

/**
 * A Latin hypercube sample: each of the n intervals [k / n, (k + 1) / n) of each coordinate holds exactly one point.
 *
 * Shape [n, d]. Cost O(n d) when first read; the sample is kept.
 * @throws ArgumentError for options outside their ranges
 * Source: M. D. McKay, R. J. Beckman, W. J. Conover, Technometrics 21 (1979).
 */
export function latinHypercube(options: LatinHypercubeOptions): Sequence {
  const name = "latinHypercube";
  checkOptions(name, options, ["dimension", "size", "key", "centred", "dtype", "replications"]);
  checkInteger(name, "dimension", options.dimension, 1);
  checkInteger(name, "size", options.size, 1, 2 ** 31);
  const key = requireKey(name, options.key, "a sample");
  const { dimension: d, size: n, centred = false } = options;
  const common = commonOptions(name, options);
  const samples = new Map<number, Float64Array>();
  const sampleOf = (replication: number): Float64Array => {
    let sample = samples.get(replication);
    if (sample === undefined) {
      sample = sampleFrom(key.fold(replication), n, d, centred);
      samples.set(replication, sample);
    }
    return sample;
  };
  return makeSequence({
    name,
    dimension: d,
    ...common,
    limit: n,
    citations: [MCKAY],
    write(target, offset, first, end, replication) {
      target.set(sampleOf(replication).subarray(first * d, end * d), offset);
      if (target instanceof Float32Array) cutSingles(target, offset, offset + (end - first) * d);
    },
  });
}

/** Columns that are made before they are written: a cache line of the sample. */
const GROUP = 8;

function sampleFrom(key: Key, n: number, d: number, centred: boolean): Float64Array {
  const sample = new Float64Array(n * d);
  // Large arrays are made once: fresh memory costs more than what is done in it.
  const cells = new Uint32Array(n);
  const middle = centred ? new Uint32Array(n).fill(2 ** 31) : undefined;
  const columns = Array.from({ length: Math.min(GROUP, d) }, () => new Float64Array(n));
  for (let from = 0; from < d; from += GROUP) {
    const group = columns.slice(0, d - from);
    group.forEach((column, j) => {
      const [order, places] = key.fold(from + j).split(2);
      shuffle(cells, numbersOf(order, n));
      // Where in its cell a point lies is known to 32 digits; for the permutation they would not be enough.
      const inside = middle ?? wordsOf(places, n);
      for (let i = 0; i < n; i++) column[i] = Math.min((cells[i] + inside[i] * 2 ** -32) / n, 1 - 2 ** -53);
    });
    for (let i = 0, at = from; i < n; i++, at += d) {
      for (let j = 0; j < group.length; j++) sample[at + j] = group[j][i];
    }
  }
  return sample;
}

/** Uniform words of 32 bits. */
function wordsOf(key: Key, count: number): Uint32Array {
  const drawn = bits(key, [count], { device: "cpu" });
  const words = drawn.dataSync() as Uint32Array;
  drawn.dispose();
  return words;
}

/** Uniform numbers in [0, 1). */
function numbersOf(key: Key, count: number): Float64Array {
  const drawn = uniform(key, [count], { dtype: "f64", device: "cpu" });
  const numbers = drawn.dataSync() as Float64Array;
  drawn.dispose();
  return numbers;
}
