/** Joseph's projector for cone beams. */
import { checkOptions, type Tensor } from "@ansatz/tensor";
import { defineKernel, type KernelContext } from "@ansatz/tensor/kernel";
import { linearOperator, type LinearOperator } from "@ansatz/tensor/linear";
import { checkChoice } from "../check.ts";
import { constant } from "../constants.ts";
import { rayOf } from "../geometry/base.ts";
import { checkCone, coneShapes, planeOf, rowHeights, type ConeBeam } from "../geometry/coneBeam.ts";
import { joseph, lineAlong, type Float, type Int, type Line } from "./lines.ts";
import { REACH, atPixel, shadowTable } from "./rays.ts";

/** Numbers per column of rays. */
const FIELDS = 7;

/**
 * Table [views, detectors, 7] of the rays of a column of elements, which lie above each other, in double precision: whether they walk by
 * rows, start, slope, length per row in the plane; the share of the way to the detector at row 0, its change per row, and a voxel's share
 * of the way in the plane.
 */
function columnTable(geometry: ConeBeam): Float64Array {
  const plane = planeOf(geometry);
  const { image, angles, detectors, spacing, offset, sourceDistance, detectorDistance } = plane;
  const values = new Float64Array(angles.length * detectors * FIELDS);
  for (let v = 0; v < angles.length; v++) {
    for (let k = 0; k < detectors; k++) {
      const ray = rayOf(plane, v, k);
      const byRows = Math.abs(ray.dx) < Math.abs(ray.dy);
      const way = Math.hypot(sourceDistance + detectorDistance, (k - (detectors - 1) / 2) * spacing + offset);
      // Rows count downwards.
      const [first, change, speed] = byRows
        ? [((image.rows - 1) / 2) * image.pixel - ray.y, -image.pixel, ray.dy]
        : [(-(image.columns - 1) / 2) * image.pixel - ray.x, image.pixel, ray.dx];
      const line = [...lineAlong(image, ray, byRows), image.pixel / Math.abs(speed)];
      values.set(
        [byRows ? 1 : 0, ...line, first / (speed * way), change / (speed * way), image.pixel / way],
        (v * detectors + k) * FIELDS,
      );
    }
  }
  return values;
}

/** A column of rays inside a kernel. */
interface Column extends Line {
  /** Share of the way to the detector in a step. */
  way(step: Int): Float;
  /** Length of a ray per step, from the height of its row of the detector. */
  length(height: Float): Float;
}

const INPUTS = {
  /** {@link columnTable}. */
  columns: { dtype: "float", rank: 3 },
  /** Heights of the rows of the detector in voxels, and the side of a voxel. */
  heights: { dtype: "float", rank: 1 },
  /** Where pixels are seen in the plane, see {@link shadowTable}. */
  shadows: { dtype: "float", rank: 2 },
} as const;

type Inputs = typeof INPUTS;
type Tools = Pick<KernelContext<Inputs, Record<string, never>, Record<string, never>>, "load" | "inputs">;

function readColumn(k: Tools, view: Int, detector: Int): Column {
  const { columns } = k.inputs;
  const at = (field: number): Float => k.load(columns, [view, detector, field]);
  const weight = at(3);
  return {
    byRows: at(0).gt(0.5),
    start: at(1),
    slope: at(2),
    weight,
    way: (step) => at(4).add(step.to("float").mul(at(5))),
    length(height) {
      const rise = height.mul(at(6));
      return weight.mul(rise.mul(rise).add(1).sqrt());
    },
  };
}

