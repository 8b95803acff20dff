/** Latin hypercube samples. */
import { checkOptions } from "@ansatz/tensor";
import type { Key } from "@ansatz/tensor/random";
import { checkInteger } from "../check.ts";
import { MCKAY } from "../citation.ts";
import { randomPermutation, randomUniforms, requireKey } from "../words.ts";
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
      sample = new Float64Array(n * d);
      for (let j = 0; j < d; j++) {
        const [order, inside] = key.fold(replication).fold(j).split(2);
        const cells = randomPermutation(order, n);
        const jitter = centred ? undefined : randomUniforms(inside, n);
        for (let i = 0; i < n; i++) {
          const x = (cells[i] + (jitter === undefined ? 0.5 : jitter[i])) / n;
          sample[i * d + j] = x >= 1 ? 1 - 2 ** -53 : x;
        }
      }
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
