/** Images made of ellipses, and their exact line integrals. */
import { ArgumentError, tensor, type Tensor } from "@ansatz/tensor";
import { checkChoice, checkCount } from "../check.ts";
import { checkGeometry, lineOf, sinogramShape, type Geometry } from "../geometry/base.ts";
import { checkGrid, type ImageGrid } from "../geometry/image.ts";

/** An ellipse; values of ellipses that overlap add. */
export interface Ellipse {
  readonly value: number;
  /** Half axes, before rotation along x and y. */
  readonly a: number;
  readonly b: number;
  /** Centre. */
  readonly x: number;
  readonly y: number;
  /** Rotation in degrees, counter-clockwise. */
  readonly degrees: number;
}

/** Options of rasters and sinograms. */
export interface PhantomOptions {
  /** f32 when left out. */
  readonly dtype?: "f32" | "f64";
}

/** Throws unless all are ellipses. */
function checkEllipses(name: string, ellipses: readonly Ellipse[]): void {
  for (const [i, { value, a, b, x, y, degrees }] of ellipses.entries()) {
    if (![value, a, b, x, y, degrees].every(Number.isFinite) || !(a > 0 && b > 0)) {
      throw new ArgumentError(
        `${name}: ellipses[${i}] is none (got ${JSON.stringify(ellipses[i])}, expected finite numbers with a, b > 0).`,
      );
    }
  }
}

/**
 * The image of ellipses, [rows, columns]: every pixel is the mean over `supersample` x `supersample` points,
 * `((q + 1/2) / supersample - 1/2) pixel` from its centre. Cost: pixels x supersample^2 x ellipses.
 * @throws ArgumentError for what is no ellipse or grid
 */
export function ellipsePhantom(
  ellipses: readonly Ellipse[],
  image: ImageGrid,
  options: PhantomOptions & { readonly supersample?: number } = {},
): Tensor {
  const name = "ellipsePhantom";
  const { supersample = 1, dtype = "f32" } = options;
  checkEllipses(name, ellipses);
  checkGrid(name, image);
  checkCount(name, "supersample", supersample);
  checkChoice(name, "dtype", dtype, ["f32", "f64"]);
  const { rows, columns, pixel } = image;
  const values = new Float64Array(rows * columns);
  const at = (index: number): number => ((index % supersample) + 0.5) / supersample - 0.5;
  const xs = Float64Array.from({ length: columns * supersample }, (_, q) => {
    return (Math.floor(q / supersample) - (columns - 1) / 2 + at(q)) * pixel;
  });
  const shares = supersample * supersample;
  for (const { value, a, b, x, y, degrees } of ellipses) {
    const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
    for (let p = 0; p < rows * supersample; p++) {
      const i = Math.floor(p / supersample);
      const dy = ((rows - 1) / 2 - i + at(p)) * pixel - y;
      for (let q = 0; q < xs.length; q++) {
        const dx = xs[q] - x;
        const [u, w] = [dx * cos + dy * sin, dy * cos - dx * sin];
        if ((u * u) / (a * a) + (w * w) / (b * b) <= 1)
          values[i * columns + Math.floor(q / supersample)] += value / shares;
      }
    }
  }
  return tensor(values, { shape: [rows, columns], dtype });
}

/**
 * The exact line integrals of ellipses along the rays of a geometry, [views, detectors]. With `r^2 = a^2 cos^2(t - phi) + b^2
 * sin^2(t - phi)` and q the distance of the ray from the centre, each contributes `2 value a b sqrt(r^2 - q^2) / r^2` (Kak and Slaney
 * 1988, section 3.1). Data that are not made by the projector of the reconstruction.
 * @throws ArgumentError for what is no ellipse or geometry
 */
export function ellipseSinogram(
  ellipses: readonly Ellipse[],
  geometry: Geometry,
  options: PhantomOptions = {},
): Tensor {
  const name = "ellipseSinogram";
  const { dtype = "f32" } = options;
  checkEllipses(name, ellipses);
  checkGeometry(name, geometry);
  checkChoice(name, "dtype", dtype, ["f32", "f64"]);
  const [views, detectors] = sinogramShape(geometry);
  const values = new Float64Array(views * detectors);
  const turns = ellipses.map(({ degrees }) => (degrees * Math.PI) / 180);
  for (let v = 0; v < views; v++) {
    for (let k = 0; k < detectors; k++) {
      const { cos, sin, s } = lineOf(geometry, v, k);
      let total = 0;
      for (const [e, { value, a, b, x, y }] of ellipses.entries()) {
        const q = s - x * cos - y * sin;
        const [c, d] = [Math.cos(turns[e]), Math.sin(turns[e])];
        const r2 = (a * (cos * c + sin * d)) ** 2 + (b * (sin * c - cos * d)) ** 2;
        total += (2 * value * a * b * Math.sqrt(Math.max(r2 - q * q, 0))) / r2;
      }
      values[v * detectors + k] = total;
    }
  }
  return tensor(values, { shape: [views, detectors], dtype });
}
