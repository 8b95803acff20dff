/** What a tomographic geometry is: data, with lengths in one unit and angles in radians. */
import { ArgumentError } from "@ansatz/tensor";
import { curvedFan, type CurvedFan } from "./curvedFan.ts";
import { flatFan, type FlatFan } from "./flatFan.ts";
import { parallelBeam, type ParallelBeam } from "./parallelBeam.ts";

/** A geometry of rays in the plane. */
export type Geometry = ParallelBeam | FlatFan | CurvedFan;

/** A ray: a point on it and its direction, of length 1. */
export interface Ray {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
}

/** The ray of a detector element in a view. */
export function rayOf(geometry: Geometry, view: number, detector: number): Ray {
  const angle = geometry.angles[view];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const { detectors, spacing, offset } = geometry;
  const at = (detector - (detectors - 1) / 2) * spacing + offset;
  if (geometry.kind === "parallel") return { x: at * cos, y: at * sin, dx: -sin, dy: cos };
  const { sourceDistance } = geometry;
  const [x, y] = [sourceDistance * sin, -sourceDistance * cos];
  // Components of the direction along the central ray (-sin, cos) and along the detector (cos, sin).
  const [central, lateral] =
    geometry.kind === "flat-fan" ? [sourceDistance + geometry.detectorDistance, at] : [Math.cos(at), Math.sin(at)];
  const length = Math.hypot(central, lateral);
  return {
    x,
    y,
    dx: (lateral * cos - central * sin) / length,
    dy: (lateral * sin + central * cos) / length,
  };
}

/** A line by its normal (cos t, sin t) and its distance s from the axis along it, as a parallel ray has them. */
export interface NormalLine {
  readonly cos: number;
  readonly sin: number;
  readonly s: number;
}

/** The line of a ray. */
export function lineOf(geometry: Geometry, view: number, detector: number): NormalLine {
  const { x, y, dx, dy } = rayOf(geometry, view, detector);
  // The direction of a parallel ray is (-sin t, cos t).
  return { cos: dy, sin: -dx, s: x * dy - y * dx };
}

/** Shape of a sinogram, [views, detectors]. */
export function sinogramShape({ angles, detectors }: Geometry): readonly [views: number, detectors: number] {
  return [angles.length, detectors];
}

/** Throws unless `geometry` is one that a factory made. */
export function checkGeometry(name: string, geometry: unknown): asserts geometry is Geometry {
  const kind = (geometry as Geometry | null | undefined)?.kind;
  if (kind !== "parallel" && kind !== "flat-fan" && kind !== "curved-fan") {
    throw new ArgumentError(
      `${name}: geometry is unknown (got ${String(kind)}, expected what parallelBeam, flatFan or curvedFan returned).`,
    );
  }
}

/**
 * The same geometry with some of its views.
 * @throws ArgumentError for an index that no view has
 */
export function selectViews<G extends Geometry>(geometry: G, views: readonly number[]): G {
  checkGeometry("selectViews", geometry);
  const angles = views.map((v) => geometry.angles[v]);
  const { image, detectors, spacing, offset } = geometry;
  const common = { image, angles, detectors, spacing, offset };
  if (geometry.kind === "parallel") return parallelBeam(common) as G;
  const { sourceDistance } = geometry;
  if (geometry.kind === "curved-fan") return curvedFan({ ...common, sourceDistance }) as G;
  return flatFan({ ...common, sourceDistance, detectorDistance: geometry.detectorDistance }) as G;
}
