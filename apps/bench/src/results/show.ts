/** Results as text tables. */
import Table from "cli-table3";
import type { BenchResult, PeerValue, Row, Target } from "./benchResult.ts";
import { pivot, type Pivot } from "./pivot.ts";

/** A number with three significant digits, without needless zeros. */
export function showNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-3) return value.toExponential(1).replace("e+", "e");
  if (Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(3)));
}

/** A row's value with its unit. */
export function showValue({ value, unit }: Pick<Row, "value" | "unit">): string {
  if (value === null) return "-";
  return unit === "x" ? `${showNumber(value)}x` : `${showNumber(value)} ${unit}`.trim();
}

/** `<= 5`; empty without a target. */
export function showTarget(target: Target | null): string {
  return target === null ? "" : `${target.relation} ${showNumber(target.value)}`;
}

/** `12 ms (3.4x)`, or why there is no number. */
export function showPeer(peer: PeerValue | undefined): string {
  if (peer === undefined) return "";
  if (peer.status !== "measured" || peer.value === null) return peer.status;
  return peer.ratio === null ? showNumber(peer.value) : `${showNumber(peer.value)} (${showNumber(peer.ratio)}x)`;
}

/** Names of all peers in a list of rows, in order of appearance. */
export function peerNames(rows: readonly Row[]): string[] {
  return [...new Set(rows.flatMap(({ peers }) => peers.map(({ name }) => name)))];
}

/** A text table without lines between its rows. */
export function textTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  numeric: readonly number[],
): string {
  const table = new Table({
    head: [...head],
    style: { head: [], border: [], compact: true },
    colAligns: head.map((_, i) => (numeric.includes(i) ? "right" : "left")),
  });
  table.push(...rows.map((row) => [...row]));
  return `${table.toString()}\n`;
}

/** A number of a square table. */
function showCell(value: number | null): string {
  return value === null ? "" : value.toExponential(1);
}

function showPivot(name: string, { columns, lines }: Pivot): string {
  const rows = lines.map((line) => [line.name, ...line.values.map(showCell)]);
  return textTable(
    [name, ...columns],
    rows,
    columns.map((_, i) => i + 1),
  );
}

function showRows(rows: readonly Row[]): string {
  const names = peerNames(rows);
  const lines = rows.map((row) => [
    row.id,
    row.title,
    showTarget(row.target),
    showValue(row),
    ...names.map((name) => showPeer(row.peers.find((peer) => peer.name === name))),
    row.verdict,
  ]);
  const head = ["figure", "what", "target", "ours", ...names, "verdict"];
  const legend = names.length > 0 ? "In brackets: how many times better ours is, median over interleaved pairs.\n" : "";
  const notes = rows.filter(({ note }) => note !== null).map(({ id, note }) => `${id}: ${note}\n`);
  return textTable(head, lines, [2, 3, ...names.map((_, i) => 4 + i)]) + legend + notes.join("");
}

/** A result as tables: one for all figures, and a square one for each that is a list by methods and model calls. */
export function showBenchResult({ rows }: BenchResult): string {
  const figures = [...new Set(rows.map(({ figure }) => figure))];
  const square = figures.flatMap((figure) => {
    const table = pivot(rows.filter((row) => row.figure === figure));
    return table === null ? [] : [{ figure, table }];
  });
  const rest = rows.filter(({ figure }) => !square.some((entry) => entry.figure === figure));
  const tables = square.map(({ figure, table }) => showPivot(figure, table));
  return tables.join("") + (rest.length > 0 ? showRows(rest) : "");
}