const projection = /*@__PURE__*/ defineKernel({
  name: "coneProject",
  inputs: { volume: { dtype: "float", rank: 3 }, ...INPUTS },
  outputs: {
    projections: { dtype: "float", shape: ({ columns }, { detectorRows }) => [columns[0], detectorRows, columns[1]] },
  },
  attrs: { detectorRows: "i32", middle: "f32", rowMiddle: "f32", perVoxel: "f32" },
  units: ({ columns }, { detectorRows }) => [columns[0], detectorRows, columns[1]],
  body: (k) => {
    const { volume, heights } = k.inputs;
    const [view, row, detector] = k.indices;
    const [slices, rows, columns] = [0, 1, 2].map((axis) => k.size(volume, axis));
    const line = readColumn(k, view, detector);
    const steps = k.select(line.byRows, rows, columns);
    const pixels = k.select(line.byRows, columns, rows);
    const perStep = k.select(line.byRows, columns, 1);
    const perPixel = k.select(line.byRows, k.constant("i32", 1), columns);
    const perSlice = rows.mul(columns);
    const height = k.load(heights, row);
    const total = k.variable("float", 0);
    k.for(0, steps, (step) => {
      const { pixel, share } = joseph(line, step);
      const { slice, share: above } = sliceAt(slices, height, line.way(step));
      const from = step.mul(perStep);
      const value = (n: Int, at: Int): Float => {
        const inside = at.ge(0).and(at.lt(pixels)).and(n.ge(0)).and(n.lt(slices));
        const safe = at.max(0).min(pixels.sub(1)).mul(perPixel);
        return k.select(inside, k.load(volume, from.add(safe).add(n.max(0).min(slices.sub(1)).mul(perSlice))), 0);
      };
      const inSlice = (n: Int): Float =>
        value(n, pixel)
          .mul(share.neg().add(1))
          .add(value(n, pixel.add(1)).mul(share));
      total.add(
        inSlice(slice)
          .mul(above.neg().add(1))
          .add(inSlice(slice.add(1)).mul(above)),
      );
    });
    k.store(k.outputs.projections, [view, row, detector], total.get().mul(line.length(height)));
  },
  vjp: ({ projections }, { inputs: { volume, columns, heights, shadows }, attrs }): { volume: Tensor } => {
    const [slices, rows, across] = volume.shape;
    const { middle, rowMiddle, perVoxel } = attrs;
    const sizes = { slices, rows, across, middle, rowMiddle, perVoxel };
    return { volume: backprojection({ projections, columns, heights, shadows }, sizes).volume };
  },
});

/** The slice below the height at a share of the way, and the share of the next one. */
function sliceAt(slices: Int, height: Float, way: Float): { readonly slice: Int; readonly share: Float } {
  const at = slices.to("float").sub(1).mul(0.5).add(height.mul(way));
  const floor = at.floor();
  return { slice: floor.to("i32"), share: at.sub(floor) };
}

const backprojection = /*@__PURE__*/ defineKernel({
  name: "coneBackproject",
  inputs: { projections: { dtype: "float", rank: 3 }, ...INPUTS },
  outputs: { volume: { dtype: "float", shape: (_, { slices, rows, across }) => [slices, rows, across] } },
  attrs: { slices: "i32", rows: "i32", across: "i32", middle: "f32", rowMiddle: "f32", perVoxel: "f32" },
  units: (_, { slices, rows, across }) => [slices, rows, across],
  body: (k) => {
    const { projections, heights, shadows } = k.inputs;
    const [slice, row, column] = k.indices;
    const [detectorRows, detectors] = [k.size(projections, 1), k.size(projections, 2)];
    const total = k.variable("float", 0);
    const [i, j] = [row.to("float"), column.to("float")];
    const aside = slice.to("float").sub(k.attrs.slices.to("float").sub(1).mul(0.5));
    k.for(0, k.size(projections, 0), (view) => {
      const shadow = (field: number): Float => k.load(shadows, [view, field]);
      const place = (di: number, dj: number): Float => {
        const [y, x] = [i.add(di), j.add(dj)];
        const lateral = atPixel(shadow, 0, y, x);
        return lateral.div(atPixel(shadow, 3, y, x)).add(k.attrs.middle.to("float"));
      };
      const corners = [place(-REACH, 0), place(REACH, 0), place(0, -REACH), place(0, REACH)];
      const first = corners
        .reduce((a, b) => a.min(b))
        .ceil()
        .to("i32")
        .max(0);
      const last = corners
        .reduce((a, b) => a.max(b))
        .floor()
        .to("i32")
        .min(detectors.sub(1));
      k.for(first, last.add(1), (detector) => {
        const line = readColumn(k, view, detector);
        const step = k.select(line.byRows, row, column);
        const mine = k.select(line.byRows, column, row);
        const { pixel, share } = joseph(line, step);
        const part = k.select(pixel.eq(mine), share.neg().add(1), k.select(pixel.add(1).eq(mine), share, 0));
        k.if(part.gt(0), () => {
          const way = line.way(step);
          const perHeight = k.attrs.perVoxel.to("float").div(way);
          const rowOf = (height: Float): Float => height.mul(perHeight).add(k.attrs.rowMiddle.to("float"));
          const lowest = rowOf(aside.sub(REACH)).ceil().to("i32").max(0);
          const highest = rowOf(aside.add(REACH)).floor().to("i32").min(detectorRows.sub(1));
          const sum = k.sum("float", lowest, highest.add(1), (r) => {
            const height = k.load(heights, r);
            const { slice: below, share: above } = sliceAt(k.attrs.slices, height, way);
            const part3 = k.select(below.eq(slice), above.neg().add(1), k.select(below.add(1).eq(slice), above, 0));
            return part3.mul(line.length(height)).mul(k.load(projections, [view, r, detector]));
          });
          total.add(sum.mul(part));
        });
      });
    });
    k.store(k.outputs.volume, [slice, row, column], total.get());
  },
  vjp: ({ volume }, { inputs: { projections, columns, heights, shadows }, attrs }): { projections: Tensor } => {
    const { middle, rowMiddle, perVoxel } = attrs;
    const sizes = { detectorRows: projections.shape[1], middle, rowMiddle, perVoxel };
    return { projections: projection({ volume, columns, heights, shadows }, sizes).projections };
  },
});

