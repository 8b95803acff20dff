/** What the reader of a golden file produces, and how it meets what it does not know. */

/** One case of a golden file. */
export interface GoldenCase {
  /** What tells the case from the others in its file. */
  readonly name: string;
  /** The method or table it is about, as `pending.json` lists it. */
  readonly kind: string;
  /** The comparison, which throws. */
  run(): void | Promise<void>;
}

/** Turns the content of a file into cases. Unknown sections and methods become failing cases. */
export type GoldenReader = (file: any) => readonly GoldenCase[];

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
