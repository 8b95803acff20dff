/** Rays from a point to a straight detector. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import { checkNonNegative, checkPositive } from "../check.ts";
import { fullScan, SCAN_FIELDS, type FullScan, type Scan } from "./detector.ts";
import { halfDiagonal, type ImageGrid } from "./image.ts";

/** Fields of a fan with a flat detector. */
export interface FlatFanScan extends Scan {
  /** Distance from the source to the axis of rotation. */
  readonly sourceDistance: number;
  /** Distance from the axis of rotation to the detector. */
  readonly detectorDistance: number;
}

/** A geometry that {@link flatFan} made. */
export interface FlatFan extends FullScan {
  readonly kind: "flat-fan";
  readonly sourceDistance: number;
  readonly detectorDistance: number;
}

/**
 * A fan of rays to a flat detector. In the view of angle b the source is at `sourceDistance (sin b, -cos b)`, the centre of
 * the detector at `detectorDistance (-sin b, cos b)`, and element k lies `u_k = (k - (detectors - 1) / 2) spacing + offset`
 * further along `(cos b, sin b)`.
 * @throws ArgumentError for a field outside its range, or a source inside the circle around the image
 */
export function flatFan(scan: FlatFanScan): FlatFan {
  const name = "flatFan";
  checkOptions(name, scan, [...SCAN_FIELDS, "sourceDistance", "detectorDistance"]);
  const full = fullScan(name, scan);
  const { sourceDistance, detectorDistance } = scan;
  checkSource(name, sourceDistance, full.image);
  checkNonNegative(name, "detectorDistance", detectorDistance);
  return { kind: "flat-fan", ...full, sourceDistance, detectorDistance };
}

/** Throws unless the source stays outside of the image. */
export function checkSource(name: string, sourceDistance: number, image: ImageGrid): void {
  checkPositive(name, "sourceDistance", sourceDistance);
  const radius = halfDiagonal(image);
  if (!(sourceDistance > radius)) {
    throw new ArgumentError(
      `${name}: sourceDistance puts the source inside the image (got ${sourceDistance}, expected more than half the ` +
        `diagonal, ${radius}).`,
    );
  }
}
