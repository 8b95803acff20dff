/** Complex Householder reflections H = I - tau v v^H. */
import { addRow, dotRow, inverse, scaleRow, times, zeroPlanes, type Pair, type Planes } from "./complexRows.ts";

/** Reflections whose vectors are rows of `length` elements, the first `lead` + j of row j being zeros. */
export interface ComplexReflections {
  readonly v: Planes;
  readonly length: number;
  readonly lead: number;
  readonly taus: Pair[];
}

export function noReflections(count: number, length: number, lead: number): ComplexReflections {
  return { v: zeroPlanes(count * length), length, lead, taus: [] };
}

/**
 * Makes n elements the v of the H whose conjugate transpose maps them onto (beta, 0, ..., 0), beta real; v[0] = 1.
 * Golub and Van Loan, Matrix Computations (4th ed.), section 5.1.13, and the scaling of LAPACK's zlarfg.
 */
function reflectionOf(x: Planes, at: number, n: number): { readonly tau: Pair; readonly beta: number } {
  const [tail] = dotRow(x, at + 1, x, at + 1, n - 1, -1);
  const [ar, ai] = [x.re[at], x.im[at]];
  let tau: Pair = [0, 0];
  let beta = ar;
  if (tail !== 0 || ai !== 0) {
    const norm = Math.sqrt(ar * ar + ai * ai + tail);
    beta = ar > 0 ? -norm : norm;
    tau = [(beta - ar) / beta, -ai / beta];
    scaleRow(x, at + 1, n - 1, inverse([ar - beta, ai]));
  }
  x.re[at] = 1;
  x.im[at] = 0;
  return { tau, beta };
}

/** Makes row `taus.length` of the vectors a reflection; returns its beta. */
export function addReflection({ v, length, lead, taus }: ComplexReflections): number {
  const j = taus.length;
  const at = j * length + lead + j;
  const { tau, beta } = reflectionOf(v, at, length - lead - j);
  taus.push(tau);
  return beta;
}

/** Multiplies a vector by the H of row j, or by its conjugate transpose when `sign` is -1. */
export function reflectRow(
  { v, length, lead, taus }: ComplexReflections,
  j: number,
  y: Planes,
  at: number,
  sign: 1 | -1,
): void {
  const from = lead + j;
  const size = length - from;
  const [tr, ti] = taus[j];
  const [re, im] = times([tr, sign * ti], dotRow(v, j * length + from, y, at + from, size, -1));
  addRow(y, at + from, v, j * length + from, size, [-re, -im]);
}

/** Multiplies `rows` vectors, rows of the length of the reflections', by the product of all reflections. */
export function turnRows(reflections: ComplexReflections, y: Planes, rows: number): void {
  for (let i = 0; i < rows; i++) {
    for (let j = reflections.taus.length - 1; j >= 0; j--) reflectRow(reflections, j, y, i * reflections.length, 1);
  }
}
