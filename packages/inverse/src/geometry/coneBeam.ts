/** Rays from a point to a flat detector with several rows: a cone. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import { checkCount, checkFinite, checkPositive } from "../check.ts";
import { SCAN_FIELDS, type FullScan, type Scan } from "./detector.ts";
import { flatFan, type FlatFan } from "./flatFan.ts";
import type { ImageGrid } from "./image.ts";

/**
 * A grid of cubic voxels around the centre of the orbit. Slices lie above each other: voxel (n, i, j) has the height
 * `Z = (n - (slices - 1) / 2) pixel`, and X and Y as pixel (i, j) of an {@link ImageGrid}.
 */
export interface VolumeGrid extends ImageGrid {
  readonly slices: number;
}

/** Fields of a cone beam. */
export interface ConeScan extends Omit<Scan, "image"> {
  readonly volume: VolumeGrid;
  /** Number of rows of the detector; `detectors` elements each. */
  readonly detectorRows: number;
  /** Distance of neighbouring rows; `spacing` when left out. */
  readonly rowSpacing?: number;
  /** Shift of the detector along Z; 0 when left out. */
  readonly rowOffset?: number;
  /** Distance from the source to the axis of rotation. */
  readonly sourceDistance: number;
  /** Distance from the axis of rotation to the detector. */
  readonly detectorDistance: number;
}

/** A geometry that {@link coneBeam} made. */
export interface ConeBeam extends Omit<FullScan, "image"> {
  readonly kind: "cone";
  readonly volume: VolumeGrid;
  readonly detectorRows: number;
  readonly rowSpacing: number;
  readonly rowOffset: number;
  readonly sourceDistance: number;
  readonly detectorDistance: number;
}

const OWN_FIELDS = ["volume", "detectorRows", "rowSpacing", "rowOffset", "sourceDistance", "detectorDistance"];

/**
 * A cone of rays from a source on a circle to a flat detector. In the plane Z = 0 it is the fan of
 * {@link import("./flatFan.ts").flatFan}; row r of the detector lies `v_r = (r - (detectorRows - 1) / 2) rowSpacing + rowOffset` above it.
 * @throws ArgumentError for a field outside its range, a source inside the cylinder around the volume, or a ray that rises faster than it
 *   moves along X and along Y
 */
export function coneBeam(scan: ConeScan): ConeBeam {
  const name = "coneBeam";
  checkOptions(name, scan, [...SCAN_FIELDS.filter((field) => field !== "image"), ...OWN_FIELDS]);
  const { volume, detectorRows, rowSpacing = scan.spacing, rowOffset = 0 } = scan;
  checkOptions(`${name}: volume`, volume, ["slices", "rows", "columns", "pixel"]);
  checkCount(name, "volume.slices", volume.slices);
  checkCount(name, "detectorRows", detectorRows);
  checkPositive(name, "rowSpacing", rowSpacing);
  checkFinite(name, "rowOffset", rowOffset);
  const { rows, columns, pixel } = volume;
  const { angles, detectors, spacing, offset = 0, sourceDistance, detectorDistance } = scan;
  const image = { rows, columns, pixel };
  const plane = flatFan({ image, angles, detectors, spacing, offset, sourceDistance, detectorDistance });
  const highest = ((detectorRows - 1) / 2) * rowSpacing + Math.abs(rowOffset);
  const limit = (sourceDistance + detectorDistance) * Math.SQRT1_2;
  if (!(highest <= limit)) {
    throw new ArgumentError(
      `${name}: rowSpacing makes the cone too high (got ${rowSpacing}, outermost row at ${highest}, expected at most ${limit}).`,
    );
  }
  return {
    kind: "cone",
    volume: { ...volume },
    angles: plane.angles,
    detectors,
    spacing,
    offset,
    detectorRows,
    rowSpacing,
    rowOffset,
    sourceDistance,
    detectorDistance,
  };
}

/** Throws unless `geometry` is one that {@link coneBeam} made. */
export function checkCone(name: string, geometry: unknown): asserts geometry is ConeBeam {
  const kind = (geometry as ConeBeam | null | undefined)?.kind;
  if (kind !== "cone") {
    throw new ArgumentError(`${name}: geometry is unknown (got ${String(kind)}, expected what coneBeam returned).`);
  }
}

/** The fan in the plane Z = 0. */
export function planeOf({ volume, angles, detectors, spacing, offset, ...distances }: ConeBeam): FlatFan {
  const { sourceDistance, detectorDistance } = distances;
  const { rows, columns, pixel } = volume;
  const image = { rows, columns, pixel };
  return flatFan({ image, angles, detectors, spacing, offset, sourceDistance, detectorDistance });
}

/** Heights of the rows of the detector. */
export function rowHeights({ detectorRows, rowSpacing, rowOffset }: ConeBeam): number[] {
  return Array.from({ length: detectorRows }, (_, r) => (r - (detectorRows - 1) / 2) * rowSpacing + rowOffset);
}

/** Shapes of volumes, [slices, rows, columns], and of projections, [views, detectorRows, detectors]. */
export function coneShapes({ volume, angles, detectorRows, detectors }: ConeBeam): {
  readonly volume: readonly number[];
  readonly projections: readonly number[];
} {
  return {
    volume: [volume.slices, volume.rows, volume.columns],
    projections: [angles.length, detectorRows, detectors],
  };
}
