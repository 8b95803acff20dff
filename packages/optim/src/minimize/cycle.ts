/** Iterates that come back. */
import { treeLeaves, type Tree } from "@ansatz/tensor";

/**
 * A function that takes iterate after iterate and returns the least period of at least 2 with which they repeat, or 0.
 * Three whole periods must agree to 1e-10 of the iterates' size.
 */
export function cycleDetector<P extends Tree>(maxPeriod: number): (x: P) => Promise<number> {
  if (maxPeriod < 2) return async () => 0;
  const past: number[][] = [];
  return async (x) => {
    const values: number[] = [];
    for (const t of treeLeaves(x)) values.push(...(await t.data()));
    past.unshift(values);
    past.length = Math.min(past.length, 3 * maxPeriod + 1);
    const same = (a: number[], b: number[]): boolean =>
      Math.hypot(...a.map((v, i) => v - b[i])) <= 1e-10 * Math.hypot(...a);
    // A sequence that stands still has period 1, which is convergence.
    if (past.length < 2 || same(past[0], past[1])) return 0;
    for (let p = 2; p <= maxPeriod && 3 * p < past.length; p++) {
      if (past.slice(0, 2 * p + 1).every((y, i) => same(y, past[i + p]))) return p;
    }
    return 0;
  };
}
