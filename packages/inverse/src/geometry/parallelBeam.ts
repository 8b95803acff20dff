/** Parallel rays. */
import { checkOptions } from "@ansatz/tensor";
import { fullScan, SCAN_FIELDS, type FullScan, type Scan } from "./detector.ts";

/** A geometry that {@link parallelBeam} made. */
export interface ParallelBeam extends FullScan {
  readonly kind: "parallel";
}

/**
 * Parallel rays. The ray of angle t and element k has the points `s (cos t, sin t) + l (-sin t, cos t)` with
 * `s = (k - (detectors - 1) / 2) spacing + offset`.
 * @throws ArgumentError for a field outside its range
 */
export function parallelBeam(scan: Scan): ParallelBeam {
  checkOptions("parallelBeam", scan, SCAN_FIELDS);
  return { kind: "parallel", ...fullScan("parallelBeam", scan) };
}
