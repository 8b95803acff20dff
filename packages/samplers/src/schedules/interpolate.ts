/** Piecewise-linear functions given by nodes. */

/**
 * Value at `x` of the piecewise-linear function through the nodes (`xs` increasing), outside them either held constant
 * (`clamp`) or continued along the outer segments (`extrapolate`).
 */
export function interpolate(xs: Float64Array, ys: Float64Array, x: number, outside: "clamp" | "extrapolate"): number {
  const last = xs.length - 1;
  if (outside === "clamp") {
    if (x <= xs[0]) return ys[0];
    if (x >= xs[last]) return ys[last];
  }
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (xs[middle] <= x) low = middle;
    else high = middle;
  }
  return ys[low] + ((ys[high] - ys[low]) * (x - xs[low])) / (xs[high] - xs[low]);
}
