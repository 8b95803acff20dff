/** Convex minimisation over non-negative numbers. */
import { cholesky, solveLower, solveUpper } from "../math/symmetric.ts";

/** Value and derivatives at a point. */
export interface Local {
  readonly value: number;
  readonly gradient: Float64Array;
  readonly hessian: Float64Array | undefined;
}

/**
 * A minimiser of a convex function over x >= 0 by projected Newton steps: numbers at 0 whose gradient pushes them down are held,
 * the others take a Newton step, cut at 0 and halved until the function falls enough.
 * Source: D. P. Bertsekas, SIAM J. Control Optim. 20 (1982).
 */
export function newtonOnOrthant(
  start: Float64Array,
  f: (x: Float64Array, wantsHessian: boolean) => Local,
): Float64Array {
  const n = start.length;
  let x = start.slice();
  for (let iteration = 0; iteration < 200; iteration++) {
    const { value, gradient, hessian } = f(x, true);
    const h = hessian as Float64Array;
    let stationarity = 0;
    for (let i = 0; i < n; i++) stationarity = Math.max(stationarity, Math.abs(x[i] - Math.max(0, x[i] - gradient[i])));
    if (stationarity < 1e-8) break;
    const margin = Math.min(1e-8, stationarity);
    const free = Array.from({ length: n }, (_, i) => i).filter((i) => !(x[i] <= margin && gradient[i] > 0));
    const direction = newtonDirection(h, gradient, free, n);
    let step = 1;
    let moved = false;
    for (let half = 0; half < 40; half++, step /= 2) {
      const next = x.map((value, i) => Math.max(0, value + step * direction[i]));
      let fall = 0;
      for (let i = 0; i < n; i++) fall += gradient[i] * (next[i] - x[i]);
      const found = f(next, false).value;
      if (found <= value + 1e-4 * fall) {
        // A fall at the level of rounding is the end.
        moved = value - found > 1e-14 * Math.abs(value);
        x = next;
        break;
      }
    }
    if (!moved) break;
  }
  return x;
}

/** Newton's direction in the free numbers, the negative gradient in the others (which the projection holds at 0). */
function newtonDirection(h: Float64Array, gradient: Float64Array, free: readonly number[], n: number): Float64Array {
  const size = free.length;
  const direction = gradient.map((g) => -g);
  if (size === 0) return direction;
  let ridge = 0;
  for (const i of free) ridge = Math.max(ridge, h[i * n + i]);
  ridge *= 1e-12;
  for (let attempt = 0; attempt < 12; attempt++, ridge *= 100) {
    const part = new Float64Array(size * size);
    free.forEach((i, a) => {
      free.forEach((j, b) => {
        part[a * size + b] = h[i * n + j] + (a === b ? ridge : 0);
      });
    });
    const l = cholesky(part, size);
    if (l === undefined) continue;
    const solved = solveUpper(
      l,
      size,
      solveLower(
        l,
        size,
        Float64Array.from(free, (i) => -gradient[i]),
      ),
    );
    free.forEach((i, a) => (direction[i] = solved[a]));
    break;
  }
  return direction;
}
