/** Rays as straight lines over the pixels of an image: how kernels know them, and the tables that describe them. */
import type { KernelInput, Value } from "@ansatz/tensor/kernel";
import { rayOf, type Geometry, type Ray } from "../geometry/base.ts";
import type { ImageGrid } from "../geometry/image.ts";

/** A value of the kernel's type of floats. */
export type Float = Value<"float">;
/** An integer. */
export type Int = Value<"i32">;

/**
 * A ray that walks along rows or columns: in step `n` it is at `start + n slope` of the other axis, in pixels. It walks along the
 * axis on which it moves faster, so |slope| <= 1.
 */
export interface Line {
  /** Whether a step is a row. */
  readonly byRows: Value<"bool">;
  readonly start: Float;
  readonly slope: Float;
  /** Length of the ray per step. */
  readonly weight: Float;
}

/** The tools of a body that {@link readLine} needs. */
export interface Loader {
  load(from: KernelInput<"float">, index: readonly (Int | number)[]): Float;
}

/** Numbers per line in a table. */
const FIELDS = 4;

/**
 * The table of all lines of a geometry, [views, elements, 4], in double precision: whether it walks by rows, start, slope,
 * weight. Neighbouring parallel rays differ in `start` only, so they get two elements per view: the first, and the differences.
 */
export function lineTable(geometry: Geometry): { readonly values: Float64Array; readonly shape: readonly number[] } {
  const parallel = geometry.kind === "parallel";
  const views = geometry.angles.length;
  const elements = parallel ? 2 : geometry.detectors;
  const values = new Float64Array(views * elements * FIELDS);
  for (let v = 0; v < views; v++) {
    for (let k = 0; k < elements; k++) values.set(pixelLine(geometry, v, k), (v * elements + k) * FIELDS);
    if (parallel) {
      const [first, second] = [v * elements * FIELDS, (v * elements + 1) * FIELDS];
      values.set([0, pixelSpacing(geometry, v), 0, 0], second);
      values[first + 1] = pixelLine(geometry, v, 0)[1];
    }
  }
  return { values, shape: [views, elements, FIELDS] };
}

function pixelLine(geometry: Geometry, view: number, detector: number): readonly [number, number, number, number] {
  const { image } = geometry;
  const ray = rayOf(geometry, view, detector);
  const [across, along] = [Math.abs(ray.dx), Math.abs(ray.dy)];
  const byRows = across < along;
  return [byRows ? 1 : 0, ...lineAlong(image, ray, byRows), image.pixel / (byRows ? along : across)];
}

/** Start and slope of a ray that walks along rows, or columns. */
export function lineAlong(
  { rows, columns, pixel }: ImageGrid,
  { x, y, dx, dy }: Ray,
  byRows: boolean,
): readonly [start: number, slope: number] {
  const [column, row] = [x / pixel + (columns - 1) / 2, (rows - 1) / 2 - y / pixel];
  // Rows count downwards.
  const slope = byRows ? -dx / dy : -dy / dx;
  return [byRows ? column - row * slope : row - column * slope, slope];
}

/** The rays of a view of a parallel geometry: those of element k start at `start + k spacing`. */
export function viewLine(
  geometry: Geometry,
  view: number,
): {
  readonly byRows: boolean;
  readonly start: number;
  readonly spacing: number;
  readonly slope: number;
  readonly weight: number;
} {
  const [byRows, start, slope, weight] = pixelLine(geometry, view, 0);
  return { byRows: byRows === 1, start, spacing: pixelSpacing(geometry, view), slope, weight };
}

/** How far the line moves from one parallel ray to the next. */
function pixelSpacing({ angles, spacing, image }: Geometry, view: number): number {
  const [cos, sin] = [Math.cos(angles[view]), Math.sin(angles[view])];
  return (Math.abs(sin) < Math.abs(cos) ? spacing / cos : -spacing / sin) / image.pixel;
}

/** The line of an element from the table. @param parallel whether the geometry is parallel */
export function readLine(k: Loader, table: KernelInput<"float">, parallel: boolean, view: Int, detector: Int): Line {
  const at = (element: Int | number, field: number): Float => k.load(table, [view, element, field]);
  const first = parallel ? 0 : detector;
  const start = at(first, 1);
  return {
    byRows: at(first, 0).gt(0.5),
    start: parallel ? start.add(detector.to("float").mul(at(1, 1))) : start,
    slope: at(first, 2),
    weight: at(first, 3),
  };
}

/** Where a line crosses a step: a pixel, and the share of the next one; the pixel itself gets the rest. */
export interface Crossing {
  readonly pixel: Int;
  readonly share: Float;
}

/** A rule for sharing a step of a ray between two neighbouring pixels. */
export type Rule = (line: Line, step: Int) => Crossing;

/** Joseph: linear interpolation between the two centres next to the point where the ray crosses the middle of the step. */
export const joseph: Rule = ({ start, slope }, step) => {
  const at = start.add(step.to("float").mul(slope));
  const floor = at.floor();
  return { pixel: floor.to("i32"), share: at.sub(floor) };
};

/**
 * Siddon: the length inside each pixel. A ray that moves by at most one pixel per step meets at most two. A ray along an edge
 * belongs to the pixel after it.
 */
export const siddon: Rule = ({ start, slope }, step) => {
  const middle = start.add(step.to("float").mul(slope));
  const half = slope.abs().mul(0.5);
  const floor = middle.sub(half).add(0.5).floor();
  // What lies beyond the edge between the two.
  const beyond = middle.add(half).sub(floor.add(0.5));
  return { pixel: floor.to("i32"), share: beyond.div(slope.abs().max(1e-30)).max(0).min(1) };
};
