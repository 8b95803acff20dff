/** Filtered back-projection of cone beams. */
import { ArgumentError, checkOptions, mul, tensor, type Tensor } from "@ansatz/tensor";
import { defineKernel } from "@ansatz/tensor/kernel";
import { checkShaped } from "../check.ts";
import { checkCone, coneShapes, planeOf, rowHeights, type ConeBeam } from "../geometry/coneBeam.ts";
import type { Float, Int } from "../projectors/lines.ts";
import { atPixel, shadowTable } from "../projectors/rays.ts";
import { preparation, type FbpOptions } from "./fbp.ts";
import { checkWindow, filterRows } from "./filters.ts";

/** Every voxel takes from each view the value where it is seen, interpolated between four elements, 0 outside of the detector. */
const interpolation = /*@__PURE__*/ defineKernel({
  name: "interpolate cone",
  inputs: {
    projections: { dtype: "float", rank: 3 },
    shadows: { dtype: "float", rank: 2 },
    /** Element and row in the middle, side of a voxel in rows, distance of the source from the axis and from the detector. */
    cone: { dtype: "float", rank: 1 },
  },
  outputs: { volume: { dtype: "float", shape: (_, { slices, rows, columns }) => [slices, rows, columns] } },
  attrs: { slices: "i32", rows: "i32", columns: "i32" },
  units: (_, { slices, rows, columns }) => [slices, rows, columns],
  body: (k) => {
    const { projections, shadows, cone } = k.inputs;
    const [slice, row, column] = k.indices;
    const [middle, rowMiddle, perVoxel, distance, way] = [0, 1, 2, 3, 4].map((field) => k.load(cone, field));
    const [lastRow, last] = [1, 2].map((axis) => k.size(projections, axis).sub(1));
    const height = slice.to("float").sub(k.attrs.slices.to("float").sub(1).mul(0.5));
    const [i, j] = [row.to("float"), column.to("float")];
    const total = k.variable("float", 0);
    k.for(0, k.size(shadows, 0), (view) => {
      const shadow = (field: number): Float => k.load(shadows, [view, field]);
      const lateral = atPixel(shadow, 0, i, j);
      const central = atPixel(shadow, 3, i, j);
      const at = lateral.div(central).add(middle);
      const up = height.mul(way).div(central).mul(perVoxel).add(rowMiddle);
      const inside = at
        .ge(0)
        .and(at.le(last.to("float")))
        .and(up.ge(0))
        .and(up.le(lastRow.to("float")));
      const near = (x: Float, end: Int): readonly [before: Int, after: Int, share: Float] => {
        const before = x.floor().to("i32").max(0).min(end);
        return [before, before.add(1).min(end), x.sub(x.floor())];
      };
      const [left, right, share] = near(at, last);
      const [low, high, above] = near(up, lastRow);
      const inRow = (r: Int): Float => {
        const one = k.load(projections, [view, r, left]);
        return one.add(share.mul(k.load(projections, [view, r, right]).sub(one)));
      };
      const value = inRow(low).mul(above.neg().add(1)).add(inRow(high).mul(above));
      const u = distance.div(central);
      total.add(k.select(inside, value.mul(u).mul(u), 0));
    });
    k.store(k.outputs.volume, [slice, row, column], total.get());
  },
});

/**
 * Reconstructs a volume [slices, rows, columns] from the projections [views, detectorRows, detectors] of a cone beam (Feldkamp, Davis and
 * Kress 1984): data times `D / sqrt(D^2 + u^2 + v^2)`, u and v on the detector moved to the axis; the ramp filter along rows; every voxel
 * takes from each view the value where it is seen, interpolated between four elements, times `1 / U^2`, `U = (D + x . d) / D`; half of
 * `2 pi / views`. Less than a circle needs pi plus the angle of the fan, and gets Parker's weights.
 *
 * In the plane of the source it is the filtered back-projection of the fan. Above and below, a circle of sources does not see all that is
 * needed: values fall off with the angle of the cone, unless the object is the same in all slices. Cost: views x voxels, and a transform
 * of every row. Not differentiable; the gradient of {@link import("../projectors/cone.ts").coneProjector} is its adjoint.
 * @throws ShapeError for another shape, ArgumentError for an unknown window, or for views that leave a gap
 */
export function feldkamp(
  geometry: ConeBeam,
  projections: Tensor,
  options: Omit<FbpOptions, "convention"> = {},
): Tensor {
  const name = "feldkamp";
  checkCone(name, geometry);
  checkOptions(name, options, ["window", "allowLimited"]);
  const { window = "ram-lak", allowLimited = false } = options;
  checkWindow(name, window);
  const shapes = coneShapes(geometry);
  checkShaped(name, "projections", projections, shapes.projections);
  const { dtype, device } = projections;
  if (dtype !== "f32" && dtype !== "f64") {
    throw new ArgumentError(
      `${name}: projections have a data type without fractions (got ${dtype}, expected f32 or f64).`,
    );
  }
  const plane = planeOf(geometry);
  const { volume, angles, detectors, spacing, offset, rowSpacing, rowOffset, sourceDistance: d } = geometry;
  const fan = preparation(name, plane, allowLimited);
  const shrink = d / (d + geometry.detectorDistance);
  const weights = angles.flatMap((_, v) =>
    rowHeights(geometry).flatMap((height) =>
      Array.from({ length: detectors }, (__, k) => {
        const u = ((k - (detectors - 1) / 2) * spacing + offset) * shrink;
        // The weights of the fan have the angle in the plane in them.
        return (fan.weights[v * detectors + k] * Math.hypot(d, u)) / Math.hypot(d, u, height * shrink);
      }),
    ),
  );
  const constant = (values: readonly number[] | Float64Array, shape: readonly number[]): Tensor =>
    tensor(Float64Array.from(values), { shape, dtype, device });
  const filtered = filterRows(mul(projections, constant(weights, shapes.projections)), {
    spacing: fan.spacing,
    window,
  });
  const way = d + geometry.detectorDistance;
  const cone = [
    (detectors - 1) / 2 - offset / spacing,
    (geometry.detectorRows - 1) / 2 - rowOffset / rowSpacing,
    volume.pixel / rowSpacing,
    d,
    way,
  ];
  const shadows = constant(shadowTable(plane), [angles.length, 6]);
  const { slices, rows, columns } = volume;
  return interpolation({ projections: filtered, shadows, cone: constant(cone, [5]) }, { slices, rows, columns }).volume;
}
