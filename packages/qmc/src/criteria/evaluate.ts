/** Evaluation of integrands over ranges of points. */
import { InternalError } from "@ansatz/tensor";
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
 * Values at points first, …, end - 1 of one replication. `map` changes points in place and gives factors of the values.
 */
export async function evaluateRange(
  integrand: Integrand,
  points: Sequence,
  first: number,
  end: number,
  active: readonly boolean[],
  map?: (u: Float64Array) => Float64Array | undefined,
  replication: number = 0,
): Promise<Values> {
  const { dimension: d, outputs } = integrand;
  const columns = Array.from({ length: outputs }, () => new Float64Array(end - first));
  for (let at = first; at < end; at += CHUNK) {
    const stop = Math.min(end, at + CHUNK);
    const count = (stop - at) * d;
    const whole = points.array(at, stop);
    if (!(whole instanceof Float64Array)) throw new InternalError("Criteria generate f64 points.");
    const u = whole.slice(replication * count, (replication + 1) * count);
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
