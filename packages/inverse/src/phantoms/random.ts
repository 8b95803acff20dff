/** Random images made of ellipses. */
import { type Key, uniform } from "@ansatz/tensor/random";
import { checkCount } from "../check.ts";
import type { Ellipse } from "./ellipses.ts";

/**
 * `count` random ellipses within the unit circle: centres uniform in a square of half side 0.6, half axes uniform in [0.05, 0.35],
 * values uniform in [0.1, 0.6], any rotation. The same key gives the same ellipses.
 * @throws ArgumentError unless count is an integer >= 1
 */
export async function randomEllipses(key: Key, count = 8): Promise<Ellipse[]> {
  checkCount("randomEllipses", "count", count);
  const draws = uniform(key, [count, 6], { dtype: "f64" });
  const u = await draws.data();
  draws.dispose();
  return Array.from({ length: count }, (_, i) => {
    const [value, a, b, x, y, turn] = Array.from({ length: 6 }, (__, f) => u[6 * i + f]);
    return {
      value: 0.1 + 0.5 * value,
      a: 0.05 + 0.3 * a,
      b: 0.05 + 0.3 * b,
      x: 1.2 * (x - 0.5),
      y: 1.2 * (y - 0.5),
      degrees: 180 * turn,
    };
  });
}
