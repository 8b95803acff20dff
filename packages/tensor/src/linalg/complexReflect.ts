/** Complex Householder reflections H = I - tau v v^H, one by one and in blocks I - V T V^H, applied from the left. */
import { combinePairs, expand, expandOne, inverse, scalePair, times, type Pair, type Pairs } from "./complexRows.ts";
import { zeroRows, type Workspace } from "./workspace.ts";

/** Reflections that are applied at once. */
export const REFLECTIONS = 32;

/** Reflections whose vectors are pairs of rows of `length` elements, the first `lead` + j of row j being zeros. */
export interface ComplexReflections {
  readonly v: Pairs;
  readonly length: number;
  readonly lead: number;
  readonly taus: Pair[];
}

/** T of a block: rows of {@link REFLECTIONS} elements. */
export interface BlockFactor {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

export function blockFactor(): BlockFactor {
  const size = REFLECTIONS * REFLECTIONS;
  return { re: new Float64Array(size), im: new Float64Array(size) };
}

/** Where the vector of row j starts. */
const rowOf = ({ v }: ComplexReflections, j: number): number => v.at + 2 * j * v.step;

/**
 * Makes n elements the v of the H whose conjugate transpose maps them onto (beta, 0, ..., 0), beta real; v[0] = 1.
 * Golub and Van Loan, Matrix Computations (4th ed.), section 5.1.13, and the scaling of LAPACK's zlarfg.
 */
function reflectionOf(
  data: Float64Array,
  at: number,
  step: number,
  n: number,
): { readonly tau: Pair; readonly beta: number } {
  let tail = 0;
  for (let k = at + 1; k < at + n; k++) tail += data[k] * data[k] + data[k + step] * data[k + step];
  const [ar, ai] = [data[at], data[at + step]];
  let tau: Pair = [0, 0];
  let beta = ar;
  if (tail !== 0 || ai !== 0) {
    const norm = Math.sqrt(ar * ar + ai * ai + tail);
    beta = ar > 0 ? -norm : norm;
    tau = [(beta - ar) / beta, -ai / beta];
    scalePair(data, at + 1, step, n - 1, inverse([ar - beta, ai]));
  }
  data[at] = 1;
  data[at + step] = 0;
  return { tau, beta };
}

/** Makes row `taus.length` of the vectors a reflection, and zeros of what is before it; returns its beta. */
export function addReflection(data: Float64Array, reflections: ComplexReflections): number {
  const { v, length, lead, taus } = reflections;
  const j = taus.length;
  const row = rowOf(reflections, j);
  const from = lead + j;
  data.fill(0, row, row + from);
  data.fill(0, row + v.step, row + v.step + from);
  const { tau, beta } = reflectionOf(data, row + from, v.step, length - from);
  taus.push(tau);
  return beta;
}

/** v_q^H x for `count` reflections from number `first` on, by their elements from number `from` on: pairs of numbers. */
function projections(
  w: Workspace,
  reflections: ComplexReflections,
  first: number,
  count: number,
  from: number,
  x: number,
  xStep: number,
): Float64Array {
  const { v, length } = reflections;
  const found = new Float64Array(2 * count);
  if (count === 0) return found;
  const { data } = w;
  const mark = w.mark();
  const [p, q] = [w.take(2 * count), w.take(2 * count)];
  const rows = rowOf(reflections, first) + from;
  w.dots(2 * count, length - from, rows, v.step, x, p);
  w.dots(2 * count, length - from, rows, v.step, x + xStep, q);
  for (let k = 0; k < 2 * count; k += 2) {
    found[k] = data[p + k] + data[q + k + 1];
    found[k + 1] = data[q + k] - data[p + k + 1];
  }
  w.release(mark);
  return found;
}

/**
 * Column `count` of the T of I - V T V^H, the product of reflections first ... first + count.
 * Schreiber and Van Loan, "A storage-efficient WY representation", SIAM J. Sci. Stat. Comput. 10 (1989).
 */
export function extendBlock(
  w: Workspace,
  reflections: ComplexReflections,
  first: number,
  count: number,
  t: BlockFactor,
): void {
  const { v, lead, taus } = reflections;
  const from = first + lead;
  const row = rowOf(reflections, first + count) + from;
  const g = projections(w, reflections, first, count, from, row, v.step);
  const tau = taus[first + count];
  for (let i = 0; i < REFLECTIONS; i++) t.re[i * REFLECTIONS + count] = t.im[i * REFLECTIONS + count] = 0;
  for (let i = 0; i < count; i++) {
    let [re, im] = [0, 0];
    for (let j = i; j < count; j++) {
      const [a, b] = [t.re[i * REFLECTIONS + j], t.im[i * REFLECTIONS + j]];
      re += a * g[2 * j] - b * g[2 * j + 1];
      im += a * g[2 * j + 1] + b * g[2 * j];
    }
    const [tr, ti] = times(tau, [re, im]);
    t.re[i * REFLECTIONS + count] = -tr;
    t.im[i * REFLECTIONS + count] = -ti;
  }
  t.re[count * (REFLECTIONS + 1)] = tau[0];
  t.im[count * (REFLECTIONS + 1)] = tau[1];
}

/** Replaces a vector by (I - V T^H V^H) times it, for the first `count` reflections of a block. */
export function applyToRow(
  w: Workspace,
  reflections: ComplexReflections,
  first: number,
  count: number,
  t: BlockFactor,
  y: number,
  yStep: number,
): void {
  if (count === 0) return;
  const { v, length, lead } = reflections;
  const from = first + lead;
  const s = projections(w, reflections, first, count, from, y + from, yStep);
  const mark = w.mark();
  const f = w.take(4 * count);
  for (let q = 0; q < count; q++) {
    let [re, im] = [0, 0];
    for (let p = 0; p <= q; p++) {
      const [a, b] = [t.re[p * REFLECTIONS + q], -t.im[p * REFLECTIONS + q]];
      re += a * s[2 * p] - b * s[2 * p + 1];
      im += a * s[2 * p + 1] + b * s[2 * p];
    }
    expandOne(w.data, f + 2 * q, 2 * count, re, im);
  }
  const rows = rowOf(reflections, first) + from;
  combinePairs(w, -1, count, length - from, f, 2 * count, rows, v.step, y + from, yStep);
  w.release(mark);
}

/** Elements of workspace that applying blocks to matrices of `columns` columns takes. */
export function reflectSize(length: number, columns: number): number {
  const wide = 2 * REFLECTIONS;
  return 2 * wide * (2 * length + columns + 16) + wide * wide + 64;
}

/** C = (I - V T V^H) C, or with T's conjugate transpose, for `columns` columns of C from number `left` on. */
export function applyBlock(
  w: Workspace,
  reflections: ComplexReflections,
  first: number,
  count: number,
  t: BlockFactor,
  adjoint: boolean,
  c: Pairs,
  left: number,
  columns: number,
): void {
  if (columns <= 0) return;
  const { v, length, lead } = reflections;
  const { data } = w;
  const from = first + lead;
  const size = length - from;
  const [wide, tall] = [2 * count, 2 * size];
  const mark = w.mark();
  const across = 8 * Math.ceil(columns / 8) + 8;
  const [x, y] = [w.take(wide * across), w.take(wide * across)];
  const [small, vectors] = [w.take(wide * wide), w.take(wide * tall)];
  const rows = rowOf(reflections, first) + from;
  const corner = c.at + 2 * from * c.step + left;
  zeroRows(data, x, across, wide, columns);
  zeroRows(data, y, across, wide, columns);
  expand(data, rows, v.step, count, size, vectors, tall, { conjugated: true });
  w.product(wide, columns, tall, vectors, tall, corner, c.step, x, across);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) {
      const at = adjoint ? j * REFLECTIONS + i : i * REFLECTIONS + j;
      expandOne(data, small + 2 * (i * wide + j), wide, -t.re[at], adjoint ? t.im[at] : -t.im[at]);
    }
  }
  w.product(wide, columns, wide, small, wide, x, across, y, across);
  expand(data, rows, v.step, size, count, vectors, wide, { transposed: true });
  w.product(tall, columns, wide, vectors, wide, y, across, corner, c.step);
  w.release(mark);
}

/**
 * C = Q C for the product Q of all reflections, the first of them leftmost, and `columns` columns.
 * @param growing C begins as the identity, whose columns left of a block's first row the block does not change
 */
export function turnPairs(
  w: Workspace,
  reflections: ComplexReflections,
  c: Pairs,
  columns: number,
  growing: boolean,
): void {
  const { lead, taus } = reflections;
  const t = blockFactor();
  for (let block = Math.ceil(taus.length / REFLECTIONS) - 1; block >= 0; block--) {
    const first = block * REFLECTIONS;
    const count = Math.min(REFLECTIONS, taus.length - first);
    for (let j = 0; j < count; j++) extendBlock(w, reflections, first, j, t);
    const left = growing ? Math.min(columns, first + lead) : 0;
    applyBlock(w, reflections, first, count, t, false, c, left, columns - left);
  }
}
