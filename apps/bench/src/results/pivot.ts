/** Long lists of numbers by a method and a number of model calls or points, as a square table. */
import type { Row } from "./benchResult.ts";

/** Methods in lines, numbers of calls in columns. */
export interface Pivot {
  readonly columns: readonly string[];
  readonly lines: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
}

const PATTERN = /^(.*), (\d+) (?:model calls|points)$/;

/** The table of rows that are all called `METHOD, N model calls` (or `points`); null for any others. */
export function pivot(rows: readonly Row[]): Pivot | null {
  const cells = rows.map(({ title, value }) => ({ match: PATTERN.exec(title), value }));
  if (cells.length === 0 || cells.some(({ match }) => match === null)) return null;
  const found = cells.map(({ match, value }) => ({ name: match?.[1] ?? "", calls: Number(match?.[2]), value }));
  const columns = [...new Set(found.map(({ calls }) => calls))].sort((a, b) => a - b);
  const names = [...new Set(found.map(({ name }) => name))];
  return {
    columns: columns.map(String),
    lines: names.map((name) => ({
      name,
      values: columns.map((calls) => found.find((cell) => cell.name === name && cell.calls === calls)?.value ?? null),
    })),
  };
}
