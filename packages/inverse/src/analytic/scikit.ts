/** Filtered back-projection with scikit-image's conventions, for results that must agree with `iradon`. */
import { ArgumentError, checkOptions, mul, type Tensor } from "@ansatz/tensor";
import type { Geometry } from "../geometry/base.ts";
import { checkWindow, filterBy, rampResponse, type RampOptions, type RampWindow } from "./filters.ts";
import { interpolate } from "./interpolate.ts";

/** Coefficients a of the windows `a - (1 - a) cos(2 pi n / (P - 1))` that scikit-image takes from NumPy. */
const SYMMETRIC: Readonly<Record<string, number>> = { hamming: 0.54, hann: 0.5 };

/**
 * The response of scikit-image's filters (0.19 and later) at all P frequencies of a transform, in its order: {@link rampResponse} with
 * Hamming and Hann windows of P points of which the first and the last are equal. Those are a little uneven: the responses at nu
 * and -nu differ. Times `2 spacing` these are the library's own numbers.
 * @throws ArgumentError for an option outside its range
 */
export function scikitResponse(options: Omit<RampOptions, "curved">): Float64Array {
  const name = "scikitResponse";
  const { window = "ram-lak" } = options;
  checkOptions(name, options, ["detectors", "spacing", "window"]);
  checkWindow(name, window);
  const a = Object.hasOwn(SYMMETRIC, window) ? SYMMETRIC[window] : undefined;
  const half = rampResponse({ ...options, window: a === undefined ? window : "ram-lak" });
  const length = 2 * (half.length - 1);
  return Float64Array.from({ length }, (_, m) => {
    const ramp = half[Math.min(m, length - m)];
    if (a === undefined) return ramp;
    const n = (m + length / 2) % length;
    return ramp * (a - (1 - a) * Math.cos((2 * Math.PI * n) / (length - 1)));
  });
}

/** `iradon(sinogram, filter_name=window, circle=False)`. */
export function scikitBackprojection(name: string, geometry: Geometry, sinogram: Tensor, window: RampWindow): Tensor {
  const { kind, image, angles, spacing, offset } = geometry;
  if (kind !== "parallel" || offset !== 0 || spacing !== image.pixel) {
    throw new ArgumentError(
      `${name}: convention "scikit-image" is for parallel rays as far apart as pixels (got kind ${kind}, spacing ${spacing}, ` +
        `pixel ${image.pixel}, offset ${offset}).`,
    );
  }
  const full = scikitResponse({ detectors: geometry.detectors, spacing, window });
  // Rows are real: only the even part of the response counts.
  const even = Float64Array.from(
    { length: full.length / 2 + 1 },
    (_, m) => (full[m] + full[(full.length - m) % full.length]) / 2,
  );
  const filtered = filterBy(mul(sinogram, Math.PI / angles.length), even);
  return interpolate(geometry, filtered, (n) => Math.floor(n / 2));
}
