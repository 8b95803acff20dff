/** Counting of points in elementary intervals: a check that needs nothing but the points. */
import { ArgumentError } from "@ansatz/tensor";
import { checkInteger } from "../check.ts";

/** Result of {@link elementaryIntervals}. */
export interface IntervalReport {
  /** Whether every interval holds exactly base^t points. */
  readonly holds: boolean;
  /** Fewest and most points in an interval. */
  readonly fewest: number;
  readonly most: number;
  /** Numbers of digits (d_1, …, d_s) of the first shape with a wrong count. */
  readonly shape: readonly number[] | undefined;
}

/**
 * Whether b^m points are a (t, m, s)-net in base b: each interval prod [a_j b^-d_j, (a_j + 1) b^-d_j) with
 * d_1 + … + d_s = m - t holds exactly b^t of them.
 * @param points n s numbers in [0, 1), n = b^m
 * @param dimension s
 * @param t 0 to m
 * @param base 2 when left out
 * Cost O(n s) for each of the binomial(m - t + s - 1, s - 1) shapes.
 * @throws ArgumentError when n is no power of the base or a number lies outside [0, 1)
 */
export function elementaryIntervals(
  points: ArrayLike<number>,
  dimension: number,
  t: number,
  base: number = 2,
): IntervalReport {
  const name = "elementaryIntervals";
  checkInteger(name, "dimension", dimension, 1);
  checkInteger(name, "base", base, 2);
  const n = points.length / dimension;
  let m = 0;
  while (base ** m < n) m++;
  if (base ** m !== n) {
    throw new ArgumentError(
      `${name}: the number of points must be a power of the base (got ${n}, expected ${base}^m).`,
    );
  }
  checkInteger(name, "t", t, 0, m);
  for (let i = 0; i < points.length; i++) {
    if (!(points[i] >= 0 && points[i] < 1)) {
      throw new ArgumentError(`${name}: a coordinate is outside the cube (got ${points[i]} at ${i}, expected [0, 1)).`);
    }
  }
  let [fewest, most] = [Infinity, 0];
  let wrong: number[] | undefined;
  const counts = new Uint32Array(base ** (m - t));
  for (const shape of compositions(m - t, dimension)) {
    counts.fill(0);
    for (let i = 0; i < n; i++) {
      let cell = 0;
      for (let j = 0; j < dimension; j++) {
        const size = base ** shape[j];
        // Numbers a rounding below a boundary of a base other than 2 belong to it.
        const at = points[i * dimension + j] * size;
        const near = Math.round(at);
        cell = cell * size + Math.min(size - 1, base !== 2 && Math.abs(at - near) < 1e-9 ? near : Math.floor(at));
      }
      counts[cell]++;
    }
    let [low, high] = [Infinity, 0];
    for (const count of counts) {
      low = Math.min(low, count);
      high = Math.max(high, count);
    }
    if ((low !== base ** t || high !== base ** t) && wrong === undefined) wrong = shape;
    fewest = Math.min(fewest, low);
    most = Math.max(most, high);
  }
  return { holds: wrong === undefined, fewest, most, shape: wrong };
}

/** All ways to write `sum` as an ordered sum of `parts` integers >= 0. */
function* compositions(sum: number, parts: number): Generator<number[], void, undefined> {
  if (parts === 1) {
    yield [sum];
    return;
  }
  for (let first = 0; first <= sum; first++) {
    for (const rest of compositions(sum - first, parts - 1)) yield [first, ...rest];
  }
}
