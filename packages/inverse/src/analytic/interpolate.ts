/** Back-projection by interpolation: every pixel takes the value where it is seen. Not the adjoint of a projector. */
import {
  add,
  arange,
  astype,
  atan2,
  clip,
  div,
  flatten,
  floor,
  greaterEqual,
  lessEqual,
  logicalAnd,
  mul,
  reshape,
  scatterAdd,
  slice,
  square,
  stack,
  sub,
  tensor,
  where,
  type Tensor,
} from "@ansatz/tensor";
import { atan2Expr, defineKernel } from "@ansatz/tensor/kernel";
import type { Geometry } from "../geometry/base.ts";
import type { Float } from "../projectors/lines.ts";
import { atPixel, shadowTable } from "../projectors/rays.ts";

function kernelOf(kind: Geometry["kind"]) {
  return defineKernel({
    name: `interpolate ${kind}`,
    inputs: {
      sinogram: { dtype: "float", rank: 2 },
      shadows: { dtype: "float", rank: 2 },
      fan: { dtype: "float", rank: 1 },
    },
    outputs: { image: { dtype: "float", shape: (_, { rows, columns }) => [rows, columns] } },
    attrs: { rows: "i32", columns: "i32" },
    units: (_, { rows, columns }) => [rows, columns],
    body: (k) => {
      const { sinogram, shadows, fan } = k.inputs;
      const [row, column] = k.indices;
      const last = k.size(sinogram, 1).sub(1);
      const total = k.variable("float", 0);
      k.for(0, k.size(shadows, 0), (view) => {
        const shadow = (field: number): Float => k.load(shadows, [view, field]);
        const [i, j] = [row.to("float"), column.to("float")];
        const lateral = atPixel(shadow, 0, i, j);
        const central = atPixel(shadow, 3, i, j);
        const [middle, spacing, distance] = [0, 1, 2].map((field) => k.load(fan, field));
        const seen = (): { at: Float; weight: Float | null } => {
          if (kind === "parallel") return { at: lateral, weight: null };
          if (kind === "flat-fan") {
            const u = distance.div(central);
            return { at: lateral.div(central).add(middle), weight: u.mul(u) };
          }
          const square = central.mul(central).add(lateral.mul(lateral));
          const one = k.constant("float", 1);
          return { at: k.apply(atan2Expr, lateral, central).div(spacing).add(middle), weight: one.div(square) };
        };
        const { at, weight } = seen();
        const floor = at.floor();
        const share = at.sub(floor);
        const inside = at.ge(0).and(at.le(last.to("float")));
        const before = floor.to("i32").max(0).min(last);
        const after = before.add(1).min(last);
        const value = k
          .load(sinogram, [view, before])
          .mul(share.neg().add(1))
          .add(k.load(sinogram, [view, after]).mul(share));
        total.add(k.select(inside, weight === null ? value : value.mul(weight), 0));
      });
      k.store(k.outputs.image, [row, column], total.get());
    },
    vjp: ({ image }, { inputs: { sinogram, shadows, fan } }): { sinogram: Tensor } => ({
      sinogram: spreadBack(kind, image, shadows, fan, sinogram.shape[1]),
    }),
  });
}

/** The adjoint of the interpolation: every pixel gives its value to the two elements next to where it is seen. One pass per view. */
function spreadBack(kind: Geometry["kind"], image: Tensor, shadows: Tensor, fan: Tensor, detectors: number): Tensor {
  const [rows, columns] = image.shape;
  const { dtype, device } = image;
  const along = (n: number, shape: readonly number[]): Tensor =>
    reshape(arange(0, n, 1, { dtype: dtype as "f32", device }), shape);
  const [i, j] = [along(rows, [rows, 1]), along(columns, [1, columns])];
  const [middle, spacing, distance] = [0, 1, 2].map((field) => slice(fan, [field]));
  const views = Array.from({ length: shadows.shape[0] }, (_, view) => {
    const [l0, l1, l2, c0, c1, c2] = Array.from({ length: 6 }, (__, field) => slice(shadows, [view, field]));
    const lateral = add(add(l0, mul(i, l1)), mul(j, l2));
    const central = add(add(c0, mul(i, c1)), mul(j, c2));
    const seen = (): readonly [at: Tensor, value: Tensor] => {
      if (kind === "parallel") return [lateral, image];
      if (kind === "flat-fan") return [add(div(lateral, central), middle), mul(image, square(div(distance, central)))];
      const squares = add(square(central), square(lateral));
      return [add(div(atan2(lateral, central), spacing), middle), div(image, squares)];
    };
    const [at, value] = seen();
    const last = detectors - 1;
    const before = floor(at);
    const share = sub(at, before);
    const inside = logicalAnd(greaterEqual(at, 0), lessEqual(at, last));
    const place = (t: Tensor): Tensor => flatten(astype(clip(t, 0, last), "i32"));
    const given = where(inside, value, 0);
    return add(
      scatterAdd(flatten(mul(given, sub(1, share))), place(before), detectors),
      scatterAdd(flatten(mul(given, share)), place(add(before, 1)), detectors),
    );
  });
  return stack(views);
}

const KERNELS = {
  parallel: /*@__PURE__*/ kernelOf("parallel"),
  "flat-fan": /*@__PURE__*/ kernelOf("flat-fan"),
  "curved-fan": /*@__PURE__*/ kernelOf("curved-fan"),
};

/** Sum over views of the values where pixels are seen, times `1 / U^2` (flat fan) or `1 / L^2` (curved fan). */
export function interpolate(geometry: Geometry, sinogram: Tensor, middleOf?: (n: number) => number): Tensor {
  const { image, angles, detectors, spacing, offset, kind } = geometry;
  const { dtype, device } = sinogram;
  const constant = (values: Float64Array, shape: readonly number[]): Tensor =>
    tensor(values, { shape, dtype: dtype as "f32" | "f64", device });
  const middle = (detectors - 1) / 2 - (kind === "parallel" ? 0 : offset / spacing);
  const distance = kind === "parallel" ? 0 : geometry.sourceDistance;
  const shadows = constant(shadowTable(geometry, middleOf), [angles.length, 6]);
  const fan = constant(Float64Array.of(middle, spacing, distance), [3]);
  return KERNELS[kind]({ sinogram, shadows, fan }, { rows: image.rows, columns: image.columns }).image;
}
