/**
 * Views that are mirror images of each other. Turned by a right angle or reflected, a square image is crossed by the rays of one view as
 * the image itself is by those of another: the positions are the same numbers. Four such views share all of their index arithmetic, and
 * their pixels lie side by side in memory.
 */
import type { ParallelBeam } from "../geometry/parallelBeam.ts";
import { viewLine } from "./lines.ts";

/** Images that rays walk along the rows of: as it is, columns reversed, transposed, transposed with columns reversed. */
export const LANES = 4;

/** Columns of zeros at both sides of an image: a ray is followed until it has left it by up to two pixels. */
export const MARGIN = 3;

/** Pixels that one unit of the adjoint works on. */
export const TOGETHER = 4;

/** Where a view is found: its group, which of the four images it sees, and whether its elements come in reverse order. */
export interface Place {
  readonly group: number;
  readonly lane: number;
  readonly reversed: boolean;
}

/** Groups of up to four views of a geometry. */
export interface Symmetry {
  readonly places: readonly Place[];
  /** Number of groups. */
  readonly groups: number;
  /** Per group: first element's place in row 0, its change per element and per row, length of the ray per row; [groups, 4]. */
  readonly rays: Float64Array;
  /** Per group: element that sees pixel (0, 0), its change per row and column, change of the place per element; [groups, 4]. */
  readonly shadows: Float64Array;
  /** Elements of zeros at both ends of a row, so that every pixel is seen by some element. */
  readonly margin: number;
}

/** Lines whose numbers differ by less than this, relative to the largest, are the same up to rounding. */
const SAME = 1e-12;

/** Less than this share of the lanes in use is not worth it. */
const LEAST_SHARE = 0.6;

/** The rays of a view as rays that move to later columns, in the order of their places, through one of the four images. */
function canonical(
  geometry: ParallelBeam,
  view: number,
): {
  readonly start: number;
  readonly spacing: number;
  readonly slope: number;
  readonly weight: number;
  readonly lane: number;
  readonly reversed: boolean;
} {
  const { detectors, image } = geometry;
  const line = viewLine(geometry, view);
  const flipped = line.slope < 0;
  const [start, spacing] = flipped ? [image.columns - 1 - line.start, -line.spacing] : [line.start, line.spacing];
  const reversed = spacing < 0;
  return {
    start: reversed ? start + (detectors - 1) * spacing : start,
    spacing: Math.abs(spacing),
    slope: Math.abs(line.slope),
    weight: line.weight,
    lane: (line.byRows ? 0 : 2) + (flipped ? 1 : 0),
    reversed,
  };
}

/**
 * The groups of a geometry; undefined where too few views have partners, the image is not square, or elements are closer than pixels, so
 * that more than two see a pixel.
 */
export function symmetryOf(geometry: ParallelBeam): Symmetry | undefined {
  const { angles, detectors, image } = geometry;
  const { rows: n } = image;
  if (image.columns !== n) return undefined;
  const found: number[][] = [];
  const byKey = new Map<number, number[]>();
  const places: Place[] = [];
  for (const view of angles.keys()) {
    const { start, spacing, slope, weight, lane, reversed } = canonical(geometry, view);
    if (spacing < 1) return undefined;
    const size = Math.max(1, Math.abs(start));
    const same = (g: number): boolean =>
      Math.abs(found[g][0] - start) <= SAME * size * n &&
      Math.abs(found[g][1] - spacing) <= SAME * spacing &&
      Math.abs(found[g][2] - slope) <= SAME * n;
    // Neighbouring keys hold what rounding puts on the other side.
    const key = Math.round(slope * 1e6);
    const near = [key - 1, key, key + 1].flatMap((k) => byKey.get(k) ?? []);
    let group = near.find((g) => same(g) && !places.some((p) => p.group === g && p.lane === lane));
    if (group === undefined) {
      group = found.length;
      found.push([start, spacing, slope, weight]);
      byKey.set(key, [...(byKey.get(key) ?? []), group]);
    }
    places.push({ group, lane, reversed });
  }
  if (angles.length < LEAST_SHARE * LANES * found.length) return undefined;
  let margin = 2;
  for (const [start, spacing, slope] of found) {
    for (const row of [0, n - 1]) {
      // The last unit of a row may look at pixels beyond it.
      for (const column of [0, n - 1 + TOGETHER]) {
        const seen = (column - start - row * slope) / spacing;
        margin = Math.max(margin, Math.ceil(-seen) + 2, Math.ceil(seen) - detectors + 3);
      }
    }
  }
  const shadows = found.flatMap(([start, spacing, slope]) => [
    margin - start / spacing,
    -slope / spacing,
    1 / spacing,
    spacing,
  ]);
  return {
    places,
    groups: found.length,
    rays: Float64Array.from(found.flat()),
    shadows: Float64Array.from(shadows),
    margin,
  };
}
