/** The subscripts of an Einstein summation: what the axes of operands and result are called. */
import { ArgumentError, ShapeError, show } from "../errors.ts";
import { showShape } from "../shape.ts";

/**
 * Labels of all axes. A letter is its own label; the axes behind an ellipsis are called `"0"` (the last one), `"1"`, …, so
 * that they are aligned as in broadcasting.
 */
export interface Subscripts {
  readonly inputs: readonly (readonly string[])[];
  readonly output: readonly string[];
}

const DOTS = "...";

function problem(text: string, what: string): ArgumentError {
  return new ArgumentError(`einsum: ${what} (got ${show(text)}, expected subscripts such as "ij,jk->ik").`);
}

/** Letters and ellipses of one term. */
function symbols(text: string, term: string): string[] {
  const parts = term.match(/\.\.\.|./gsu) ?? [];
  for (const part of parts) {
    if (part !== DOTS && !/^[A-Za-z]$/.test(part)) throw problem(text, `unexpected ${show(part)} in the subscripts`);
  }
  if (parts.filter((part) => part === DOTS).length > 1) throw problem(text, "a term has more than one ellipsis");
  return parts;
}

/** Names the axes behind an ellipsis. */
function expand(parts: readonly string[], hidden: number): string[] {
  return parts.flatMap((part) =>
    part === DOTS ? Array.from({ length: hidden }, (_, i) => String(hidden - 1 - i)) : [part],
  );
}

/**
 * Parses subscripts in NumPy's grammar: terms of letters, separated by commas, with `...` for the axes that are left over;
 * `->` and the term of the result, or without it all letters that occur once, in alphabetical order, behind the ellipsis.
 * Spaces do not count.
 */
export function parseSubscripts(text: string, shapes: readonly (readonly number[])[]): Subscripts {
  if (typeof text !== "string") throw problem(text, "subscripts must be a text");
  const [left, right, ...more] = text.replaceAll(" ", "").split("->");
  if (more.length > 0) throw problem(text, "more than one arrow");
  const terms = left.split(",").map((term) => symbols(text, term));
  if (terms.length !== shapes.length) {
    throw new ArgumentError(
      `einsum: as many operands as terms are needed (got ${shapes.length} for ${show(text)}, expected ${terms.length}).`,
    );
  }
  const hidden = terms.map((parts, i) => {
    const letters = parts.filter((part) => part !== DOTS).length;
    const rest = shapes[i].length - letters;
    if (rest < 0 || (rest > 0 && !parts.includes(DOTS))) {
      throw new ShapeError(
        `einsum: operand ${i + 1} does not have the axes of its term (got ${showShape(shapes[i])} for ${show(parts.join(""))} in ${show(text)}).`,
      );
    }
    return rest;
  });
  const inputs = terms.map((parts, i) => expand(parts, hidden[i]));
  const most = Math.max(...hidden);
  if (right === undefined) {
    const all = terms.flat().filter((part) => part !== DOTS);
    const once = [...new Set(all)].filter((letter) => all.indexOf(letter) === all.lastIndexOf(letter));
    return { inputs, output: expand([DOTS, ...once.toSorted()], most) };
  }
  const result = symbols(text, right);
  if (most > 0 && !result.includes(DOTS)) throw problem(text, "the result has no place for the axes of the ellipsis");
  const output = expand(result, most);
  const known = new Set(inputs.flat());
  output.forEach((label, i) => {
    if (!known.has(label)) throw problem(text, `${show(label)} of the result is in no term`);
    if (output.indexOf(label) !== i) throw problem(text, `${show(label)} is twice in the result`);
  });
  return { inputs, output };
}
