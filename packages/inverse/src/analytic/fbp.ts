/** Filtered back-projection. */
import { ArgumentError, checkOptions, mul, reshape, tensor, type Tensor } from "@ansatz/tensor";
import { checkChoice, checkShaped } from "../check.ts";
import { checkGeometry, sinogramShape, type Geometry } from "../geometry/base.ts";
import { filterRows, checkWindow, type RampWindow } from "./filters.ts";
import { interpolate } from "./interpolate.ts";
import { scikitBackprojection } from "./scikit.ts";
import { coverageOf, parkerWeights, refuseGap } from "./weights.ts";

/** Options of {@link filteredBackprojection}. */
export interface FbpOptions {
  /** Window of the ramp filter; `"ram-lak"`, none, when left out. */
  readonly window?: RampWindow;
  /** Whether views that leave a gap are used all the same; false when left out. */
  readonly allowLimited?: boolean;
  /**
   * `"scikit-image"` agrees with that library's `iradon` with `circle=False`: the axis of rotation is pixel and element `n // 2`, every
   * view weighs `pi / (2 views)`, and windows are those of {@link import("./scikit.ts").scikitResponse}. Parallel rays with the spacing of
   * the pixels only; with `pixel: 1` the numbers are the same.
   */
  readonly convention?: "scikit-image";
}

/**
 * Filtered back-projection of a sinogram [views, detectors] to an image [rows, columns]: every row is weighted, filtered by
 * {@link import("./filters.ts").rampResponse}, and every pixel takes from each view the value where it is seen, interpolated linearly,
 * 0 outside of the detector (Kak and Slaney 1988, chapter 3).
 *
 * - Parallel: `f = sum_v w_v q_v(X cos t + Y sin t)`, w_v half the distance of the neighbouring angles modulo pi; `pi / views` for equal ones.
 * - Flat fan: rows times `D / sqrt(D^2 + u^2)`, u on the detector moved to the axis, D the source's distance; `1 / U^2` with
 *   `U = (D + x . d) / D`; half of `2 pi / views`.
 * - Curved fan: rows times `D cos g`, the filter of equal angles, `1 / L^2` with the distance L from the source.
 * - A fan over less than a circle needs pi plus the fan's angle, and gets Parker's weights.
 *
 * Cost: views x pixels, and a transform of every row. Linear in the sinogram and differentiable: the gradient is the adjoint.
 * @throws ShapeError for another shape, ArgumentError for an unknown window, or for views that leave a gap
 */
export function filteredBackprojection(geometry: Geometry, sinogram: Tensor, options: FbpOptions = {}): Tensor {
  const name = "filteredBackprojection";
  checkGeometry(name, geometry);
  checkOptions(name, options, ["window", "allowLimited", "convention"]);
  const { window = "ram-lak", allowLimited = false, convention } = options;
  if (convention !== undefined) checkChoice(name, "convention", convention, ["scikit-image"]);
  checkWindow(name, window);
  const [views, detectors] = sinogramShape(geometry);
  checkShaped(name, "sinogram", sinogram, [views, detectors]);
  if (sinogram.dtype !== "f32" && sinogram.dtype !== "f64") {
    throw new ArgumentError(
      `${name}: sinogram has a data type without fractions (got ${sinogram.dtype}, expected f32 or f64).`,
    );
  }
  if (convention !== undefined) return scikitBackprojection(name, geometry, sinogram, window);
  const { dtype, device } = sinogram;
  const { weights, spacing } = preparation(name, geometry, allowLimited);
  const weighted = mul(sinogram, tensor(weights, { shape: [views, detectors], dtype, device }));
  const filtered = filterRows(weighted, { spacing, window, curved: geometry.kind === "curved-fan" });
  return reshape(interpolate(geometry, filtered), [geometry.image.rows, geometry.image.columns]);
}

/** Weights of all data, and the spacing that the filter is for. */
export function preparation(
  name: string,
  geometry: Geometry,
  allowLimited: boolean,
): { readonly weights: Float64Array; readonly spacing: number } {
  const { angles, detectors, spacing, offset, kind } = geometry;
  const spread = (ofView: (v: number) => number, ofElement: (k: number) => number): Float64Array =>
    Float64Array.from(angles.flatMap((_, v) => Array.from({ length: detectors }, (__, k) => ofView(v) * ofElement(k))));
  if (kind === "parallel") {
    const coverage = coverageOf(angles, Math.PI);
    if (coverage.limited && !allowLimited) refuseGap(name, coverage);
    return {
      weights: spread(
        (v) => coverage.weights[v],
        () => 1,
      ),
      spacing,
    };
  }
  const { sourceDistance: d } = geometry;
  const at = (k: number): number => (k - (detectors - 1) / 2) * spacing + offset;
  // The detector moved to the axis of rotation.
  const shrink = kind === "flat-fan" ? d / (d + geometry.detectorDistance) : 1;
  const ofElement = (k: number): number =>
    kind === "flat-fan" ? d / Math.hypot(d, at(k) * shrink) : d * Math.cos(at(k));
  const coverage = coverageOf(angles, 2 * Math.PI);
  if (!coverage.limited)
    return { weights: spread((v) => coverage.weights[v] / 2, ofElement), spacing: spacing * shrink };
  const span = 2 * Math.PI - coverage.gap + coverage.step;
  const outermost = Math.max(Math.abs(at(0)), Math.abs(at(detectors - 1)));
  const delta = kind === "flat-fan" ? Math.atan((outermost * shrink) / d) : outermost;
  if (span < Math.PI + 2 * delta - coverage.step) {
    if (!allowLimited) refuseGap(name, coverage);
    return { weights: spread((v) => coverage.weights[v] / 2, ofElement), spacing: spacing * shrink };
  }
  const parker = parkerWeights(geometry, coverage.first, Math.max(delta, (span - Math.PI) / 2));
  const weights = spread((v) => coverage.weights[v], ofElement).map((w, i) => w * parker[i]);
  return { weights, spacing: spacing * shrink };
}
