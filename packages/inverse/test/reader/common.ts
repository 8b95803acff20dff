/** What the readers share. */
import { tensor, type Tensor } from "@ansatz/tensor";
import { curvedFan, flatFan, parallelBeam, type Ellipse, type Geometry, type ImageGrid } from "@ansatz/inverse";

/** Numbers of nested arrays, in C order. */
export const flat = (x: unknown): number[] => (Array.isArray(x) ? x : [x]).flat(Infinity) as number[];

/** Nested arrays as a tensor in double precision. */
export const f64 = (x: unknown, shape?: readonly number[]): Tensor =>
  shape === undefined
    ? tensor(x as number[], { dtype: "f64" })
    : tensor(Float64Array.from(flat(x)), { shape, dtype: "f64" });

/** The numbers of a tensor. */
export const read = async (t: Tensor): Promise<number[]> => Array.from((await t.data()) as ArrayLike<number>, Number);

/** Ellipses from lists of six numbers. */
export const ellipsesOf = (rows: readonly (readonly number[])[]): Ellipse[] =>
  rows.map(([value, a, b, x, y, degrees]) => ({ value, a, b, x, y, degrees }));

/** Fields of geometries in the files. */
export const GEOMETRY_FIELDS = {
  parallel: ["angles_deg", "angles", "K", "ds", "offset"],
  fanflat: ["betas_deg", "betas", "K", "du", "Dso", "Dod"],
  fancurved: ["betas_deg", "betas", "K", "dgamma", "Dso"],
} as const;

/** A geometry of a file; the angles in degrees are the exact ones where they are given. */
export function geometryOf(kind: string, g: any, image: ImageGrid): Geometry {
  const radians = (degrees: readonly number[]): number[] => degrees.map((d) => (d * Math.PI) / 180);
  if (kind === "parallel") {
    const angles = g.angles_deg === undefined ? g.angles : radians(g.angles_deg);
    return parallelBeam({ image, angles, detectors: g.K, spacing: g.ds, offset: g.offset ?? 0 });
  }
  const angles = g.betas_deg === undefined ? g.betas : radians(g.betas_deg);
  const common = { image, angles, detectors: g.K, sourceDistance: g.Dso };
  if (kind === "fanflat") return flatFan({ ...common, spacing: g.du, detectorDistance: g.Dod });
  if (kind === "fancurved") return curvedFan({ ...common, spacing: g.dgamma });
  throw new Error(`unknown geometry ${kind}`);
}

/** Sections that say what a file is. */
export const HEAD: readonly string[] = ["file", "about", "source", "conventions", "tolerance", "tolerance_note"];
