/** Projectors that spread every pixel over the detector of a fan, and their adjoints. */
import { atan2Expr, type KernelContext, type KernelInput } from "@ansatz/tensor/kernel";
import { rayOf } from "../geometry/base.ts";
import type { CurvedFan } from "../geometry/curvedFan.ts";
import type { FlatFan } from "../geometry/flatFan.ts";
import { reachOf, SLACK, type Footprint, type FootprintRule } from "./footprints.ts";
import { lineAlong, type Float, type Int } from "./lines.ts";
import { kernelPair, type KernelPair } from "./pair.ts";

/** A geometry of rays from a point. */
type Fan = FlatFan | CurvedFan;

/** The tools of a body that {@link fanFootprintKernels} look up pixels with. */
type Tools = Pick<KernelContext<Record<string, never>, Record<string, never>, Record<string, never>>, "load" | "apply">;

/**
 * Table [views, 7], in double precision and, but for the last, in pixels: where pixel (0, 0) lies seen from the source, the cosine and
 * sine of the view, the element on the central ray, elements per unit of tangent (flat) or radian (curved), and the side of a pixel.
 */
export function fanTable(geometry: Fan): Float64Array {
  const { image, angles, detectors, spacing, offset, sourceDistance, kind } = geometry;
  const { rows, columns, pixel } = image;
  const middle = (detectors - 1) / 2 - offset / spacing;
  const ratio = kind === "flat-fan" ? (sourceDistance + geometry.detectorDistance) / spacing : 1 / spacing;
  const rowsOf = angles.flatMap((angle) => {
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const x = -(columns - 1) / 2 - (sourceDistance / pixel) * sin;
    const y = (rows - 1) / 2 + (sourceDistance / pixel) * cos;
    return [x, y, cos, sin, middle, ratio, pixel];
  });
  return Float64Array.from(rowsOf);
}

/**
 * Pixels beyond the rays at the ends of what an element sees, in which pixels may reach into it. Half of `1 + |slope|`, at most 1, would
 * do for parallel rays; that of a fan may differ by {@link MOST} per pixel.
 */
const BEYOND = 2;

/** A pixel and an element seen under a larger angle than this make the search for pixels go through whole rows. */
const MOST = 0.1;

/**
 * Table [views, detectors, 5] of the pixels that may reach an element, in double precision: whether its ray walks by rows, then start and
 * slope of the two rays at the ends of what it sees.
 */
export function edgeTable(
  geometry: Fan,
  { sees }: FootprintRule,
): { readonly values: Float64Array; readonly shape: readonly number[]; readonly beyond: number } {
  const { angles, detectors, image, sourceDistance, spacing, kind } = geometry;
  const shape = [angles.length, detectors, 5];
  const values = new Float64Array(angles.length * detectors * 5);
  const nearest = sourceDistance - (Math.hypot(image.rows - 1, image.columns - 1) * image.pixel) / 2;
  // Elements look widest from the foot of the source.
  const element = kind === "flat-fan" ? spacing / (sourceDistance + geometry.detectorDistance) : spacing;
  if (image.pixel > MOST * nearest || element > MOST) {
    return { values, shape, beyond: Math.max(image.rows, image.columns) };
  }
  for (let v = 0; v < angles.length; v++) {
    for (let k = 0; k < detectors; k++) {
      const { dx, dy } = rayOf(geometry, v, k);
      const byRows = Math.abs(dx) < Math.abs(dy);
      const ends = [k - sees, k + sees].map((at) => lineAlong(image, rayOf(geometry, v, at), byRows));
      values.set([byRows ? 1 : 0, ...ends.flat()], (v * detectors + k) * 5);
    }
  }
  return { values, shape, beyond: BEYOND };
}

/** Kernels that spread pixels by a rule over the detector of a fan. */
export function fanFootprintKernels(name: string, rule: FootprintRule, kind: Fan["kind"]): KernelPair {
  /** Where a pixel is seen, and its footprint there. */
  const look = (
    k: Tools,
    fans: KernelInput<"float">,
    view: Int,
    row: Int,
    column: Int,
  ): { readonly at: Float; readonly area: Float; readonly footprint: Footprint } => {
    const [x0, y0, cos, sin, middle, ratio, pixel] = Array.from({ length: 7 }, (_, field) =>
      k.load(fans, [view, field]),
    );
    const x = x0.add(column.to("float"));
    const y = y0.sub(row.to("float"));
    const lateral = x.mul(cos).add(y.mul(sin));
    const central = y.mul(cos).sub(x.mul(sin));
    const square = x.mul(x).add(y.mul(y));
    const flat = kind === "flat-fan";
    const at = (flat ? lateral.div(central) : k.apply(atan2Expr, lateral, central)).mul(ratio).add(middle);
    // Elements per pixel across the ray, divided by the distance from the source.
    const density = ratio.div(flat ? central.mul(central) : square);
    const [wide, narrow] = [x.abs().max(y.abs()), x.abs().min(y.abs())];
    const base = wide.add(narrow).mul(density).mul(0.5);
    const top = wide.sub(narrow).mul(density).mul(0.5);
    const area = pixel.mul(density).mul(square.sqrt());
    return { at, area, footprint: { base, top } };
  };

  return kernelPair(name, {
    project(k) {
      const { image, lines, shadows } = k.inputs;
      const [slice, view, detector] = k.indices;
      const [rows, columns] = [k.size(image, 1), k.size(image, 2)];
      const edge = (field: number): Float => k.load(lines, [view, detector, field]);
      const byRows = edge(0).gt(0.5);
      const steps = k.select(byRows, rows, columns);
      const pixels = k.select(byRows, columns, rows);
      const place = detector.to("float");
      const beyond = k.attrs.beyond.to("float");
      const total = k.variable("float", 0);
      k.for(0, steps, (step) => {
        const [one, other] = [0, 2].map((end) => edge(1 + end).add(step.to("float").mul(edge(2 + end))));
        const first = one.min(other).sub(beyond).ceil().to("i32").max(0);
        const last = one.max(other).add(beyond).floor().to("i32").min(pixels.sub(1));
        k.for(first, last.add(1), (pixel) => {
          const row = k.select(byRows, step, pixel);
          const column = k.select(byRows, pixel, step);
          const { at, area, footprint } = look(k, shadows, view, row, column);
          const weight = rule.profile(footprint, at.sub(place)).mul(area);
          total.add(weight.mul(k.load(image, [slice, row, column])));
        });
      });
      k.store(k.outputs.sinogram, [slice, view, detector], total.get());
    },
    backproject(k) {
      const { sinogram, shadows } = k.inputs;
      const [slice, row, column] = k.indices;
      const detectors = k.size(sinogram, 2);
      const total = k.variable("float", 0);
      k.for(0, k.size(shadows, 0), (view) => {
        const { at, area, footprint } = look(k, shadows, view, row, column);
        const reach = reachOf(rule, footprint.base).add(SLACK);
        const first = at.sub(reach).ceil().to("i32").max(0);
        const last = at.add(reach).floor().to("i32").min(detectors.sub(1));
        const sum = k.sum("float", first, last.add(1), (detector) =>
          rule
            .profile(footprint, at.sub(detector.to("float")))
            .mul(area)
            .mul(k.load(sinogram, [slice, view, detector])),
        );
        total.add(sum);
      });
      k.store(k.outputs.image, [slice, row, column], total.get());
    },
  });
}
