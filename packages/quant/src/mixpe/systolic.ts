/** An output-stationary systolic array, cycle by cycle. */
import { checkInteger, checkLength } from "../check.ts";
import type { Numbers } from "../check.ts";

/** What a fold gives: the product and the cycles until its last element is complete. */
export interface Fold {
  /** [rows, columns]. */
  readonly out: Float64Array<ArrayBuffer>;
  readonly cycles: number;
}

/** Cycles of a fold in closed form: K + R + C − 2. */
export function foldCycles(rows: number, k: number, columns: number): number {
  return k + rows + columns - 2;
}

/**
 * Simulates one fold A[R, K]·B[K, C] on an array of R×C elements. Row i of A enters from the left with a delay of i
 * cycles, column j of B from above with a delay of j; in every cycle operands move one element on, and each element that
 * holds both multiplies and adds. Counts the cycles until no element has work left.
 */
export function simulateFold(a: Numbers, b: Numbers, rows: number, k: number, columns: number): Fold {
  for (const [field, value] of Object.entries({ rows, k, columns })) checkInteger("simulateFold", field, value, 1);
  checkLength("simulateFold", "a", a, rows * k);
  checkLength("simulateFold", "b", b, k * columns);
  const size = rows * columns;
  const out = new Float64Array(size);
  const done = new Int32Array(size);
  let fromLeft: (number | undefined)[] = Array.from({ length: size });
  let fromAbove: (number | undefined)[] = Array.from({ length: size });
  let cycles = 0;
  let finished = 0;
  while (finished < size) {
    const left: (number | undefined)[] = Array.from({ length: size });
    const above: (number | undefined)[] = Array.from({ length: size });
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        const at = i * columns + j;
        const p = cycles - i;
        const q = cycles - j;
        left[at] = j === 0 ? (p >= 0 && p < k ? a[i * k + p] : undefined) : fromLeft[at - 1];
        above[at] = i === 0 ? (q >= 0 && q < k ? b[q * columns + j] : undefined) : fromAbove[at - columns];
        const [x, y] = [left[at], above[at]];
        if (x === undefined || y === undefined) continue;
        out[at] += x * y;
        if (++done[at] === k) finished++;
      }
    }
    fromLeft = left;
    fromAbove = above;
    cycles++;
  }
  return { out, cycles };
}
