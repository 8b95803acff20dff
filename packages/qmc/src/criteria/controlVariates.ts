/** Control variates for criteria that look at coefficients. */
import { cholesky, solveLower, solveUpper } from "../math/symmetric.ts";
import type { Spectrum } from "../transforms/doubling.ts";

/**
 * The b that minimises sum_k |y(order(k)) - sum_j b_j c_j(order(k))|^2 over k >= first: normal equations, with directions that
 * carry nothing left at 0.
 */
export function fitControls(
  y: Spectrum,
  controls: readonly Spectrum[],
  order: Int32Array,
  first: number,
): Float64Array {
  const count = controls.length;
  const gram = new Float64Array(count * count);
  const right = new Float64Array(count);
  const inner = (a: Spectrum, b: Spectrum): number => {
    let sum = 0;
    for (let k = first; k < order.length; k++) {
      const at = order[k];
      sum += a.re[at] * b.re[at];
      if (a.im !== undefined && b.im !== undefined) sum += a.im[at] * b.im[at];
    }
    return sum;
  };
  for (let i = 0; i < count; i++) {
    right[i] = inner(controls[i], y);
    for (let j = 0; j <= i; j++) gram[i * count + j] = gram[j * count + i] = inner(controls[i], controls[j]);
  }
  // A ridge at the level of rounding keeps dependent controls apart.
  let trace = 0;
  for (let i = 0; i < count; i++) trace += gram[i * count + i];
  if (!(trace > 0)) return new Float64Array(count);
  for (let i = 0; i < count; i++) gram[i * count + i] += 1e-14 * trace;
  const lower = cholesky(gram, count);
  return lower === undefined ? new Float64Array(count) : solveUpper(lower, count, solveLower(lower, count, right));
}

/** y - sum_j b_j c_j. */
export function subtractControls(y: Spectrum, controls: readonly Spectrum[], b: Float64Array): Spectrum {
  const re = y.re.slice();
  const im = y.im?.slice();
  controls.forEach((control, j) => {
    for (let k = 0; k < re.length; k++) {
      re[k] -= b[j] * control.re[k];
      if (im !== undefined && control.im !== undefined) im[k] -= b[j] * control.im[k];
    }
  });
  return { re, im };
}
