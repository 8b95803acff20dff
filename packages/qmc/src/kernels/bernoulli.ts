/** Bernoulli polynomials. */

/** Bernoulli numbers B_0 … B_12 (B_1 = -1/2). */
const NUMBERS = [1, -1 / 2, 1 / 6, 0, -1 / 30, 0, 1 / 42, 0, -1 / 30, 0, 5 / 66, 0, -691 / 2730];

const COEFFICIENTS: readonly (readonly number[])[] = NUMBERS.map((_, n) => {
  // B_n(x) = sum_k binomial(n, k) B_(n-k) x^k.
  let binomial = 1;
  return Array.from({ length: n + 1 }, (_, k) => {
    const coefficient = binomial * NUMBERS[n - k];
    binomial = (binomial * (n - k)) / (k + 1);
    return coefficient;
  });
});

/** B_n(x) for n <= 12, by Horner's rule. */
export function bernoulliPolynomial(n: number, x: number): number {
  const c = COEFFICIENTS[n];
  let value = 0;
  for (let k = n; k >= 0; k--) value = value * x + c[k];
  return value;
}

/** n! for n <= 20, exact. */
export function factorial(n: number): number {
  let value = 1;
  for (let k = 2; k <= n; k++) value *= k;
  return value;
}
