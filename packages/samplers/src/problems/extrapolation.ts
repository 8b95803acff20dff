/** Accurate integration of small smooth systems: the Gragg-Bulirsch-Stoer method. */
import { ArgumentError } from "@ansatz/tensor";

/** Right-hand side y' = f(t, y) on plain arrays. */
export type RightHandSide = (t: number, y: Float64Array) => Float64Array;

const COLUMNS = 8;
const MAX_STEPS = 100_000;

/** Modified midpoint rule: `n` (even) substeps over [t, t + h], smoothed at the end (Gragg). */
function modifiedMidpoint(
  f: RightHandSide,
  t: number,
  y: Float64Array,
  slope: Float64Array,
  h: number,
  n: number,
): Float64Array {
  const step = h / n;
  let before = y;
  let now = y.map((value, i) => value + step * slope[i]);
  for (let k = 1; k < n; k++) {
    const g = f(t + k * step, now);
    const next = before.map((value, i) => value + 2 * step * g[i]);
    before = now;
    now = next;
  }
  const g = f(t + h, now);
  return now.map((value, i) => (value + before[i] + step * g[i]) / 2);
}

/**
 * Integrates y' = f(t, y) from `start` to `end`: modified midpoint rules of 2, 4, .. 16 substeps, extrapolated in the
 * square of the step (order 16), with a step that keeps the last correction below `tolerance (1 + |y|)`.
 * Deuflhard's and Stoer's texts describe the method; for smooth right-hand sides and tolerances down to 1e-13.
 * @throws ArgumentError when it takes too many steps
 */
export function integrate(
  f: RightHandSide,
  start: number,
  end: number,
  initial: Float64Array,
  tolerance = 1e-13,
): Float64Array {
  let t = start;
  let y = initial;
  let h = end - start;
  for (let step = 0; t !== end; step++) {
    if (step === MAX_STEPS) {
      throw new ArgumentError(
        `integrate: too many steps (got ${MAX_STEPS}, reached ${t} of ${end}). Loosen the tolerance.`,
      );
    }
    const arrives = Math.abs(h) >= Math.abs(end - t);
    if (arrives) h = end - t;
    const { value, error } = extrapolate(f, t, y, h, tolerance);
    if (error <= 1) {
      t = arrives ? end : t + h;
      y = value;
      h *= Math.min(4, 0.9 * Math.max(error, 1e-8) ** (-1 / (2 * COLUMNS - 1)));
    } else if (Number.isFinite(error)) {
      h *= Math.max(0.1, 0.7 * error ** (-1 / (2 * COLUMNS - 1)));
    } else {
      h *= 0.1;
    }
  }
  return y;
}

/** One step: the extrapolated value and its last correction relative to the tolerance. */
function extrapolate(
  f: RightHandSide,
  t: number,
  y: Float64Array,
  h: number,
  tolerance: number,
): { value: Float64Array; error: number } {
  const slope = f(t, y);
  let row: Float64Array[] = [];
  let error = Infinity;
  for (let k = 0; k < COLUMNS; k++) {
    const next = [modifiedMidpoint(f, t, y, slope, h, 2 * (k + 1))];
    for (let j = 1; j <= k; j++) {
      const ratio = ((k + 1) / (k + 1 - j)) ** 2 - 1;
      next.push(next[j - 1].map((value, i) => value + (value - row[j - 1][i]) / ratio));
    }
    if (k > 0) {
      const best = next[k];
      error = best.reduce(
        (worst, value, i) => Math.max(worst, Math.abs(value - next[k - 1][i]) / (tolerance * (1 + Math.abs(value)))),
        0,
      );
      if (Number.isNaN(error)) return { value: best, error: Infinity };
      if (error <= 1 && k >= 3) return { value: best, error };
    }
    row = next;
  }
  return { value: row[COLUMNS - 1], error };
}
