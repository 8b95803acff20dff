/** Rasters of ellipses, and their exact line integrals. */
import { absolute, expectClose, expectEqual, knownKeys, unknownSections, type GoldenCase } from "@ansatz/golden";
import { ellipsePhantom, ellipseSinogram, sheppLogan } from "@ansatz/inverse";
import { ellipsesOf, flat, GEOMETRY_FIELDS, geometryOf, HEAD, read } from "./common.ts";

/** Pixels per image that may differ, since a sample lies on an ellipse. */
const FLIPS = 2;

export function phantom(file: any): readonly GoldenCase[] {
  const tables = (["modified", "original"] as const).map((contrast): GoldenCase => {
    const kind = `shepp_logan_${contrast}`;
    return {
      name: kind,
      kind,
      run: () => expectEqual(kind, sheppLogan(contrast), ellipsesOf(file[kind])),
    };
  });
  const rasters = file.cases.map((c: any): GoldenCase => ({
    name: c.name,
    kind: "cases",
    async run() {
      knownKeys(c.name, c, ["name", "ellipses", "rows", "cols", "pixel", "supersample", "image", "sum", "sumsq"]);
      const { supersample } = c;
      const grid = { rows: c.rows, columns: c.cols, pixel: c.pixel };
      const got = await read(ellipsePhantom(ellipsesOf(c.ellipses), grid, { supersample, dtype: "f64" }));
      const wrong = flat(c.image).filter((value, i) => Math.abs(value - got[i]) > file.tolerance).length;
      if (wrong > FLIPS) throw new Error(`${c.name}: ${wrong} pixels differ, allowed ${FLIPS}`);
      if (wrong > 0) return;
      const n = got.length;
      expectClose("sum", [got.reduce((a, b) => a + b)], [c.sum], absolute(file.tolerance * n));
      expectClose("sum of squares", [got.reduce((a, b) => a + b * b, 0)], [c.sumsq], absolute(file.tolerance * n));
    },
  }));
  const known = [...HEAD, "cases", "shepp_logan_modified", "shepp_logan_original"];
  return [...tables, ...rasters, ...unknownSections(file, known)];
}

export function radonAnalytic(file: any): readonly GoldenCase[] {
  const image = { rows: 2, columns: 2, pixel: 1 };
  const kinds = Object.keys(GEOMETRY_FIELDS) as (keyof typeof GEOMETRY_FIELDS)[];
  const cases = file.cases.flatMap((c: any): GoldenCase[] => {
    knownKeys(c.name, c, ["name", "ellipses", ...kinds]);
    return kinds
      .filter((kind) => c[kind] !== undefined)
      .map((kind) => ({
        name: `${c.name} ${kind}`,
        kind,
        async run() {
          knownKeys(kind, c[kind], [...GEOMETRY_FIELDS[kind], "sinogram"]);
          const got = ellipseSinogram(ellipsesOf(c.ellipses), geometryOf(kind, c[kind], image), { dtype: "f64" });
          expectClose(kind, await read(got), flat(c[kind].sinogram), absolute(file.tolerance));
        },
      }));
  });
  return [...cases, ...unknownSections(file, [...HEAD, "cases"])];
}
