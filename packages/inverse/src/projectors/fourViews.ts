/** Joseph's projector for views in groups of four; see symmetry.ts. */
import {
  add,
  concat,
  flip,
  mul,
  pad,
  permute,
  reshape,
  slice,
  stack,
  take,
  tensor,
  zeros,
  type Tensor,
} from "@ansatz/tensor";
import { defineKernel } from "@ansatz/tensor/kernel";
import { constant } from "../constants.ts";
import type { Float } from "./lines.ts";
import { LANES, MARGIN, TOGETHER, type Symmetry } from "./symmetry.ts";

/** Nothing at both ends of an axis but one. */
const along = (ndim: number, axis: number, size: number): (readonly [number, number])[] =>
  Array.from({ length: ndim }, (_, a) => (a === axis ? ([size, size] as const) : ([0, 0] as const)));

/** Images [slices, n, n + 2 margins, 4] to sinograms [slices, groups, detectors, 4], without the weights of the rays. */
const projection = /*@__PURE__*/ defineKernel({
  name: "fourViewsProject",
  inputs: {
    planes: { dtype: "float", rank: 4 },
    rays: { dtype: "float", rank: 2 },
    shadows: { dtype: "float", rank: 2 },
  },
  outputs: {
    sinogram: { dtype: "float", shape: ({ planes, rays }, { detectors }) => [planes[0], rays[0], detectors, LANES] },
  },
  attrs: { detectors: "i32", margin: "i32" },
  units: ({ planes, rays }, { detectors }) => [planes[0], rays[0], detectors, LANES],
  body: (k) => {
    const { planes, rays } = k.inputs;
    const [image, group, detector, lane] = k.indices;
    const ray = (field: number): Float => k.load(rays, [group, field]);
    const n = k.size(planes, 1);
    const width = n.to("float");
    const slope = ray(2);
    const start = ray(0).add(detector.to("float").mul(ray(1)));
    const perPixel = k.constant("float", 1).div(slope.max(1e-30));
    // Rows in which the ray is less than a pixel outside of the image, and up to one more.
    const first = start.neg().sub(1).mul(perPixel).floor().to("i32").max(0).min(n);
    const last = width.sub(start).mul(perPixel).ceil().to("i32").max(-1).min(n.sub(1));
    const total = k.variable("float", 0);
    k.for(first, last.add(1), (row) => {
      const at = start.add(row.to("float").mul(slope));
      const floor = at.floor();
      const pixel = floor.to("i32").add(MARGIN);
      const before = k.load(planes, [image, row, pixel, lane]);
      const after = k.load(planes, [image, row, pixel.add(1), lane]);
      total.add(before.add(at.sub(floor).mul(after.sub(before))));
    });
    k.store(k.outputs.sinogram, [image, group, detector, lane], total.get());
  },
  vjp: ({ sinogram }, { inputs: { planes, rays, shadows }, attrs: { margin } }): { planes: Tensor } => {
    const [, size] = planes.shape;
    const spread = pad(sinogram, along(4, 2, margin));
    return {
      planes: pad(backprojection({ sinogram: spread, rays, shadows }, { size, margin }).planes, along(4, 2, MARGIN)),
    };
  },
});

