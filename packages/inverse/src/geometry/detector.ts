/** What all geometries share: views and detector elements. */
import { checkCount, checkFinite, checkNumbers, checkPositive } from "../check.ts";
import { checkGrid, type ImageGrid } from "./image.ts";

/** Views and detector elements. Element k is at `(k - (detectors - 1) / 2) spacing + offset`. */
export interface Scan {
  readonly image: ImageGrid;
  /** Angle of every view, in radians. */
  readonly angles: readonly number[];
  /** Number of detector elements. */
  readonly detectors: number;
  /** Distance of neighbouring elements: a length, or on a curved detector an angle in radians. */
  readonly spacing: number;
  /** Shift of the detector; 0 when left out. */
  readonly offset?: number;
}

/** A scan with everything filled in. */
export type FullScan = Required<Scan>;

/** Names of the fields. */
export const SCAN_FIELDS: readonly string[] = ["image", "angles", "detectors", "spacing", "offset"];

/** Checks a scan and fills in what is missing. */
export function fullScan(name: string, scan: Scan): FullScan {
  const { image, angles, detectors, spacing, offset = 0 } = scan;
  checkGrid(name, image);
  checkNumbers(name, "angles", angles);
  checkCount(name, "detectors", detectors);
  checkPositive(name, "spacing", spacing);
  checkFinite(name, "offset", offset);
  return { image: { ...image }, angles: [...angles], detectors, spacing, offset };
}

/**
 * `count` angles `start + i span / count`.
 * @throws ArgumentError for count, span or start out of range
 */
export function evenAngles(count: number, span: number = Math.PI, start = 0): number[] {
  checkCount("evenAngles", "count", count);
  checkFinite("evenAngles", "span", span);
  checkFinite("evenAngles", "start", start);
  return Array.from({ length: count }, (_, i) => start + (i * span) / count);
}
