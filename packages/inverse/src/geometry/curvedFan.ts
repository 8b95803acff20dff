/** Rays from a point to a detector on a circle around it. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import { fullScan, SCAN_FIELDS, type FullScan, type Scan } from "./detector.ts";
import { checkSource } from "./flatFan.ts";

/** Fields of a fan with a curved detector. */
export interface CurvedFanScan extends Scan {
  /** Distance from the source to the axis of rotation. */
  readonly sourceDistance: number;
}

/** A geometry that {@link curvedFan} made. */
export interface CurvedFan extends FullScan {
  readonly kind: "curved-fan";
  readonly sourceDistance: number;
}

/**
 * A fan of rays at equal angles. In the view of angle b the source is at `sourceDistance (sin b, -cos b)`, and the ray of element
 * k has the direction `cos g (-sin b, cos b) + sin g (cos b, sin b)`, `g = (k - (detectors - 1) / 2) spacing + offset`.
 * @throws ArgumentError for a field outside its range, a source inside the circle around the image, or |g| >= pi / 2
 */
export function curvedFan(scan: CurvedFanScan): CurvedFan {
  const name = "curvedFan";
  checkOptions(name, scan, [...SCAN_FIELDS, "sourceDistance"]);
  const full = fullScan(name, scan);
  const { sourceDistance } = scan;
  checkSource(name, sourceDistance, full.image);
  const widest = ((full.detectors - 1) / 2) * full.spacing + Math.abs(full.offset);
  if (!(widest < Math.PI / 2)) {
    throw new ArgumentError(
      `${name}: spacing makes the fan too wide (got ${full.spacing}, outermost angle ${widest}, expected less than pi / 2).`,
    );
  }
  return { kind: "curved-fan", ...full, sourceDistance };
}
