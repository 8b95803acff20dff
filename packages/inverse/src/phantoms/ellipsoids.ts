/** Volumes made of ellipsoids, and their exact integrals along the rays of a cone. */
import { ArgumentError, tensor, type Tensor } from "@ansatz/tensor";
import { checkChoice, checkCount, checkPositive } from "../check.ts";
import { checkCone, coneShapes, planeOf, rowHeights, type ConeBeam, type VolumeGrid } from "../geometry/coneBeam.ts";
import { rayOf } from "../geometry/base.ts";
import type { Ellipse, PhantomOptions } from "./ellipses.ts";

/** An ellipsoid, turned around an axis parallel to Z; values of ellipsoids that overlap add. */
export interface Ellipsoid extends Ellipse {
  /** Half axis along Z, and height of the centre. */
  readonly c: number;
  readonly z: number;
}

function checkEllipsoids(name: string, ellipsoids: readonly Ellipsoid[]): void {
  for (const [i, { value, a, b, c, x, y, z, degrees }] of ellipsoids.entries()) {
    if (![value, a, b, c, x, y, z, degrees].every(Number.isFinite) || !(a > 0 && b > 0 && c > 0)) {
      throw new ArgumentError(
        `${name}: ellipsoids[${i}] is none (got ${JSON.stringify(ellipsoids[i])}, expected finite numbers with a, b, c > 0).`,
      );
    }
  }
}

/** A vector in the axes of an ellipsoid, in its half axes. */
const within = ({ a, b, c, degrees }: Ellipsoid): ((x: number, y: number, z: number) => readonly number[]) => {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return (x, y, z) => [(x * cos + y * sin) / a, (y * cos - x * sin) / b, z / c];
};

const dot = (u: readonly number[], w: readonly number[]): number => u[0] * w[0] + u[1] * w[1] + u[2] * w[2];

/**
 * The volume of ellipsoids, [slices, rows, columns]: every voxel is the mean over `supersample`^3 points inside it, spaced evenly.
 * Cost: voxels x supersample^3 x ellipsoids.
 * @throws ArgumentError for what is no ellipsoid or grid
 */
export function ellipsoidPhantom(
  ellipsoids: readonly Ellipsoid[],
  volume: VolumeGrid,
  options: PhantomOptions & { readonly supersample?: number } = {},
): Tensor {
  const name = "ellipsoidPhantom";
  const { supersample = 1, dtype = "f32" } = options;
  checkEllipsoids(name, ellipsoids);
  const { slices, rows, columns, pixel } = volume;
  for (const [field, value] of Object.entries({ slices, rows, columns })) checkCount(name, `volume.${field}`, value);
  checkPositive(name, "volume.pixel", pixel);
  checkCount(name, "supersample", supersample);
  checkChoice(name, "dtype", dtype, ["f32", "f64"]);
  const points = (count: number): number[] =>
    Array.from({ length: count * supersample }, (_, p) => ((p + 0.5) / supersample - count / 2) * pixel);
  const [zs, ys, xs] = [points(slices), points(rows).map((y) => -y), points(columns)];
  const values = new Float64Array(slices * rows * columns);
  for (const ellipsoid of ellipsoids) {
    const turn = within(ellipsoid);
    const share = ellipsoid.value / supersample ** 3;
    zs.forEach((z, n) => {
      // Most slices of points miss the ellipsoid.
      if (Math.abs(z - ellipsoid.z) > ellipsoid.c) return;
      ys.forEach((y, i) => {
        const base = (Math.floor(n / supersample) * rows + Math.floor(i / supersample)) * columns;
        xs.forEach((x, j) => {
          const at = turn(x - ellipsoid.x, y - ellipsoid.y, z - ellipsoid.z);
          if (dot(at, at) <= 1) values[base + Math.floor(j / supersample)] += share;
        });
      });
    });
  }
  return tensor(values, { shape: [slices, rows, columns], dtype });
}

/**
 * The exact integrals of ellipsoids along the rays of a cone beam, [views, detectorRows, detectors]: `2 value sqrt(B^2 - A C) / A`, with
 * `A = |d|^2`, `B = d . q`, `C = |q|^2 - 1` of the ray's unit direction and the source in the axes of an ellipsoid, in its half axes.
 * @throws ArgumentError for what is no ellipsoid or geometry
 */
export function ellipsoidProjections(
  ellipsoids: readonly Ellipsoid[],
  geometry: ConeBeam,
  options: PhantomOptions = {},
): Tensor {
  const name = "ellipsoidProjections";
  const { dtype = "f32" } = options;
  checkEllipsoids(name, ellipsoids);
  checkCone(name, geometry);
  checkChoice(name, "dtype", dtype, ["f32", "f64"]);
  const { projections: shape } = coneShapes(geometry);
  const [views, rows, detectors] = shape;
  const plane = planeOf(geometry);
  const heights = rowHeights(geometry);
  const values = new Float64Array(views * rows * detectors);
  const bodies = ellipsoids.map((ellipsoid) => ({ ...ellipsoid, turn: within(ellipsoid) }));
  for (let v = 0; v < views; v++) {
    for (let k = 0; k < detectors; k++) {
      const ray = rayOf(plane, v, k);
      const across = (k - (detectors - 1) / 2) * geometry.spacing + geometry.offset;
      const way = Math.hypot(geometry.sourceDistance + geometry.detectorDistance, across);
      for (const [r, height] of heights.entries()) {
        const length = Math.hypot(way, height);
        const [dx, dy, dz] = [(ray.dx * way) / length, (ray.dy * way) / length, height / length];
        let total = 0;
        for (const { value, turn, x, y, z } of bodies) {
          const [d, q] = [turn(dx, dy, dz), turn(ray.x - x, ray.y - y, -z)];
          const [a, b] = [dot(d, d), dot(d, q)];
          total += (2 * value * Math.sqrt(Math.max(b * b - a * (dot(q, q) - 1), 0))) / a;
        }
        values[(v * rows + r) * detectors + k] = total;
      }
    }
  }
  return tensor(values, { shape, dtype });
}
