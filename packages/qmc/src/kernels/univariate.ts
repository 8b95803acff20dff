/** One-dimensional kernels whose Gram matrices fast transforms diagonalise. */
import { bernoulliPolynomial, factorial } from "./bernoulli.ts";

/** x modulo 1, in [0, 1). */
function fraction(x: number): number {
  const f = x - Math.floor(x);
  // A tiny negative x gives 1 by rounding.
  return f === 1 ? 0 : f;
}

/**
 * The shift-invariant kernel K_alpha(x) = (-1)^(alpha+1) (2 pi)^(2 alpha) / (2 alpha)! B_(2 alpha)(x mod 1)
 * = 2 sum_h cos(2 pi h x) / h^(2 alpha), alpha = 1 … 5, or its derivative of order b in the first and c in the second argument,
 * x the difference of both:
 * (-1)^(alpha+1+c) (2 pi)^(2 alpha) / (2 alpha - b - c)! B_(2 alpha - b - c)(x mod 1).
 */
export function shiftInvariantDerivative(alpha: number, b: number, c: number, x: number): number {
  const degree = 2 * alpha - b - c;
  const sign = (alpha + 1 + c) % 2 === 0 ? 1 : -1;
  return ((sign * (2 * Math.PI) ** (2 * alpha)) / factorial(degree)) * bernoulliPolynomial(degree, fraction(x));
}

/**
 * The digitally shift-invariant kernel of order alpha = 1 … 4 at x = (hi 2^32 + lo) 2^-64, the digitwise difference of two points.
 *
 * K_2 … K_4 are sum_(k >= 1) wal_k(x) 2^(-mu_alpha(k)); K_1 is half of sum_(k >= 1) wal_k(x) 2^(-2 floor(log2 k)), as in the
 * software of J. Dick, F. Y. Kuo and I. H. Sloan's followers. With beta the position of the first digit of x that is 1 and
 * t_v = 2^(-v beta) (all 0 at x = 0), K_1 = 1 - 3 t_1 and so on.
 * Source: A. G. Sorokin, arXiv 2502.14256 and the works cited there.
 */
export function digitallyShiftInvariant1d(alpha: number, hi: number, lo: number): number {
  // The position comes from the integer: a floating logarithm could be off by one.
  const zeros = hi !== 0 ? Math.clz32(hi) : lo !== 0 ? 32 + Math.clz32(lo) : 64;
  const empty = zeros === 64;
  const beta = empty ? 0 : zeros + 1;
  const t1 = empty ? 0 : HALVES[beta];
  if (alpha === 1) return 1 - 3 * t1;
  const x = (hi >>> 0) * 2 ** -32 + (lo >>> 0) * 2 ** -64;
  const t2 = t1 * t1;
  if (alpha === 2) return -beta * x + 2.5 * (1 - t1) - 1;
  if (alpha === 3) return (beta * x - 5 * (1 - t1)) * x + (43 / 18) * (1 - t2) - 1;
  const t3 = t2 * t1;
  return (
    ((-(2 / 3) * beta * x + 5 * (1 - t1)) * x - (43 / 9) * (1 - t2)) * x +
    (701 / 294) * (1 - t3) +
    beta * (signSum(hi) / 48 - 1 / 42) -
    1
  );
}

/** 2^-k. */
const HALVES = Float64Array.from({ length: 65 }, (_, k) => 2 ** -k);

/** sum_a (-1)^(digit a) 8^-a over all digits; those after the 22nd are below 1e-19. */
function signSum(hi: number): number {
  let sum = 0;
  let power = 1;
  for (let a = 0; a < 22; a++, power /= 8) sum += (hi >>> (31 - a)) & 1 ? -power : power;
  return sum;
}
