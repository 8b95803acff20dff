/** Independent uniform points: plain Monte Carlo, for comparison and for the criteria that need it. */
import { checkOptions } from "@ansatz/tensor";
import { uniform, type Key } from "@ansatz/tensor/random";
import { checkInteger } from "../check.ts";
import { SALMON } from "../citation.ts";
import { requireKey } from "../words.ts";
import { commonOptions, makeSequence, type CommonOptions, type Sequence } from "./base.ts";

/** Options of {@link iidUniform}. */
export interface IidUniformOptions extends CommonOptions {
  readonly dimension: number;
  readonly key: Key;
}

/** Points that one key makes. */
const BLOCK = 4096;

/**
 * Independent points, uniform on [0, 1)^d, from Threefry: point i is a function of the key and i, as for every sequence.
 * @throws ArgumentError for options outside their ranges
 * Source: J. K. Salmon and others, SC 2011.
 */
export function iidUniform(options: IidUniformOptions): Sequence {
  const name = "iidUniform";
  checkOptions(name, options, ["dimension", "key", "dtype", "replications"]);
  checkInteger(name, "dimension", options.dimension, 1);
  const key = requireKey(name, options.key, "sampling");
  const d = options.dimension;
  const common = commonOptions(name, options);
  return makeSequence({
    name,
    dimension: d,
    ...common,
    limit: 2 ** 52,
    citations: [SALMON],
    write(target, offset, first, end, replication) {
      const keys = key.fold(replication);
      for (let at = first; at < end;) {
        const block = Math.floor(at / BLOCK);
        const stop = Math.min(end, (block + 1) * BLOCK);
        const from = (at - block * BLOCK) * d;
        const drawn = uniform(keys.fold(block), [BLOCK, d], { dtype: common.dtype, device: "cpu" });
        const values = drawn.dataSync() as Float64Array;
        drawn.dispose();
        target.set(values.subarray(from, from + (stop - at) * d), offset + (at - first) * d);
        at = stop;
      }
    },
  });
}
