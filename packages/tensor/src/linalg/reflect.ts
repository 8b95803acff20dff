/**
 * Householder reflections H = I - tau v v^T, one by one and in blocks. Their vectors are rows of a matrix; a matrix that they are
 * applied to is multiplied from the right, so that everything is rows here.
 */
import { dotRows } from "./rows.ts";
import type { Workspace } from "./workspace.ts";

/** Reflections that are applied at once. */
export const REFLECTIONS = 32;

/** Reflections of vectors of `length` elements; that of row j starts with zeros. */
export interface Reflections {
  /** Start of the first vector, and elements from one to the next. */
  readonly v: number;
  readonly step: number;
  readonly length: number;
  readonly taus: Float64Array;
}

/**
 * The reflection that maps n elements onto (beta, 0, ..., 0): v overwrites them, with v[0] = 1.
 * Golub and Van Loan, Matrix Computations (4th ed.), algorithm 5.1.1.
 */
export function reflectionOf(
  data: Float64Array,
  at: number,
  n: number,
): { readonly tau: number; readonly beta: number } {
  const tail = dotRows(data, at + 1, data, at + 1, n - 1);
  const first = data[at];
  data[at] = 1;
  if (tail === 0) return { tau: 0, beta: first };
  const norm = Math.sqrt(first * first + tail);
  const beta = first > 0 ? -norm : norm;
  const scale = 1 / (first - beta);
  for (let i = 1; i < n; i++) data[at + i] *= scale;
  return { tau: (beta - first) / beta, beta };
}

/** Elements of workspace that a block of reflections takes, applied to up to `rows` rows. */
export function reflectSize(rows: number, length: number): number {
  return REFLECTIONS * (REFLECTIONS + length + 2 * rows + 4);
}

/**
 * Column `count` of the T of I - V^T T V, the product of reflections first ... first + count.
 * Schreiber and Van Loan, "A storage-efficient WY representation", SIAM J. Sci. Stat. Comput. 10 (1989).
 * @param t rows of {@link REFLECTIONS} elements
 * @param from where the first vector of the block starts to be not zero
 */
export function extendBlock(
  w: Workspace,
  { v, step, length, taus }: Reflections,
  first: number,
  count: number,
  from: number,
  t: number,
): void {
  const { data } = w;
  const mark = w.mark();
  const g = w.take(REFLECTIONS);
  const row = v + first * step + from;
  w.dots(count, length - from, row, step, row + count * step, g);
  const tau = taus[first + count];
  for (let i = 0; i < REFLECTIONS; i++) data[t + i * REFLECTIONS + count] = 0;
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (let j = i; j < count; j++) sum += data[t + i * REFLECTIONS + j] * data[g + j];
    data[t + i * REFLECTIONS + count] = -tau * sum;
  }
  data[t + count * REFLECTIONS + count] = tau;
  w.release(mark);
}

/** C = C (I - V^T T V), or with T transposed, for `rows` rows from `c` on. */
export function applyBlock(
  w: Workspace,
  { v, step, length }: Reflections,
  first: number,
  count: number,
  from: number,
  t: number,
  transposed: boolean,
  c: number,
  cStep: number,
  rows: number,
): void {
  if (rows <= 0) return;
  const { data } = w;
  const width = length - from;
  const mark = w.mark();
  const [columns, x, y] = [w.take(width * REFLECTIONS), w.take(rows * REFLECTIONS), w.take(rows * REFLECTIONS)];
  const small = w.take(REFLECTIONS * REFLECTIONS);
  const row = v + first * step + from;
  // V^T is negated, and with it the product.
  w.negate(width, count, row, 1, step, columns, REFLECTIONS);
  const [down, across] = transposed ? [1, REFLECTIONS] : [REFLECTIONS, 1];
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) data[small + i * REFLECTIONS + j] = data[t + i * down + j * across];
  }
  for (let i = 0; i < rows * REFLECTIONS; i++) data[x + i] = data[y + i] = 0;
  w.product(rows, count, width, c + from, cStep, columns, REFLECTIONS, x, REFLECTIONS);
  w.product(rows, count, count, x, REFLECTIONS, small, REFLECTIONS, y, REFLECTIONS);
  w.product(rows, width, count, y, REFLECTIONS, row, step, c + from, cStep);
  w.release(mark);
}

/**
 * C = C Q^T for the product Q of all reflections, the first of them leftmost, and `rows` rows from `c` on.
 * @param lead vector j starts at element j + lead
 * @param growing rows above that number are those of the identity, which only reflections up to theirs change
 */
export function turnBack(
  w: Workspace,
  reflections: Reflections,
  lead: number,
  c: number,
  cStep: number,
  rows: number,
  growing: boolean,
): void {
  const total = reflections.taus.length;
  const mark = w.mark();
  const t = w.take(REFLECTIONS * REFLECTIONS);
  for (let block = Math.ceil(total / REFLECTIONS) - 1; block >= 0; block--) {
    const first = block * REFLECTIONS;
    const count = Math.min(REFLECTIONS, total - first);
    const from = first + lead;
    for (let j = 0; j < count; j++) extendBlock(w, reflections, first, j, from, t);
    const above = growing ? Math.min(rows, from) : 0;
    applyBlock(w, reflections, first, count, from, t, true, c + above * cStep, cStep, rows - above);
  }
  w.release(mark);
}
