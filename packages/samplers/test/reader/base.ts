/** What the readers of golden files share. */

/** One case of a golden file. */
export interface GoldenCase {
  readonly name: string;
  /** Method or table, as `pending.json` lists it. */
  readonly kind: string;
  run(): void | Promise<void>;
}

/** Turns the content of a file into cases. Unknown sections and methods become failing cases. */
export type GoldenReader = (file: any) => GoldenCase[];

export interface Tolerance {
  readonly abs: number;
  readonly rel: number;
}

/** Throws unless `|got - expected| <= abs + rel |expected|` for every number. */
export function expectClose(
  what: string,
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: Tolerance,
): void {
  if (got.length !== expected.length) {
    throw new Error(`${what}: got ${got.length} numbers, expected ${expected.length}`);
  }
  for (let i = 0; i < expected.length; i++) {
    const limit = tolerance.abs + tolerance.rel * Math.abs(expected[i]);
    if (!(Math.abs(got[i] - expected[i]) <= limit)) {
      throw new Error(`${what}: number ${i} is ${got[i]}, expected ${expected[i]} within ${limit}`);
    }
  }
}

export function expectEqual(what: string, got: unknown, expected: unknown): void {
  if (JSON.stringify(got) !== JSON.stringify(expected)) {
    throw new Error(`${what}: got ${JSON.stringify(got)}, expected ${JSON.stringify(expected)}`);
  }
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

/** A list of words, written as one text. */
export function words(text: string): string[] {
  return text.split(" ");
}
