/** Evaluation of integrands over ranges of points. */
import { InternalError } from "@ansatz/tensor";
import type { Task } from "@ansatz/tensor/executor";
import type { Integrand } from "../integrands/base.ts";
import type { Sequence } from "../sequences/base.ts";

/** Values of a range of points, or where one of them was not finite. */
export interface Values {
  /** One array for each output. */
  readonly columns: readonly Float64Array[];
  /** Why the values cannot be used. */
  readonly failure: string | undefined;
}

/** Points between two turns of other work. */
const CHUNK = 1 << 15;

/**
 * Values at points first, …, end - 1 of a sequence without replications. `map` changes points in place and gives factors of
 * the values.
 */
export async function evaluateRange(
  integrand: Integrand,
  points: Sequence,
  first: number,
  end: number,
  active: readonly boolean[],
  map?: (u: Float64Array) => Float64Array | undefined,
): Promise<Values> {
  const { dimension: d, outputs } = integrand;
  const columns = Array.from({ length: outputs }, () => new Float64Array(end - first));
  for (let at = first; at < end; at += CHUNK) {
    const stop = Math.min(end, at + CHUNK);
    const u = points.array(at, stop);
    if (!(u instanceof Float64Array)) throw new InternalError("Criteria generate f64 points.");
    const factors = map?.(u);
    const values = await integrand.evaluate(u, active);
    for (let i = 0; i < stop - at; i++) {
      for (let k = 0; k < outputs; k++) {
        if (!active[k]) continue;
        const value = values[i * outputs + k] * (factors === undefined ? 1 : factors[i]);
        if (!Number.isFinite(value)) {
          const place = Array.from(u.subarray(i * d, i * d + d)).join(", ");
          return {
            columns,
            failure: `The integrand gave ${value} (output ${k}) at the point u = [${place}] of the unit cube, number ${at + i}.`,
          };
        }
        columns[k][at - first + i] = value;
      }
    }
    if (stop < end) {
      await new Promise((resolve) => {
        setTimeout(resolve, 0);
      });
    }
  }
  return { columns, failure: undefined };
}

/** Where the mean of one output over a range of one replication is wanted. */
export interface ReplicationInput {
  readonly replication: number;
  readonly first: number;
  readonly end: number;
  readonly active: readonly boolean[];
}

/** Means of the active outputs, or why there are none. */
export interface ReplicationMeans {
  readonly means: readonly number[];
  readonly failure: string | undefined;
}

/** The task of one replication: means of the integrand over a range of its points. */
export function replicationTask(
  name: string,
  integrand: Integrand,
  points: Sequence,
): Task<ReplicationInput, ReplicationMeans> {
  return {
    name,
    async run({ replication, first, end, active }) {
      const { columns, failure } = await evaluateRange(integrand, points.replication(replication), first, end, active);
      return { means: columns.map((column, k) => (active[k] ? meanOf(column) : 0)), failure };
    },
  };
}

/** The mean of numbers, with compensated summation: thousands of doublings may not drift. */
export function meanOf(values: Float64Array): number {
  let sum = 0;
  let rest = 0;
  for (const value of values) {
    const next = sum + value;
    rest += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return (sum + rest) / values.length;
}

/** Sample variance. */
export function varianceOf(values: ArrayLike<number>, mean: number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] - mean) ** 2;
  return sum / (values.length - 1);
}
