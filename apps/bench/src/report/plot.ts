/** Plots with logarithmic axes, drawn by Observable Plot into an SVG that needs nothing else. */
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { markup, raw, type Html } from "./html.ts";
import { REST_COLOR, SERIES_COLORS } from "./style.ts";

/** A line of points. */
export interface Series {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/** A plot of lines. */
export interface LinePlot {
  readonly x: string;
  readonly y: string;
  readonly series: readonly Series[];
  /** Series in colour, in this order; the others stand in the background. */
  readonly highlight: readonly string[];
  /** Where x is marked; at every point when left out. */
  readonly ticks?: readonly number[];
}

const SIZE = { width: 520, height: 360 };

/** The colour of a series. */
export function colorOf(name: string, highlight: readonly string[]): string {
  const at = highlight.indexOf(name);
  return at < 0 ? REST_COLOR : SERIES_COLORS[at % SERIES_COLORS.length];
}

/** Marks of a logarithmic axis from below the least value to above the largest: powers of ten, between them 2 and 5 times. */
function marksOf(values: readonly number[]): number[] {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const factors = most / least < 30 ? [1, 2, 5] : [1];
  const low = Math.floor(Math.log10(least));
  const high = Math.ceil(Math.log10(most));
  const all = Array.from({ length: high - low + 1 }, (_, i) => factors.map((f) => Number(`${f}e${low + i}`))).flat();
  const first = all.findLastIndex((mark) => mark <= least);
  const last = all.findIndex((mark) => mark >= most);
  return all.slice(Math.max(0, first), last + 1);
}

/** A digit raised. */
function raised(digit: string): string {
  return "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)];
}

function power(value: number): string {
  const exponent = Math.round(Math.log10(value));
  if (Math.abs(Math.log10(value) - exponent) > 1e-9) return String(value);
  if (exponent >= 0 && exponent <= 2) return String(10 ** exponent);
  if (exponent === -1) return "0.1";
  return `10${exponent < 0 ? "⁻" : ""}${String(Math.abs(exponent)).replace(/\d/g, raised)}`;
}

/** Draws lines over two logarithmic axes. */
export function linePlot({ x, y, series, highlight, ticks: given }: LinePlot): Html {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const rows = series.flatMap(({ name, points }) => points.map((point) => ({ ...point, name })));
  const shown = (front: boolean): typeof rows => rows.filter(({ name }) => highlight.includes(name) === front);
  const ticks = given ?? [...new Set(rows.map((row) => row.x))].sort((a, b) => a - b);
  const marks = marksOf(rows.map((row) => row.y));
  const color = ({ name }: { readonly name: string }): string => colorOf(name, highlight);
  const svg = Plot.plot({
    document: document as unknown as Document,
    ...SIZE,
    marginLeft: 52,
    marginBottom: 42,
    marginTop: 26,
    marginRight: 14,
    style: { background: "none", fontSize: "12px", color: "var(--soft)" },
    x: { type: "log", label: x, ticks: [...ticks], tickFormat: (value: number) => String(value), labelArrow: "none" },
    y: { type: "log", label: y, ticks: marks, tickFormat: power, labelArrow: "none" },
    marks: [
      Plot.gridY(marks, { stroke: "var(--line)", strokeOpacity: 1 }),
      Plot.line(shown(false), { x: "x", y: "y", z: "name", stroke: REST_COLOR, strokeWidth: 1 }),
      Plot.dot(shown(false), { x: "x", y: "y", fill: REST_COLOR, r: 1.6 }),
      Plot.line(shown(true), { x: "x", y: "y", z: "name", stroke: color, strokeWidth: 2, strokeLinejoin: "round" }),
      Plot.dot(shown(true), { x: "x", y: "y", fill: color, r: 2.6 }),
    ],
  });
  return raw(svg.outerHTML);
}

/** The colours of the highlighted series; `rest` says what the grey lines are. */
export function legend(highlight: readonly string[], label: (name: string) => string, rest: string | null): Html {
  const entry = (text: string, color: string): Html => markup`<li><i style="--color:${color}"></i>${text}</li>`;
  const items = highlight.map((name) => entry(label(name), colorOf(name, highlight)));
  return markup`<ul class="legend">${items}${rest !== null && entry(rest, REST_COLOR)}</ul>`;
}
