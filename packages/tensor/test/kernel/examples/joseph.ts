/**
 * Parallel-beam projection of an image and its matched adjoint, after P. M. Joseph, "An improved algorithm for
 * reprojecting rays through pixel images", IEEE Trans. Med. Imaging 1 (1982).
 */
import type { Tensor } from "@ansatz/tensor";
import { defineKernel, type Value } from "@ansatz/tensor/kernel";

type Float = Value<"float">;
type Select = (condition: Value<"bool">, x: Float, y: Float) => Float;

/** What both kernels know about a view: it walks along rows or columns and moves `slope` pixels per step of the other axis. */
interface View {
  /** Whether the ray crosses one row of pixels per step; otherwise one column. */
  readonly byRows: Value<"bool">;
  readonly slope: Float;
  /** Length of the ray per step. */
  readonly weight: Float;
  /** Where the ray of detector 0 crosses step 0, and how much further that of the next detector does. */
  readonly start: Float;
  readonly spacing: Float;
}

/**
 * A ray is the line x cos + y sin = s with s = detector - (detectors - 1) / 2 and the origin at the centre of the image. A
 * step to the next row changes y by 1 and so x by -sin / cos.
 */
function viewOf(
  one: Float,
  cos: Float,
  sin: Float,
  [rows, columns, detectors]: readonly Float[],
  select: Select,
): View {
  const byRows = sin.abs().le(cos.abs());
  const main = select(byRows, cos, sin);
  const other = select(byRows, sin, cos);
  const spacing = one.div(main);
  const slope = other.neg().div(main);
  const centre = (n: Float): Float => n.sub(1).mul(0.5);
  const along = select(byRows, centre(rows), centre(columns));
  const across = select(byRows, centre(columns), centre(rows));
  const start = across.sub(centre(detectors).mul(spacing)).sub(slope.mul(along));
  return { byRows, slope, weight: spacing.abs(), start, spacing };
}

/** Where ray `detector` crosses step `step`: the pixel before and the share of the next one. */
function crossing(view: View, detector: Value<"i32">, step: Value<"i32">): { pixel: Value<"i32">; share: Float } {
  const at = view.start.add(detector.to("float").mul(view.spacing)).add(step.to("float").mul(view.slope));
  const floor = at.floor();
  return { pixel: floor.to("i32"), share: at.sub(floor) };
}

const projection = defineKernel({
  name: "project",
  inputs: { image: { dtype: "float", rank: 2 }, cos: "float", sin: "float" },
  outputs: { sinogram: { dtype: "float", shape: ({ cos }, { detectors }) => [cos[0], detectors] } },
  attrs: { detectors: "i32" },
  units: ({ cos }, { detectors }) => [cos[0], detectors],
  body: (k) => {
    const { image, cos, sin } = k.inputs;
    const [v, detector] = k.indices;
    const [rows, columns] = [k.size(image, 0), k.size(image, 1)];
    const sizes = [rows, columns, k.attrs.detectors].map((n) => n.to("float"));
    const one = k.constant("float", 1);
    const view = viewOf(one, k.load(cos, v), k.load(sin, v), sizes, k.select);
    const steps = k.select(view.byRows, rows, columns);
    const pixels = k.select(view.byRows, columns, rows);
    // Elements from one step to the next and from one pixel to the next.
    const perStep = k.select(view.byRows, columns, 1);
    const perPixel = k.select(view.byRows, k.constant("i32", 1), columns);
    const total = k.variable("float", 0);
    k.for(0, steps, (step) => {
      const { pixel, share } = crossing(view, detector, step);
      const weigh = (at: Value<"i32">, part: Float): Float => {
        const inside = at.ge(0).and(at.lt(pixels));
        const safe = at.max(0).min(pixels.sub(1));
        const value = k.load(image, step.mul(perStep).add(safe.mul(perPixel)));
        return k.select(inside, value.mul(part), 0);
      };
      total.add(weigh(pixel, share.neg().add(1)).add(weigh(pixel.add(1), share)));
    });
    k.store(k.outputs.sinogram, [v, detector], total.get().mul(view.weight));
  },
  vjp: ({ sinogram }, { inputs: { image, cos, sin } }) => {
    return { image: backproject(sinogram, cos, sin, image.shape) };
  },
});

const backprojection = defineKernel({
  name: "backproject",
  inputs: { sinogram: { dtype: "float", rank: 2 }, cos: "float", sin: "float" },
  outputs: { image: { dtype: "float", shape: (_, { rows, columns }) => [rows, columns] } },
  attrs: { rows: "i32", columns: "i32" },
  units: (_, { rows, columns }) => [rows, columns],
  body: (k) => {
    const { sinogram, cos, sin } = k.inputs;
    const [row, column] = k.indices;
    const detectors = k.size(sinogram, 1);
    const sizes = [k.attrs.rows, k.attrs.columns, detectors].map((n) => n.to("float"));
    const one = k.constant("float", 1);
    const total = k.variable("float", 0);
    k.for(0, k.size(cos, 0), (v) => {
      const view = viewOf(one, k.load(cos, v), k.load(sin, v), sizes, k.select);
      const step = k.select(view.byRows, row, column);
      const mine = k.select(view.byRows, column, row);
      // Detectors whose rays cross this step less than one pixel away, and one more on either side for rounding.
      const centre = mine.to("float").sub(view.start).sub(step.to("float").mul(view.slope)).div(view.spacing);
      const reach = one.div(view.weight).add(1);
      const first = centre.sub(reach).ceil().to("i32").max(0);
      const last = centre.add(reach).floor().to("i32").min(detectors.sub(1));
      const sum = k.sum("float", first, last.add(1), (detector) => {
        const { pixel, share } = crossing(view, detector, step);
        const part = k.select(pixel.eq(mine), share.neg().add(1), k.select(pixel.add(1).eq(mine), share, 0));
        return part.mul(k.load(sinogram, [v, detector]));
      });
      total.add(sum.mul(view.weight));
    });
    k.store(k.outputs.image, [row, column], total.get());
  },
  vjp: ({ image }, { inputs: { sinogram, cos, sin } }) => {
    return { sinogram: project(image, cos, sin, sinogram.shape[1]) };
  },
});

/** Line integrals through an image: sinogram[view, detector]. `cos` and `sin` are those of the views' angles. */
export function project(image: Tensor, cos: Tensor, sin: Tensor, detectors: number): Tensor {
  return projection({ image, cos, sin }, { detectors }).sinogram;
}

/**
 * The adjoint of {@link project}: every pixel gathers from the rays that touched it, with the weights computed by the same
 * operations.
 */
export function backproject(sinogram: Tensor, cos: Tensor, sin: Tensor, [rows, columns]: readonly number[]): Tensor {
  return backprojection({ sinogram, cos, sin }, { rows, columns }).image;
}
