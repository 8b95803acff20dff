/** Filters of orthonormal wavelets. */

/** Names of the wavelets: Haar's, and Daubechies' with two and four vanishing moments. */
export type Wavelet = "haar" | "db2" | "db4";

const R3 = Math.sqrt(3);

/** Low-pass filters h: `sum h = sqrt(2)`, orthogonal to their even shifts (Daubechies 1988, table 1). */
export const LOW_PASS: Readonly<Record<Wavelet, readonly number[]>> = {
  haar: [Math.SQRT1_2, Math.SQRT1_2],
  db2: [1 + R3, 3 + R3, 3 - R3, 1 - R3].map((h) => (h * Math.SQRT1_2) / 4),
  // Solved anew to double precision from the printed digits: orthogonality to even shifts and four vanishing moments.
  db4: [
    0.2303778133088965, 0.7148465705529157, 0.6308807679298589, -0.027983769416859854, -0.18703481171909309,
    0.030841381835560764, 0.0328830116668852, -0.010597401785069032,
  ],
};

/** The high-pass filter `g_k = (-1)^k h_(L - 1 - k)`. */
export const highPass = (low: readonly number[]): number[] =>
  low.map((_, k) => (k % 2 === 0 ? 1 : -1) * low[low.length - 1 - k]);
