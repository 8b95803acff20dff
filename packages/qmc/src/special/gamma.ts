/** The gamma function on the logarithmic scale. */

/** B_2k / (2k (2k - 1)) of Stirling's series. */
const STIRLING = [
  1 / 12,
  -1 / 360,
  1 / 1260,
  -1 / 1680,
  1 / 1188,
  -691 / 360360,
  1 / 156,
  -3617 / 122400,
  43867 / 244188,
];

/**
 * log Gamma(x) for x > 0: Stirling's series, after moving x above 10; absolute error a few units of 1e-16 times
 * max(1, |value|). NaN elsewhere.
 */
export function logGamma(x: number): number {
  if (!(x > 0)) return Number.NaN;
  if (x === 1 || x === 2) return 0;
  let product = 1;
  let y = x;
  for (; y < 10; y++) product *= y;
  const square = 1 / (y * y);
  let series = 0;
  for (let k = STIRLING.length - 1; k >= 0; k--) series = series * square + STIRLING[k];
  return (y - 0.5) * Math.log(y) - y + 0.9189385332046728 + series / y - Math.log(product);
}