/** The adjoint, from [slices, groups, detectors + 2 margins, 4] to [slices, n, n, 4]. */
const backprojection = /*@__PURE__*/ defineKernel({
  name: "fourViewsBackproject",
  inputs: {
    sinogram: { dtype: "float", rank: 4 },
    rays: { dtype: "float", rank: 2 },
    shadows: { dtype: "float", rank: 2 },
  },
  outputs: { planes: { dtype: "float", shape: ({ sinogram }, { size }) => [sinogram[0], size, size, LANES] } },
  attrs: { size: "i32", margin: "i32" },
  units: ({ sinogram }, { size }) => [sinogram[0], size, Math.ceil(size / TOGETHER), LANES],
  body: (k) => {
    const { sinogram, shadows } = k.inputs;
    const [image, row, block, lane] = k.indices;
    const column = block.mul(TOGETHER);
    const totals = Array.from({ length: TOGETHER }, () => k.variable("float", 0));
    k.for(0, k.size(shadows, 0), (group) => {
      const shadow = (field: number): Float => k.load(shadows, [group, field]);
      const [perColumn, spacing] = [shadow(2), shadow(3)];
      const seen = shadow(0)
        .add(row.to("float").mul(shadow(1)))
        .add(column.to("float").mul(perColumn));
      const rest = spacing.neg().add(1);
      for (const [j, total] of totals.entries()) {
        const at = j === 0 ? seen : seen.add(perColumn.mul(j));
        const floor = at.floor();
        const element = floor.to("i32");
        // Distances of the two nearest rays in pixels are `off` and `spacing - off`.
        const off = at.sub(floor).mul(spacing);
        const [before, after] = [off.neg().add(1), off.add(rest)].map((w) => k.select(w.gt(0), w, 0));
        total.add(
          before
            .mul(k.load(sinogram, [image, group, element, lane]))
            .add(after.mul(k.load(sinogram, [image, group, element.add(1), lane]))),
        );
      }
    });
    for (const [j, total] of totals.entries()) {
      const at = column.add(j);
      k.if(at.lt(k.attrs.size), () => k.store(k.outputs.planes, [image, row, at, lane], total.get()));
    }
  },
  vjp: ({ planes }, { inputs: { sinogram, rays, shadows }, attrs: { margin } }): { sinogram: Tensor } => {
    const detectors = sinogram.shape[2] - 2 * margin;
    const seen = projection(
      { planes: pad(planes, along(4, 2, MARGIN)), rays, shadows },
      { detectors, margin },
    ).sinogram;
    return { sinogram: pad(seen, along(4, 2, margin)) };
  },
});

/** The projector of a geometry whose views come in groups, for stacks of images, and its adjoint. */
export function fourViews(
  { places, groups, rays, shadows, margin }: Symmetry,
  detectors: number,
  dtype: "f32" | "f64",
): { readonly project: (image: Tensor) => Tensor; readonly backproject: (sinogram: Tensor, size: number) => Tensor } {
  const views = places.length;
  const table = constant(rays, [groups, 4], dtype);
  const shadowTable = constant(shadows, [groups, 4], dtype);
  const lengths = constant(
    Float64Array.from({ length: groups }, (_, g) => rays[4 * g + 3]),
    [1, groups, 1, 1],
    dtype,
  );
  // Rows of all lanes, then the same with their elements reversed.
  const own = places.map(({ group, lane, reversed }) => ((reversed ? 1 : 0) * groups + group) * LANES + lane);
  // Views, then reversed ones, then a row of zeros for lanes without a view.
  const others = new Array<number>(groups * LANES).fill(2 * views);
  for (const [view, { group, lane, reversed }] of places.entries()) {
    others[group * LANES + lane] = (reversed ? views : 0) + view;
  }
  const indices = (values: readonly number[]): ((device: string) => Tensor) => {
    const list = Int32Array.from(values);
    return (device) => tensor(list, { dtype: "i32", device });
  };
  const [toViews, toLanes] = [indices(own), indices(others)];
  const constants = (device: string): Record<"rays" | "shadows", Tensor> => ({
    rays: table(device),
    shadows: shadowTable(device),
  });
  return {
    project(image) {
      const { device } = image;
      const [slices] = image.shape;
      const turned = permute(image, [0, 2, 1]);
      const planes = stack([image, flip(image, 2), turned, flip(turned, 2)], 3);
      const seen = projection(
        { planes: pad(planes, along(4, 2, MARGIN)), ...constants(device) },
        { detectors, margin },
      );
      const rows = reshape(permute(mul(seen.sinogram, lengths(device)), [0, 1, 3, 2]), [
        slices,
        groups * LANES,
        detectors,
      ]);
      return take(concat([rows, flip(rows, 2)], 1), toViews(device), 1);
    },
    backproject(sinogram, size) {
      const { device } = sinogram;
      const [slices] = sinogram.shape;
      const none = zeros([slices, 1, detectors], { dtype, device });
      const all = concat([sinogram, flip(sinogram, 2), none], 1);
      const rows = permute(reshape(take(all, toLanes(device), 1), [slices, groups, LANES, detectors]), [0, 1, 3, 2]);
      const weighted = pad(mul(rows, lengths(device)), along(4, 2, margin));
      const { planes } = backprojection({ sinogram: weighted, ...constants(device) }, { size, margin });
      const lane = (l: number): Tensor => reshape(slice(planes, [null, null, null, [l, l + 1]]), [slices, size, size]);
      const straight = add(lane(0), flip(lane(1), 2));
      return add(straight, permute(add(lane(2), flip(lane(3), 2)), [0, 2, 1]));
    },
  };
}
