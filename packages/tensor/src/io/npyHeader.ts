/** The header of a .npy file: a Python dictionary literal with three entries. */
import { FormatError } from "../errors.ts";

/** What the header says. */
export interface NpyHeader {
  /** Byte order, kind and size of the elements, e.g. `"<f4"`. */
  readonly descr: string;
  /** Whether the first index runs fastest. */
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

const SPACE = /[ \t\n\r\f]*/y;
const STRING = /'([^'\\\n]*)'|"([^"\\\n]*)"/y;
const BOOLEAN = /True|False/y;
/** Python 2 wrote long integers with an L. */
const INTEGER = /(\d+)L?/y;

/** Parses the text of a header. @throws FormatError at the first character that does not belong there */
export function parseNpyHeader(text: string): NpyHeader {
  let at = 0;

  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at += match[0].length;
    return match;
  };
  const fail = (expected: string): never => {
    const got = at < text.length ? JSON.stringify(text.slice(at, at + 12)) : "the end";
    throw new FormatError(
      `readNpy: the header is not a dictionary as NumPy writes it (got ${got} at character ${at}, expected ${expected}).`,
    );
  };
  const skip = (token: string): boolean => {
    take(SPACE);
    if (!text.startsWith(token, at)) return false;
    at += token.length;
    return true;
  };
  const expect = (token: string): void => {
    if (!skip(token)) fail(`"${token}"`);
  };
  const string = (what: string): string => {
    take(SPACE);
    const match = take(STRING);
    if (match === null) return fail(what);
    return match[1] ?? match[2];
  };
  const descrValue = (): string => {
    take(SPACE);
    if (text[at] === "[" || text[at] === "(" || text[at] === "{") {
      throw new FormatError(
        `readNpy: structured element types are not supported (got ${JSON.stringify(text.slice(at, at + 24))}, expected e.g. '<f4'). Save every field as its own array.`,
      );
    }
    return string("an element type in quotes");
  };
  const booleanValue = (): boolean => {
    take(SPACE);
    const match = take(BOOLEAN);
    if (match === null) return fail("True or False");
    return match[0] === "True";
  };
  const shapeValue = (): number[] => {
    const sizes: number[] = [];
    expect("(");
    while (!skip(")")) {
      const match = take(INTEGER);
      if (match === null) return fail("a size");
      sizes.push(Number(match[1]));
      if (skip(",")) continue;
      // Without a comma, one size in parentheses would be a plain number in Python.
      if (sizes.length < 2) fail('","');
      expect(")");
      break;
    }
    return sizes;
  };

  let descr: string | undefined;
  let fortranOrder: boolean | undefined;
  let shape: number[] | undefined;
  expect("{");
  while (!skip("}")) {
    const key = string('a key in quotes or "}"');
    const known = { descr, fortran_order: fortranOrder, shape };
    if (!Object.hasOwn(known, key)) {
      throw new FormatError(
        `readNpy: unknown key in the header (got ${JSON.stringify(key)}, expected descr, fortran_order and shape).`,
      );
    }
    if (known[key as keyof typeof known] !== undefined) {
      throw new FormatError(`readNpy: key ${JSON.stringify(key)} occurs twice in the header.`);
    }
    expect(":");
    if (key === "descr") descr = descrValue();
    else if (key === "fortran_order") fortranOrder = booleanValue();
    else shape = shapeValue();
    if (!skip(",")) {
      expect("}");
      break;
    }
  }
  take(SPACE);
  if (at < text.length) fail("the end");
  if (descr === undefined || fortranOrder === undefined || shape === undefined) {
    const missing = descr === undefined ? "descr" : fortranOrder === undefined ? "fortran_order" : "shape";
    throw new FormatError(`readNpy: a key is missing in the header (expected ${missing}).`);
  }
  return { descr, fortranOrder, shape };
}
