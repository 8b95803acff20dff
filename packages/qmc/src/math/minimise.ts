/** Minimisation of functions of one number. */

/**
 * A minimiser of f on [low, high] by golden sections, to within `width`. For functions with one valley; else one of several.
 */
export function minimiseOnInterval(f: (x: number) => number, low: number, high: number, width: number): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [a, b] = [low, high];
  let [x, y] = [b - ratio * (b - a), a + ratio * (b - a)];
  let [fx, fy] = [f(x), f(y)];
  while (b - a > width) {
    if (fx <= fy) {
      b = y;
      y = x;
      fy = fx;
      x = b - ratio * (b - a);
      fx = f(x);
    } else {
      a = x;
      x = y;
      fx = fy;
      y = a + ratio * (b - a);
      fy = f(y);
    }
  }
  return fx <= fy ? x : y;
}
