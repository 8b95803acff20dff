/** Systolic arrays in which sums or an operand stay, cycle by cycle. */
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
 * @throws ArgumentError for arguments out of range; ShapeError for a of another length or b of another length
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

/** Cycles of a fold whose operand stays, in closed form: R to fill the array and vectors + R + C − 2 to compute. */
export function stationaryFoldCycles(rows: number, vectors: number, columns: number): number {
  return 2 * rows + vectors + columns - 2;
}

/**
 * Simulates one fold X[V, R]·W[R, C] on an array of R×C elements in which W stays. A row of W enters from above in every
 * cycle and moves down until all have arrived; then element i of vector v enters row i from the left in cycle v + i, and
 * each element adds its product to the sum that comes from above. Counts the cycles until the last sum leaves.
 * @throws ArgumentError for arguments out of range; ShapeError for x of another length or w of another length
 */
export function simulateStationaryFold(x: Numbers, w: Numbers, vectors: number, rows: number, columns: number): Fold {
  const name = "simulateStationaryFold";
  for (const [field, value] of Object.entries({ vectors, rows, columns })) checkInteger(name, field, value, 1);
  checkLength(name, "x", x, vectors * rows);
  checkLength(name, "w", w, rows * columns);
  const size = rows * columns;
  const out = new Float64Array(vectors * columns);
  let held = new Float64Array(size);
  let cycles = 0;
  for (; cycles < rows; cycles++) {
    const next = new Float64Array(size);
    next.set(held.subarray(0, size - columns), columns);
    // The last row of W goes first, as it has the longest way.
    for (let j = 0; j < columns; j++) next[j] = w[(rows - 1 - cycles) * columns + j];
    held = next;
  }
  let moving: (number | undefined)[] = Array.from({ length: size });
  let sums = new Float64Array(size);
  const left = new Int32Array(columns);
  for (let cycle = 0; left[columns - 1] < vectors; cycle++, cycles++) {
    const nextMoving: (number | undefined)[] = Array.from({ length: size });
    const nextSums = new Float64Array(size);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        const at = i * columns + j;
        const v = cycle - i;
        const entering = v >= 0 && v < vectors ? x[v * rows + i] : undefined;
        const value = j === 0 ? entering : moving[at - 1];
        nextMoving[at] = value;
        if (value === undefined) continue;
        nextSums[at] = (i === 0 ? 0 : sums[at - columns]) + value * held[at];
        if (i === rows - 1) out[left[j]++ * columns + j] = nextSums[at];
      }
    }
    moving = nextMoving;
    sums = nextSums;
  }
  return { out, cycles };
}
