/** Small scalar functions in f64 that several files need. */

/** ln(1 + e^x) without overflow or cancellation. */
export function log1pExp(x: number): number {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
}

/** `count` evenly spaced numbers from `first` to `last`, both included exactly. */
export function evenly(first: number, last: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) =>
    i === 0 ? first : i === count - 1 ? last : first + ((last - first) * i) / (count - 1),
  );
}

/** Nearest integer, ties to the even one (IEEE 754 and NumPy; `Math.round` sends ties up). */
export function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}
