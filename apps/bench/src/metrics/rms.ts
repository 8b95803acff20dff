/** Root mean squares. */

/** `sqrt(mean((a - b)^2))`. @throws RangeError when lengths differ or are zero */
export function rmsDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length || a.length === 0) {
    throw new RangeError(`rmsDifference: lengths differ or are zero (got ${a.length} and ${b.length}).`);
  }
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum / a.length);
}
