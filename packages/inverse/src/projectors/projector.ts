/** The linear operator from images to sinograms. */
import { checkOptions, reshape } from "@ansatz/tensor";
import { linearOperator, type LinearOperator } from "@ansatz/tensor/linear";
import { checkChoice, checkCount } from "../check.ts";
import { constant } from "../constants.ts";
import { checkGeometry, sinogramShape, type Geometry } from "../geometry/base.ts";
import { edgeTable, fanFootprintKernels, fanTable } from "./fanFootprints.ts";
import { footprintKernels, footprintTable, splat, strip, type FootprintRule } from "./footprints.ts";
import { joseph, lineTable, siddon, type Rule } from "./lines.ts";
import { fourViews } from "./fourViews.ts";
import { symmetryOf } from "./symmetry.ts";
import type { KernelPair, Tables } from "./pair.ts";
import { rayKernels, shadowTable } from "./rays.ts";

/** How the integral along a ray is approximated; see {@link projector}. */
export type ProjectorMethod = "joseph" | "siddon" | "pixel" | "strip";

/** Options of {@link projector}. */
export interface ProjectorOptions {
  /** `"joseph"` when left out. */
  readonly method?: ProjectorMethod;
  /** f32 when left out. */
  readonly dtype?: "f32" | "f64";
  /** Number of slices, images of a stack that are all seen by the same rays; without it there is no such axis. */
  readonly slices?: number;
}

/** Methods that follow rays. */
const RULES: Readonly<Record<string, Rule>> = { joseph, siddon };
/** Methods that spread pixels. */
const FOOTPRINTS: Readonly<Record<string, FootprintRule>> = { pixel: splat, strip };

const METHODS = [...Object.keys(RULES), ...Object.keys(FOOTPRINTS)];
const KINDS: readonly Geometry["kind"][] = ["parallel", "flat-fan", "curved-fan"];

/** Kernels by method and kind of geometry; defining one costs nothing until its first call. */
const KERNELS: Readonly<Record<string, KernelPair>> = /*@__PURE__*/ Object.fromEntries([
  ...Object.entries(RULES).flatMap(([method, rule]) =>
    KINDS.map((kind) => [`${method} ${kind}`, rayKernels(method, rule, kind)]),
  ),
  ...Object.entries(FOOTPRINTS).flatMap(([method, rule]) => [
    [`${method} parallel`, footprintKernels(method, rule)],
    ...(["flat-fan", "curved-fan"] as const).map((kind) => [
      `${method} ${kind}`,
      fanFootprintKernels(`${method} ${kind}`, rule, kind),
    ]),
  ]),
]);

/**
 * The projector `A`: `(A x)[v, k]` is the integral of the image along ray (v, k), from [rows, columns] to [views, detectors], with
 * the unit of `pixel`. Nothing is stored but tables of the rays; the adjoint gathers with the same weights.
 *
 * - `joseph`: every row (or column, for flat rays) contributes its value interpolated linearly where the ray crosses it, times
 *   the length of the ray per row. Error `O(pixel^2)` for smooth images.
 * - `siddon`: the length in every pixel: exact for the image made of squares.
 * - `pixel`: every pixel is seen by the two elements next to its centre, weighted linearly.
 * - `strip`: the area of every pixel in the strip of an element, divided by the width of the strip: the mean of the integrals over the
 *   element. In a fan the strip is taken to have, at each pixel, the width and the direction that it has at the pixel's centre.
 *
 * For images with edges all errors fall with the pixel, as `O(pixel)` in the mean square; those of `pixel` as `O(pixel^(1/2))`, because
 * it ripples in views along the axes of the image.
 *
 * Rays that miss the image have the integral 0. Cost: views x detectors x max(rows, columns), and about twice that for the adjoint.
 * Joseph's projector of a square image is several times as fast where views are mirror images of each other, as those of
 * `evenAngles(4 n)` are over half a turn or a whole one with a centred detector: four views then share their positions.
 * The footprints of a fan cost more, and much more with a source less than ten pixels away from the image.
 * @throws ArgumentError for a geometry or method that is unknown
 * Source: Joseph, IEEE Trans. Med. Imaging 1 (1982); Siddon, Med. Phys. 12 (1985).
 */
export function projector(geometry: Geometry, options: ProjectorOptions = {}): LinearOperator {
  const name = "projector";
  checkGeometry(name, geometry);
  checkOptions(name, options, ["method", "dtype", "slices"]);
  const { method = "joseph", dtype = "f32", slices } = options;
  checkChoice(name, "method", method, METHODS);
  checkChoice(name, "dtype", dtype, ["f32", "f64"]);
  if (slices !== undefined) checkCount(name, "slices", slices);
  const footprint = Object.hasOwn(FOOTPRINTS, method) ? FOOTPRINTS[method] : undefined;
  const { rows, columns } = geometry.image;
  const [views, detectors] = sinogramShape(geometry);
  const { values, shape, shadow, beyond } = tablesOf(geometry, footprint);
  const lines = constant(values, shape, dtype);
  const shadows = constant(shadow, [views, shadow.length / views], dtype);
  const { spacing, offset } = geometry;
  const tables = (device: string): Tables => ({
    lines: lines(device),
    shadows: shadows(device),
    rows,
    columns,
    detectors,
    middle: (detectors - 1) / 2 - offset / spacing,
    spacing,
    beyond,
  });
  const kernels = KERNELS[`${method} ${geometry.kind}`];
  const symmetry = method === "joseph" && geometry.kind === "parallel" ? symmetryOf(geometry) : undefined;
  const stack = slices === undefined ? [] : [slices];
  const domain = [...stack, rows, columns];
  const range = [...stack, views, detectors];
  if (symmetry !== undefined) {
    const four = fourViews(symmetry, detectors, dtype);
    return linearOperator({
      name: `projector (${method})`,
      domain,
      range,
      dtype,
      apply: (x) => reshape(four.project(reshape(x, [slices ?? 1, rows, columns])), range),
      adjoint: (y) => reshape(four.backproject(reshape(y, [slices ?? 1, views, detectors]), rows), domain),
    });
  }
  return linearOperator({
    name: `projector (${method})`,
    domain,
    range,
    dtype,
    apply: (x) => reshape(kernels.project(reshape(x, [slices ?? 1, rows, columns]), tables(x.device)), range),
    adjoint: (y) => reshape(kernels.backproject(reshape(y, [slices ?? 1, views, detectors]), tables(y.device)), domain),
  });
}

/** What the kernels of a geometry read. */
function tablesOf(
  geometry: Geometry,
  footprint: FootprintRule | undefined,
): {
  readonly values: Float64Array;
  readonly shape: readonly number[];
  readonly shadow: Float64Array;
  readonly beyond: number;
} {
  if (footprint !== undefined && geometry.kind !== "parallel") {
    return { ...edgeTable(geometry, footprint), shadow: fanTable(geometry) };
  }
  const table =
    footprint === undefined || geometry.kind !== "parallel" ? lineTable(geometry) : footprintTable(geometry);
  return { ...table, shadow: shadowTable(geometry), beyond: 0 };
}
