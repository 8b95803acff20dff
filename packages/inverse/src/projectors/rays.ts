/** Projectors that follow rays through the image, and their adjoints. */
import { atan2Expr } from "@ansatz/tensor/kernel";
import type { Geometry } from "../geometry/base.ts";
import { readLine, type Float, type Int, type Rule } from "./lines.ts";
import { kernelPair, type KernelPair } from "./pair.ts";

/** Pixels that may get a share of a ray lie closer than this to it, with room for rounding. */
export const REACH: number = 1 + 1 / 64;

/** The middle of n pixels or elements. */
const centreOf = (n: number): number => (n - 1) / 2;

/**
 * Table [views, 6] of where a pixel is seen, in double precision: coordinates along the detector `l = l0 + i li + j lj` and along
 * the central ray `a = a0 + i ai + j aj`. Seen at element `l` (parallel), `l / a` plus the middle (flat), or
 * `atan2(l, a) / spacing` plus the middle (curved).
 * @param middleOf where the axis of rotation is among n pixels or elements
 */
export function shadowTable(geometry: Geometry, middleOf: (n: number) => number = centreOf): Float64Array {
  const { image, angles, detectors, spacing, offset, kind } = geometry;
  const { rows, columns, pixel } = image;
  const middle = middleOf(detectors) - offset / spacing;
  const table = angles.flatMap((angle) => {
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const [x0, y0] = [-middleOf(columns) * pixel, middleOf(rows) * pixel];
    const along = [x0 * cos + y0 * sin, -pixel * sin, pixel * cos];
    if (kind === "parallel") {
      const bins = along.map((value) => value / spacing);
      return [bins[0] + middle, bins[1], bins[2], 1, 0, 0];
    }
    const { sourceDistance } = geometry;
    const central = [sourceDistance - x0 * sin + y0 * cos, -pixel * cos, -pixel * sin];
    const scale = kind === "flat-fan" ? (sourceDistance + geometry.detectorDistance) / spacing : 1;
    return [...along.map((value) => value * scale), ...central];
  });
  return Float64Array.from(table);
}

/** Three fields of a row of {@link shadowTable} at a pixel: `field(first) + row field(first + 1) + column field(first + 2)`. */
export function atPixel(field: (n: number) => Float, first: 0 | 3, row: Float, column: Float): Float {
  return field(first)
    .add(row.mul(field(first + 1)))
    .add(column.mul(field(first + 2)));
}

/** Kernels that share the steps of every ray by a rule. */
export function rayKernels(name: string, rule: Rule, kind: Geometry["kind"]): KernelPair {
  const parallel = kind === "parallel";
  return kernelPair(name, {
    project(k) {
      const { image, lines } = k.inputs;
      const [slice, view, detector] = k.indices;
      const [rows, columns] = [k.size(image, 1), k.size(image, 2)];
      const line = readLine(k, lines, parallel, view, detector);
      const steps = k.select(line.byRows, rows, columns);
      const pixels = k.select(line.byRows, columns, rows);
      // Elements from one step to the next and from one pixel to the next.
      const perStep = k.select(line.byRows, columns, 1);
      const perPixel = k.select(line.byRows, k.constant("i32", 1), columns);
      const base = slice.mul(rows).mul(columns);
      const total = k.variable("float", 0);
      k.for(0, steps, (step) => {
        const { pixel, share } = rule(line, step);
        const from = base.add(step.mul(perStep));
        const weigh = (at: Int, part: Float): Float => {
          const inside = at.ge(0).and(at.lt(pixels));
          const safe = at.max(0).min(pixels.sub(1));
          return k.select(inside, k.load(image, from.add(safe.mul(perPixel))).mul(part), 0);
        };
        total.add(weigh(pixel, share.neg().add(1)).add(weigh(pixel.add(1), share)));
      });
      k.store(k.outputs.sinogram, [slice, view, detector], total.get().mul(line.weight));
    },
    backproject(k) {
      const { sinogram, lines, shadows } = k.inputs;
      const [slice, row, column] = k.indices;
      const { detectors } = k.attrs;
      const total = k.variable("float", 0);
      k.for(0, k.size(lines, 0), (view) => {
        const shadow = (field: number): Float => k.load(shadows, [view, field]);
        const place = (i: Float, j: Float): Float => {
          const lateral = atPixel(shadow, 0, i, j);
          if (parallel) return lateral;
          const central = atPixel(shadow, 3, i, j);
          const middle = k.attrs.middle.to("float");
          if (kind === "flat-fan") return lateral.div(central).add(middle);
          return k.apply(atan2Expr, lateral, central).div(k.attrs.spacing.to("float")).add(middle);
        };
        const [i, j] = [row.to("float"), column.to("float")];
        const range = (): readonly [Float, Float] => {
          if (parallel) {
            // Only the axis across the steps matters.
            const reach = shadow(1).abs().max(shadow(2).abs()).mul(REACH);
            const centre = place(i, j);
            return [centre.sub(reach), centre.add(reach)];
          }
          const corners = [
            place(i.sub(REACH), j),
            place(i.add(REACH), j),
            place(i, j.sub(REACH)),
            place(i, j.add(REACH)),
          ];
          return [corners.reduce((a, b) => a.min(b)), corners.reduce((a, b) => a.max(b))];
        };
        const [low, high] = range();
        const first = low.ceil().to("i32").max(0);
        const last = high.floor().to("i32").min(detectors.sub(1));
        const terms = (detector: Int): Float => {
          const line = readLine(k, lines, parallel, view, detector);
          const step = k.select(line.byRows, row, column);
          const mine = k.select(line.byRows, column, row);
          const { pixel, share } = rule(line, step);
          const part = k.select(pixel.eq(mine), share.neg().add(1), k.select(pixel.add(1).eq(mine), share, 0));
          return part.mul(line.weight).mul(k.load(sinogram, [slice, view, detector]));
        };
        total.add(k.sum("float", first, last.add(1), terms));
      });
      k.store(k.outputs.image, [slice, row, column], total.get());
    },
  });
}
