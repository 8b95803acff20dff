/** Nested brackets: which elements are shown, and how their texts are put into lines. */

/** What stands at one place: the position of an element, a gap, or the row below. */
export type Cell = number | "..." | readonly Cell[];

/**
 * The elements of a tensor in nested rows.
 * @param edge how many are shown at each end of an axis; Infinity for all
 */
export function cellsOf(shape: readonly number[], edge: number, axis = 0, first = 0): Cell {
  if (axis === shape.length) return first;
  const count = shape[axis];
  const step = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const cells: Cell[] = [];
  for (let i = 0; i < count; i++) {
    if (i === edge && 2 * edge < count) {
      cells.push("...");
      i = count - edge;
    }
    cells.push(cellsOf(shape, edge, axis + 1, first + i * step));
  }
  return cells;
}

/** Positions of the elements in nested rows. */
export function shownIn(cell: Cell): number[] {
  if (typeof cell === "number") return [cell];
  return cell === "..." ? [] : cell.flatMap(shownIn);
}

/**
 * The text of nested rows.
 * @param write the text of an element
 * @param width longest line that is wanted; one element is never broken
 */
export function render(cell: Cell, rank: number, write: (position: number) => string, width: number, axis = 0): string {
  if (typeof cell === "number") return write(cell);
  if (cell === "...") return cell;
  const texts = cell.map((inner) => render(inner, rank, write, width, axis + 1));
  const indent = " ".repeat(axis + 1);
  if (axis < rank - 1) return `[${texts.join("\n".repeat(rank - 1 - axis) + indent)}]`;
  // Every bracket that may close behind the last element takes a place.
  return `[${filled(texts, indent, width - rank).slice(indent.length)}]`;
}

/** Texts beside each other, separated by spaces, in as few lines as fit. */
function filled(texts: readonly string[], indent: string, width: number): string {
  const lines: string[] = [];
  let line = indent;
  for (const [i, text] of texts.entries()) {
    if (line.length + text.length > width && line.length > indent.length) {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += i < texts.length - 1 ? `${text} ` : text;
  }
  lines.push(line);
  return lines.join("\n");
}
