/** Integrals over the half line. */

/**
 * The integral of f over (0, infinity) by the double-exponential rule t = exp(pi / 2 sinh y), about 300 points; for analytic
 * f with algebraic or faster decay at both ends the error is near rounding.
 * Source: H. Takahasi, M. Mori, Publ. RIMS 9 (1974).
 */
export function integrateHalfLine(f: (t: number) => number): number {
  const h = 1 / 32;
  let sum = 0;
  for (let k = -160; k <= 160; k++) {
    const y = k * h;
    const t = Math.exp((Math.PI / 2) * Math.sinh(y));
    const value = f(t) * t * (Math.PI / 2) * Math.cosh(y);
    if (Number.isFinite(value)) sum += value;
  }
  return h * sum;
}
