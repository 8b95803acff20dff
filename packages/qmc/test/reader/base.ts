/** What the readers of golden files share. */

/** One case of a golden file. */
export interface GoldenCase {
  readonly name: string;
  /** Method, as `pending.json` lists it. */
  readonly kind: string;
  run(): void | Promise<void>;
}

/** Turns the content of a file into cases. Unknown sections and methods become failing cases. */
export type GoldenReader = (file: any) => GoldenCase[];

/** Throws unless every number is within `limit(expected)`. Texts stand for NaN and infinities. */
export function expectClose(
  what: string,
  got: ArrayLike<number>,
  expected: ArrayLike<number | string>,
  limit: (value: number) => number,
): void {
  if (got.length !== expected.length) {
    throw new Error(`${what}: got ${got.length} numbers, expected ${expected.length}`);
  }
  for (let i = 0; i < expected.length; i++) {
    const want = Number(expected[i]);
    if (Object.is(got[i], want)) continue;
    if (!(Math.abs(got[i] - want) <= limit(want))) {
      throw new Error(`${what}: number ${i} is ${got[i]}, expected ${want} within ${limit(want)}`);
    }
  }
}

/** A relative tolerance for each entry. */
export const relative =
  (tolerance: number) =>
  (value: number): number =>
    tolerance * Math.max(Math.abs(value), 1e-300);

/** A tolerance relative to the largest entry. */
export function relativeToLargest(tolerance: number, expected: ArrayLike<number>): (value: number) => number {
  let largest = 1e-300;
  for (let i = 0; i < expected.length; i++) largest = Math.max(largest, Math.abs(expected[i]));
  return () => tolerance * largest;
}

/** An absolute tolerance. */
export const absolute = (tolerance: number) => (): number => tolerance;

export function expectEqual(what: string, got: unknown, expected: unknown): void {
  const show = (value: unknown): string => JSON.stringify(value, (_, v) => (typeof v === "bigint" ? `${v}` : v));
  if (show(got) !== show(expected)) throw new Error(`${what}: got ${show(got)}, expected ${show(expected)}`);
}

/** Throws for keys of an object that the reader does not know: a new form of file must be looked at. */
export function knownKeys(what: string, object: object, keys: readonly string[]): void {
  const unknown = Object.keys(object).filter((key) => !keys.includes(key));
  if (unknown.length > 0) throw new Error(`${what}: unknown field ${unknown.join(", ")}`);
}

/** A case that fails: the file has something the reader does not understand. */
export function unknownCase(name: string, kind: string): GoldenCase {
  return {
    name,
    kind,
    run() {
      throw new Error(`${name}: this reader does not know ${JSON.stringify(kind)}`);
    },
  };
}

/** Checks the sections of a file; every unknown one becomes a failing case. */
export function unknownSections(file: object, known: readonly string[]): GoldenCase[] {
  return Object.keys(file)
    .filter((key) => !known.includes(key))
    .map((key) => unknownCase(`section ${key}`, key));
}

/** A number of a golden file: above 2^53 as a hexadecimal text. */
export const toBig = (value: number | string): bigint => BigInt(value);

/** The same as what the package takes. */
export const toWhole = (value: number | string): number | bigint => (typeof value === "string" ? BigInt(value) : value);

/** Words of 64 bits as integers of `bits` digits. */
export function integersOf(words: { hi: Uint32Array; lo: Uint32Array }, bits: number): bigint[] {
  return Array.from(words.hi, (hi, i) => ((BigInt(hi) << 32n) | BigInt(words.lo[i])) >> BigInt(64 - bits));
}
