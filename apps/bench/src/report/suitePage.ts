/** The report of a benchmark suite. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { BenchResult, Row } from "../results/benchResult.ts";
import { pivot } from "../results/pivot.ts";
import { peerNames, showPeer, showTarget, showValue } from "../results/show.ts";
import type { Figure, Suite } from "../suites/base.ts";
import { countVerdicts } from "../suites/run.ts";
import { markup, type Html } from "./html.ts";
import { renderPage, section } from "./page.ts";
import { inlinePng } from "./picture.ts";
import { legend, linePlot, type Series } from "./plot.ts";
import { SERIES_COLORS } from "./style.ts";
import { table } from "./table.ts";

/** The rows of a result as a table. */
export function rowsTable(rows: readonly Row[]): Html {
  const square = pivot(rows);
  if (square !== null) {
    return table(
      [{ title: "" }, ...square.columns.map((title) => ({ title, numeric: true }))],
      square.lines.map(({ name, values }) => [name, ...values.map((value) => value?.toExponential(1) ?? "")]),
    );
  }
  const names = peerNames(rows);
  const columns = [
    { title: "Figure" },
    { title: "What" },
    { title: "Target", numeric: true },
    { title: "Ours", numeric: true },
    ...names.map((title) => ({ title, numeric: true })),
    { title: "" },
  ];
  return table(
    columns,
    rows.map((row) => [
      row.id,
      markup`${row.title}${row.note !== null && markup` <span class="quiet">${row.note}</span>`}`,
      showTarget(row.target),
      showValue(row),
      ...names.map((name) => showPeer(row.peers.find((peer) => peer.name === name))),
      { text: row.verdict, class: row.verdict },
    ]),
  );
}

/** The same as lines, both axes logarithmic; nothing for rows that are no square table. */
function rowsPlot(rows: readonly Row[], { x, y }: NonNullable<Figure["plot"]>): Html {
  const square = pivot(rows);
  if (square === null) return markup``;
  const series = square.lines.map(({ name, values }) => ({
    name,
    points: square.columns.flatMap((column, i) => {
      const value = values[i];
      return value === null || value <= 0 ? [] : [{ x: Number(column), y: value }];
    }),
  }));
  const highlight = series.map(({ name }) => name).slice(0, SERIES_COLORS.length);
  return markup`<figure>
    ${linePlot({ x, y, series, highlight })} ${legend(highlight, (name) => name, null)}
  </figure>`;
}

/** The curves of rows, one plot for each pair of axes. */
function curvePlots(rows: readonly Row[]): Html {
  const curves = rows.flatMap((row) => row.curves ?? []);
  if (curves.length === 0) return markup``;
  const axes = [...new Map(curves.map(({ x, y }) => [`${x}\n${y}`, { x, y }] as const)).values()];
  const names = [...new Set(curves.map(({ name }) => name))];
  const panels = axes.map(({ x, y }) => {
    const series = curves
      .filter((curve) => curve.x === x && curve.y === y)
      .map(({ name, points }) => ({
        name,
        points: points.filter(([, value]) => value > 0).map(([at, value]) => ({ x: at, y: value })),
      }));
    return markup`<div class="panel">${linePlot({ x, y, series, highlight: names, ticks: decades(series) })}</div>`;
  });
  return markup`<figure>
    <div class="columns">${panels}</div>
    ${legend(names, (name) => name, null)}
  </figure>`;
}

/** The pictures of rows, side by side. */
function gallery(rows: readonly Row[]): Html {
  const pictures = rows.flatMap((row) => row.pictures ?? []);
  if (pictures.length === 0) return markup``;
  return markup`<figure>
    <div class="pictures">
      ${pictures.map(
        ({ name, png }) =>
          markup`<div class="panel">${inlinePng(Buffer.from(png, "base64"), name, "pixels")}<small>${name}</small></div>`,
      )}
    </div>
  </figure>`;
}

/** Powers of ten, 2 and 5 times them where there is room, within the range of the points. */
function decades(series: readonly Series[]): number[] {
  const all = series.flatMap(({ points }) => points.map(({ x }) => x));
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const factors = most / least < 300 ? [1, 2, 5] : [1];
  const [low, high] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most))];
  return Array.from({ length: high - low + 1 }, (_, i) => factors.map((f) => Number(`${f}e${low + i}`)))
    .flat()
    .filter((mark) => mark >= least && mark <= most);
}

/** Writes the page `SUITE.html` and returns its address. */
export async function writeSuitePage(folder: string, suite: Suite, result: BenchResult): Promise<string> {
  const shown = suite.figures.filter(({ id }) => result.rows.some(({ figure }) => figure === id));
  const explain = peerNames(result.rows).length > 0;
  const page = renderPage({
    title: suite.title.split(":")[0],
    lead: suite.title,
    facts: [
      result.created.slice(0, 16).replace("T", " "),
      result.device,
      `seed ${result.seed}`,
      `${Math.round(result.seconds)} s`,
      countVerdicts(result.rows),
    ],
    cards: [],
    sections: [
      ...(explain
        ? [
            markup`<p>
              Medians over interleaved runs, in processor time on one thread. In brackets: how many times better ours is
              than the peer, the median over pairs of runs.
            </p>`,
          ]
        : []),
      ...shown.map(({ id, title, plot }) => {
        const rows = result.rows.filter(({ figure }) => figure === id);
        return section(
          id,
          title,
          ...(plot === undefined ? [] : [rowsPlot(rows, plot)]),
          curvePlots(rows),
          gallery(rows),
          rowsTable(rows),
        );
      }),
    ],
    environment: result.environment,
    command: `ansatz-bench bench ${suite.name}`,
  });
  const file = join(folder, `${suite.name}.html`);
  await mkdir(folder, { recursive: true });
  await writeFile(file, page);
  return pathToFileURL(file).href;
}
