/** Pictures of point sets: all projections to two coordinates. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import { checkInteger } from "../check.ts";

/** Options of {@link projectionMatrix}. */
export interface ProjectionOptions {
  /** Coordinates to show; the first six at most when left out. */
  readonly coordinates?: readonly number[];
  /** Side of one square in pixels, at least 20; 120 when left out. */
  readonly cell?: number;
  /** Number of grid lines in each square: the square is cut in so many stripes; 4 when left out, 1 for none. */
  readonly grid?: number;
  /** Heading; none when left out. */
  readonly title?: string;
}

/**
 * An SVG text with one square for each pair of coordinates: row a, column b shows coordinate b to the right and coordinate a
 * upwards; the diagonal names the coordinates.
 * @param points n d numbers in [0, 1]
 * @throws ArgumentError for coordinates that do not exist and options outside their ranges
 */
export function projectionMatrix(
  points: ArrayLike<number>,
  dimension: number,
  options: ProjectionOptions = {},
): string {
  const name = "projectionMatrix";
  checkOptions(name, options, ["coordinates", "cell", "grid", "title"]);
  checkInteger(name, "dimension", dimension, 1);
  const n = points.length / dimension;
  checkInteger(name, "the number of points", n, 1);
  const shown = options.coordinates ?? Array.from({ length: Math.min(6, dimension) }, (_, j) => j);
  if (shown.length === 0)
    throw new ArgumentError(`${name}: there is nothing to show (got no coordinates, expected at least one).`);
  for (const j of shown) checkInteger(name, "a coordinate", j, 0, dimension - 1);
  const { cell = 120, grid = 4, title } = options;
  checkInteger(name, "cell", cell, 20);
  checkInteger(name, "grid", grid, 1, 64);

  const gap = 6;
  const top = title === undefined ? gap : 28;
  const side = shown.length * (cell + gap) + gap;
  const radius = Math.max(0.6, Math.min(2, cell / (4 * Math.sqrt(n))));
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side + top - gap}" viewBox="0 0 ${side} ${side + top - gap}" role="img">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
  ];
  if (title !== undefined) {
    parts.push(
      `<text x="${gap}" y="19" font-family="sans-serif" font-size="14" fill="#222">${escapeText(title)}</text>`,
    );
  }
  shown.forEach((a, row) => {
    shown.forEach((b, column) => {
      const x = gap + column * (cell + gap);
      const y = top + row * (cell + gap);
      parts.push(
        `<g transform="translate(${x} ${y})">`,
        `<rect width="${cell}" height="${cell}" fill="#fafafa" stroke="#999"/>`,
      );
      if (a === b) {
        parts.push(
          `<text x="${cell / 2}" y="${cell / 2 + 5}" text-anchor="middle" font-family="sans-serif" font-size="14" fill="#222">x${a + 1}</text>`,
        );
      } else {
        parts.push(lines(cell, grid), dots(points, dimension, n, a, b, cell, radius));
      }
      parts.push("</g>");
    });
  });
  parts.push("</svg>");
  return parts.join("\n");
}

function lines(cell: number, grid: number): string {
  let path = "";
  for (let k = 1; k < grid; k++) {
    const at = round((k * cell) / grid);
    path += `M${at} 0V${cell}M0 ${at}H${cell}`;
  }
  return `<path d="${path}" stroke="#ddd" fill="none"/>`;
}

/** One path of dots: a line of no length with round ends is a dot. */
function dots(
  points: ArrayLike<number>,
  dimension: number,
  n: number,
  a: number,
  b: number,
  cell: number,
  radius: number,
): string {
  let path = "";
  for (let i = 0; i < n; i++) {
    const x = points[i * dimension + b] * cell;
    const y = (1 - points[i * dimension + a]) * cell;
    path += `M${round(x)} ${round(y)}h0`;
  }
  return `<path d="${path}" stroke="#1558b0" stroke-linecap="round" stroke-width="${round(2 * radius)}" fill="none"/>`;
}

function round(x: number): number {
  return Math.round(x * 100) / 100;
}

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
