/**
 * The header of a safetensors file: one JSON object. A parser of its own instead of `JSON.parse`, because duplicate
 * names must be found, and because the fixed depth leaves nothing for hostile nesting to do.
 */
import { FormatError } from "../errors.ts";

const NAME = "readSafetensors";

/** Name under which a header keeps free text. */
export const METADATA = "__metadata__";

/** One array as the header describes it. */
export interface SafetensorsEntry {
  readonly name: string;
  /** Element type as written, e.g. `"F32"`. */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** First byte and the byte after the last, counted from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

/** What the header says. */
export interface SafetensorsHeader {
  readonly entries: readonly SafetensorsEntry[];
  readonly metadata: Record<string, string>;
}

/** More than any array we can hold has axes; a bound against lists of millions. */
const MAX_INTEGERS = 64;
const SPACE = /[ \t\n\r]*/y;
const INTEGER = /0|[1-9]\d*/y;

/** Position in a header and the primitive readers. */
interface Cursor {
  fail(expected: string): never;
  skip(token: string): boolean;
  expect(token: string): void;
  string(what: string): string;
  integers(): number[];
  done(): boolean;
}

function cursorOf(text: string): Cursor {
  let at = 0;
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) return null;
    at += match[0].length;
    return match[0];
  };
  const cursor: Cursor = {
    fail(expected) {
      const got = at < text.length ? JSON.stringify(text.slice(at, at + 12)) : "the end";
      throw new FormatError(`${NAME}: the header is malformed (got ${got} at character ${at}, expected ${expected}).`);
    },
    skip(token) {
      take(SPACE);
      if (!text.startsWith(token, at)) return false;
      at += token.length;
      return true;
    },
    expect(token) {
      if (!cursor.skip(token)) cursor.fail(`"${token}"`);
    },
    string(what) {
      take(SPACE);
      if (text[at] !== '"') return cursor.fail(what);
      // Not a regular expression, whose matching of very long names may overflow the stack.
      let end = at + 1;
      while (end < text.length && text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
      let value: string;
      try {
        value = JSON.parse(text.slice(at, end + 1)) as string;
      } catch {
        return cursor.fail(what);
      }
      at = end + 1;
      return value;
    },
    integers() {
      const list: number[] = [];
      cursor.expect("[");
      if (cursor.skip("]")) return list;
      do {
        take(SPACE);
        const digits = take(INTEGER);
        if (digits === null) return cursor.fail("a non-negative integer");
        list.push(Number(digits));
        if (list.length > MAX_INTEGERS) return cursor.fail(`at most ${MAX_INTEGERS} integers`);
      } while (cursor.skip(","));
      cursor.expect("]");
      return list;
    },
    done() {
      take(SPACE);
      return at === text.length;
    },
  };
  return cursor;
}

/** Reads `{ "key": value, ... }` and hands every key to `read`, which must consume the value. */
function readObject(c: Cursor, what: string, read: (key: string) => void): void {
  const seen = new Set<string>();
  c.expect("{");
  if (c.skip("}")) return;
  do {
    const key = c.string("a name in quotes");
    if (seen.has(key)) {
      throw new FormatError(`${NAME}: ${what} ${JSON.stringify(key)} occurs twice in the header.`);
    }
    seen.add(key);
    c.expect(":");
    read(key);
  } while (c.skip(","));
  c.expect("}");
}

function readEntry(c: Cursor, name: string): SafetensorsEntry {
  const quoted = JSON.stringify(name);
  let dtype: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  readObject(c, `in tensor ${quoted} the key`, (key) => {
    if (key === "dtype") dtype = c.string("an element type in quotes");
    else if (key === "shape") shape = c.integers();
    else if (key === "data_offsets") offsets = c.integers();
    else {
      throw new FormatError(
        `${NAME}: tensor ${quoted} has an unknown key (got ${JSON.stringify(key)}, expected dtype, shape and data_offsets).`,
      );
    }
  });
  if (dtype === undefined || shape === undefined || offsets === undefined) {
    const missing = dtype === undefined ? "dtype" : shape === undefined ? "shape" : "data_offsets";
    throw new FormatError(`${NAME}: tensor ${quoted} lacks a key (expected ${missing}).`);
  }
  if (offsets.length !== 2) {
    throw new FormatError(
      `${NAME}: tensor ${quoted} needs two data offsets (got ${offsets.length}, expected [begin, end]).`,
    );
  }
  return { name, dtype, shape, begin: offsets[0], end: offsets[1] };
}

/** Parses the text of a header. @throws FormatError at the first thing that does not belong there */
export function parseSafetensorsHeader(text: string): SafetensorsHeader {
  const c = cursorOf(text);
  const entries: SafetensorsEntry[] = [];
  const metadata = new Map<string, string>();
  readObject(c, "tensor", (name) => {
    if (name !== METADATA) entries.push(readEntry(c, name));
    else readObject(c, "metadata key", (key) => metadata.set(key, c.string("a text in quotes")));
  });
  if (!c.done()) c.fail("the end");
  return { entries, metadata: Object.fromEntries(metadata) };
}
