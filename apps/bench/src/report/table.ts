/** Tables in a report. */
import { markup, type Html, type Part } from "./html.ts";

/** A cell with a class, such as `best`. */
export interface Cell {
  readonly text: Part;
  readonly class?: string;
}

/** A column's heading and how its cells stand. */
export interface Column {
  readonly title: string;
  readonly numeric?: boolean;
}

function isCell(value: Part | Cell): value is Cell {
  return typeof value === "object" && value !== null && "text" in value;
}

/** A table; the first cell of every row is its heading. */
export function table(columns: readonly Column[], rows: readonly (readonly (Part | Cell)[])[]): Html {
  const head = columns.map(({ title, numeric }) =>
    numeric === true ? markup`<th scope="col" class="number">${title}</th>` : markup`<th scope="col">${title}</th>`,
  );
  const body = rows.map((row) => {
    const cells = row.map((value, i) => {
      const cell: Cell = isCell(value) ? value : { text: value };
      const classes = [columns[i].numeric === true ? "number" : "", cell.class ?? ""].filter((name) => name !== "");
      const attribute = classes.length > 0 && markup` class="${classes.join(" ")}"`;
      return i === 0
        ? markup`<th scope="row"${attribute}>${cell.text}</th>`
        : markup`<td${attribute}>${cell.text}</td>`;
    });
    return markup`<tr>${cells}</tr>\n`;
  });
  return markup`<div class="scroll"><table>
<thead><tr>${head}</tr></thead>
<tbody>
${body}</tbody>
</table></div>
`;
}
