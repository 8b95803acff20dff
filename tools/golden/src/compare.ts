/** Comparisons of computed numbers with golden ones; all throw an error that names the first number outside its limit. */

/** A limit for each number: at most `abs + rel |expected|`. Files keep further limits beside the two. */
export interface Tolerance {
  readonly abs?: number;
  readonly rel?: number;
}

/** The largest allowed difference for an expected number. */
export type Limit = Tolerance | ((expected: number) => number);

/** An absolute limit. */
export const absolute = (tolerance: number) => (): number => tolerance;

/** A limit relative to each number. */
export const relative =
  (tolerance: number) =>
  (expected: number): number =>
    tolerance * Math.max(Math.abs(expected), 1e-300);

/** A limit relative to the largest of the expected numbers. */
export function relativeToLargest(tolerance: number, expected: ArrayLike<number>): () => number {
  let largest = 1e-300;
  for (let i = 0; i < expected.length; i++) largest = Math.max(largest, Math.abs(expected[i]));
  return () => tolerance * largest;
}

function limitOf(limit: Limit): (expected: number) => number {
  if (typeof limit === "function") return limit;
  const { abs = 0, rel = 0 } = limit;
  return (expected) => abs + rel * Math.abs(expected);
}

/** Throws unless every number is within its limit. Texts stand for NaN and infinities, which must be met exactly. */
export function expectClose(
  what: string,
  got: ArrayLike<number>,
  expected: ArrayLike<number | string>,
  limit: Limit,
): void {
  if (got.length !== expected.length) {
    throw new Error(`${what}: got ${got.length} numbers, expected ${expected.length}`);
  }
  const allowed = limitOf(limit);
  for (let i = 0; i < expected.length; i++) {
    const want = Number(expected[i]);
    if (Object.is(got[i], want)) continue;
    if (!(Math.abs(got[i] - want) <= allowed(want))) {
      throw new Error(`${what}: number ${i} is ${got[i]}, expected ${want} within ${allowed(want)}`);
    }
  }
}

/** Throws unless the vectors' Euclidean distance is at most `abs + rel` times the length of the expected one. */
export function expectCloseNorm(
  what: string,
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  { abs = 0, rel = 0 }: Tolerance,
): void {
  if (got.length !== expected.length) {
    throw new Error(`${what}: got ${got.length} numbers, expected ${expected.length}`);
  }
  const norm = (v: readonly number[]): number => Math.hypot(...v);
  const want = Array.from(expected);
  const distance = norm(want.map((v, i) => v - got[i]));
  const bound = abs + rel * norm(want);
  if (!(distance <= bound)) {
    const [g, e] = [Array.from(got), want].map((v) => v.slice(0, 8).join(", "));
    throw new Error(`${what}: got ${g}, expected ${e}; the distance is ${distance}, allowed ${bound}`);
  }
}

/** Throws unless both are the same as JSON (big integers as decimal texts). */
export function expectEqual(what: string, got: unknown, expected: unknown): void {
  const show = (value: unknown): string =>
    JSON.stringify(value, (_, v: unknown) => (typeof v === "bigint" ? `${v}` : v));
  if (show(got) !== show(expected)) throw new Error(`${what}: got ${show(got)}, expected ${show(expected)}`);
}