/**
 * The projector of a cone beam, from volumes [slices, rows, columns] to [views, detectorRows, detectors]: every row of a volume (or
 * column, for rays that move along X) contributes its value interpolated linearly between the four voxels next to where the ray crosses it,
 * times the length of the ray per row. Nothing is stored but tables of the rays; the adjoint gathers with the same weights. Error
 * `O(pixel^2)` for smooth volumes, `O(pixel)` in the mean square for volumes with edges.
 *
 * Cost: views x detectorRows x detectors x max(rows, columns), and about twice that for the adjoint.
 * @throws ArgumentError for a geometry that {@link import("../geometry/coneBeam.ts").coneBeam} did not make
 * Source: Joseph, IEEE Trans. Med. Imaging 1 (1982), with bilinear interpolation in place of linear.
 */
export function coneProjector(geometry: ConeBeam, options: { readonly dtype?: "f32" | "f64" } = {}): LinearOperator {
  const name = "coneProjector";
  checkCone(name, geometry);
  checkOptions(name, options, ["dtype"]);
  const { dtype = "f32" } = options;
  checkChoice(name, "dtype", dtype, ["f32", "f64"]);
  const { volume, angles, detectors, detectorRows, spacing, offset, rowSpacing, rowOffset } = geometry;
  const shapes = coneShapes(geometry);
  const columns = constant(columnTable(geometry), [angles.length, detectors, FIELDS], dtype);
  const heights = constant(
    Float64Array.from(rowHeights(geometry), (v) => v / volume.pixel),
    [detectorRows],
    dtype,
  );
  const shadows = constant(shadowTable(planeOf(geometry)), [angles.length, 6], dtype);
  const tables = (device: string) => ({ columns: columns(device), heights: heights(device), shadows: shadows(device) });
  const attrs = {
    middle: (detectors - 1) / 2 - offset / spacing,
    rowMiddle: (detectorRows - 1) / 2 - rowOffset / rowSpacing,
    perVoxel: volume.pixel / rowSpacing,
  };
  const sizes = { slices: volume.slices, rows: volume.rows, across: volume.columns };
  return linearOperator({
    name: "cone projector",
    domain: shapes.volume,
    range: shapes.projections,
    dtype,
    apply: (x) => projection({ volume: x, ...tables(x.device) }, { detectorRows, ...attrs }).projections,
    adjoint: (y) => backprojection({ projections: y, ...tables(y.device) }, { ...sizes, ...attrs }).volume,
  });
}
