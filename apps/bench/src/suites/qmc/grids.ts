/** Orders and arguments of Bessel functions, the same here and in SciPy's script. */

/** A grid without a pattern that a branch predictor could learn. */
export interface Grid {
  readonly count: number;
  readonly orders: readonly [number, number];
  readonly arguments: readonly [number, number];
}

/** Orders in [0, 150), arguments in (0, 150]. */
export const SMALL: Grid = { count: 100_000, orders: [0, 150], arguments: [0, 150] };

/** Orders in [0, 1e4), arguments in (150, 1e4]. */
export const LARGE: Grid = { count: 100_000, orders: [0, 10_000], arguments: [150, 10_000] };

/** The points of a grid. */
export function gridPoints({ count, orders, arguments: [low, high] }: Grid): { v: Float64Array; x: Float64Array } {
  const v = new Float64Array(count);
  const x = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    v[i] = orders[0] + (((i * 7919) % 10007) / 10007) * (orders[1] - orders[0]);
    x[i] = low + (1 - ((i * 104729) % 10009) / 10009) * (high - low);
  }
  return { v, x };
}
