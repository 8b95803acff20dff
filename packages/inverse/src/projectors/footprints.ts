/** Projectors that spread every pixel over the detector, for parallel rays, and their adjoints. */
import type { KernelInput } from "@ansatz/tensor/kernel";
import type { ParallelBeam } from "../geometry/parallelBeam.ts";
import type { Float, Int, Loader } from "./lines.ts";
import { kernelPair, type KernelPair } from "./pair.ts";

/** The trapezoid as which a pixel is seen: half width of its base and of its top, in detector elements. */
export interface Footprint {
  readonly base: Float;
  readonly top: Float;
}

/** Share of a pixel that an element gets whose centre is `distance` elements away. */
type Profile = (footprint: Footprint, distance: Float) => Float;

/** How a pixel is spread. */
export interface FootprintRule {
  readonly profile: Profile;
  /** Distance within which an element sees the centre of a pixel. */
  readonly sees: number;
  /** 1 where it also sees as much of the pixel as reaches to there, else 0. */
  readonly extent: 0 | 1;
}

/** Distance beyond which no element gets anything of a pixel whose base has a half width. */
export const reachOf = ({ sees, extent }: FootprintRule, base: Float): Float => base.mul(extent).add(sees);

/** Linear interpolation between the two elements next to where the centre is seen. */
export const splat: FootprintRule = {
  profile: (_, distance) => distance.abs().neg().add(1).max(0),
  sees: 1,
  extent: 0,
};

/** The area of the pixel in the strip that the element sees. */
export const strip: FootprintRule = {
  profile: (footprint, distance) =>
    cumulative(footprint, distance.add(0.5)).sub(cumulative(footprint, distance.sub(0.5))),
  sees: 0.5,
  extent: 1,
};

/** Area of a trapezoid of area 1 between its middle and `t`. */
function cumulative({ base, top }: Footprint, t: Float): Float {
  const size = t.abs();
  const height = base.add(top).max(1e-30);
  const flat = size.min(top).div(height);
  const beyond = base.sub(size.min(base).max(top));
  // Below the slope lies a triangle; a rectangle has none.
  const slope = base.sub(top);
  const half = slope
    .sub(beyond.mul(beyond).div(slope.max(1e-30)))
    .mul(0.5)
    .div(height);
  const area = flat.add(half.max(0));
  return area.mul(t.div(size.max(1e-30)));
}

/** Numbers per view: by rows, place of pixel (0, 0), its change per row and column, base, top, area. */
const FIELDS = 7;

/** The table [views, 1, 7] of a geometry, in double precision. */
export function footprintTable({ image, angles, detectors, spacing, offset }: ParallelBeam): {
  readonly values: Float64Array;
  readonly shape: readonly number[];
} {
  const { rows, columns, pixel } = image;
  const size = pixel / spacing;
  const values = angles.flatMap((angle) => {
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const [perRow, perColumn] = [-size * sin, size * cos];
    const middle = (detectors - 1) / 2 - offset / spacing;
    const origin = middle - ((rows - 1) / 2) * perRow - ((columns - 1) / 2) * perColumn;
    const [wide, narrow] = [
      Math.max(Math.abs(perRow), Math.abs(perColumn)),
      Math.min(Math.abs(perRow), Math.abs(perColumn)),
    ];
    const base = (wide + narrow) / 2;
    const byRows = Math.abs(perColumn) > Math.abs(perRow) ? 1 : 0;
    const area = (pixel * pixel) / spacing;
    return [byRows, origin, perRow, perColumn, base, (wide - narrow) / 2, area];
  });
  return { values: Float64Array.from(values), shape: [angles.length, 1, FIELDS] };
}

/** Room for rounding at the ends of ranges, in elements and pixels. */
export const SLACK: number = 1 / 64;

/** Kernels that spread pixels by a rule. */
export function footprintKernels(name: string, rule: FootprintRule): KernelPair {
  const { profile } = rule;
  const read = (k: Loader, table: KernelInput<"float">, view: Int) => {
    const at = (field: number): Float => k.load(table, [view, 0, field]);
    return {
      byRows: at(0).gt(0.5),
      origin: at(1),
      perRow: at(2),
      perColumn: at(3),
      base: at(4),
      top: at(5),
      area: at(6),
      reach: reachOf(rule, at(4)),
    };
  };
  return kernelPair(name, {
    project(k) {
      const { image, lines } = k.inputs;
      const [slice, view, detector] = k.indices;
      const [rows, columns] = [k.size(image, 1), k.size(image, 2)];
      const f = read(k, lines, view);
      const steps = k.select(f.byRows, rows, columns);
      const pixels = k.select(f.byRows, columns, rows);
      const perPixel = k.select(f.byRows, f.perColumn, f.perRow);
      const perStep = k.select(f.byRows, f.perRow, f.perColumn);
      const place = detector.to("float");
      const total = k.variable("float", 0);
      k.for(0, steps, (step) => {
        const centre = place.sub(f.origin.add(step.to("float").mul(perStep))).div(perPixel);
        const reach = f.reach.div(perPixel.abs()).add(SLACK);
        const first = centre.sub(reach).ceil().to("i32").max(0);
        const last = centre.add(reach).floor().to("i32").min(pixels.sub(1));
        k.for(first, last.add(1), (pixel) => {
          const row = k.select(f.byRows, step, pixel);
          const column = k.select(f.byRows, pixel, step);
          const seen = f.origin.add(row.to("float").mul(f.perRow)).add(column.to("float").mul(f.perColumn));
          total.add(profile(f, seen.sub(place)).mul(k.load(image, [slice, row, column])));
        });
      });
      k.store(k.outputs.sinogram, [slice, view, detector], total.get().mul(f.area));
    },
    backproject(k) {
      const { sinogram, lines } = k.inputs;
      const [slice, row, column] = k.indices;
      const detectors = k.size(sinogram, 2);
      const total = k.variable("float", 0);
      k.for(0, k.size(lines, 0), (view) => {
        const f = read(k, lines, view);
        const seen = f.origin.add(row.to("float").mul(f.perRow)).add(column.to("float").mul(f.perColumn));
        const reach = f.reach.add(SLACK);
        const first = seen.sub(reach).ceil().to("i32").max(0);
        const last = seen.add(reach).floor().to("i32").min(detectors.sub(1));
        const sum = k.sum("float", first, last.add(1), (detector) =>
          profile(f, seen.sub(detector.to("float"))).mul(k.load(sinogram, [slice, view, detector])),
        );
        total.add(sum.mul(f.area));
      });
      k.store(k.outputs.image, [slice, row, column], total.get());
    },
  });
}
