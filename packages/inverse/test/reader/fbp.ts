/** Filters, small reconstructions, and the quality of larger ones. */
import { absolute, expectClose, expectEqual, knownKeys, unknownSections, type GoldenCase } from "@ansatz/golden";
import {
  ellipsePhantom,
  ellipseSinogram,
  evenAngles,
  filteredBackprojection,
  filterRows,
  psnr,
  rampKernel,
  rampResponse,
  scikitResponse,
  sheppLogan,
  unitSquare,
  type Geometry,
  type RampWindow,
} from "@ansatz/inverse";
import { f64, flat, GEOMETRY_FIELDS, geometryOf, HEAD, read } from "./common.ts";

const KINDS = Object.keys(GEOMETRY_FIELDS) as (keyof typeof GEOMETRY_FIELDS)[];

export function fbpFilters(file: any): readonly GoldenCase[] {
  const limit = absolute(file.tolerance);
  const cases = file.cases.flatMap((c: any): GoldenCase[] => {
    const what = `K ${c.K} ds ${c.ds}`;
    const fields = ["K", "ds", "row", "padded", "kernel", "response", "filtered"];
    knownKeys(what, c, [...fields, "skimage_response", "skimage_vs_ours_maxdiff"]);
    const common = { detectors: c.K, spacing: c.ds };
    const windows = Object.keys(c.response) as RampWindow[];
    return [
      { name: `kernel ${what}`, kind: "kernel", run: () => expectClose("kernel", rampKernel(common), c.kernel, limit) },
      ...windows.map((window) => ({
        name: `response ${window} ${what}`,
        kind: "response",
        run() {
          const response = rampResponse({ ...common, window });
          expectEqual("padded", 2 * (response.length - 1), c.padded);
          expectClose("response", response, c.response[window], limit);
        },
      })),
      ...(Object.keys(c.filtered) as RampWindow[]).map((window) => ({
        name: `filtered ${window} ${what}`,
        kind: "filtered",
        run: async () =>
          expectClose(
            "row",
            await read(filterRows(f64([c.row]), { spacing: c.ds, window })),
            c.filtered[window],
            limit,
          ),
      })),
      ...(Object.keys(c.skimage_response) as RampWindow[]).map((window) => ({
        name: `skimage_response ${window} ${what}`,
        kind: "skimage_response",
        run() {
          const full = scikitResponse({ ...common, window });
          expectClose("response", full, c.skimage_response[window], limit);
          const ours = rampResponse({ ...common, window });
          const apart = full.reduce((most, v, m) => {
            return Math.max(most, Math.abs(v - ours[Math.min(m, full.length - m)]));
          }, 0);
          expectClose("difference", [apart], [c.skimage_vs_ours_maxdiff[window]], limit);
        },
      })),
    ];
  });
  return [...cases, ...unknownSections(file, [...HEAD, "cases"])];
}

/** Quality for the modified phantom, from exact data. */
function quality(what: string, geometry: Geometry, expected: Record<string, number>, tolerance: number): GoldenCase {
  return {
    name: `psnr_table ${what}`,
    kind: "psnr_table",
    async run() {
      const reference = ellipsePhantom(sheppLogan(), geometry.image, { supersample: 8, dtype: "f64" });
      const data = ellipseSinogram(sheppLogan(), geometry, { dtype: "f64" });
      for (const [window, value] of Object.entries(expected)) {
        const image = filteredBackprojection(geometry, data, { window: window as RampWindow });
        expectClose(`${what} ${window}`, [await psnr(image, reference)], [value], absolute(tolerance));
      }
    },
  };
}

export function fbp(file: any): readonly GoldenCase[] {
  const image = unitSquare(file.N);
  expectEqual("pixel", image.pixel, file.pixel);
  const small = KINDS.filter((kind) => file[kind] !== undefined).flatMap((kind): GoldenCase[] => {
    const section = file[kind];
    knownKeys(kind, section, [...GEOMETRY_FIELDS[kind], "sinogram", "images"]);
    const geometry = geometryOf(kind, section, image);
    return Object.entries(section.images).map(([window, expected]) => ({
      name: `${kind} ${window}`,
      kind,
      async run() {
        const got = filteredBackprojection(geometry, f64(section.sinogram), { window: window as RampWindow });
        expectClose(window, await read(got), flat(expected), absolute(file.tolerance));
      },
    }));
  });
  const table = file.psnr_table.flatMap((row: any): GoldenCase[] => {
    knownKeys("psnr_table", row, ["N", "views", "K", "ds", "psnr", "fanflat"]);
    const grid = unitSquare(row.N);
    const parallel = geometryOf("parallel", { angles: evenAngles(row.views), K: row.K, ds: row.ds }, grid);
    const cases = [quality(`parallel ${row.N} ${row.views}`, parallel, row.psnr, file.tolerance_psnr_db)];
    if (row.fanflat === undefined) return cases;
    const { views, psnr: expected, ...fan } = row.fanflat;
    const geometry = geometryOf("fanflat", { ...fan, betas: evenAngles(views, 2 * Math.PI) }, grid);
    return [...cases, quality(`fanflat ${row.N} ${views}`, geometry, expected, file.tolerance_psnr_db)];
  });
  const compat = Object.entries(file.skimage_compat?.images ?? {}).map(([window, expected]): GoldenCase => ({
    name: `skimage_compat ${window}`,
    kind: "skimage_compat",
    async run() {
      knownKeys("skimage_compat", file.skimage_compat, ["note", "images"]);
      const { sinogram, ...scan } = file.parallel;
      const unit = geometryOf("parallel", { ...scan, ds: 1 }, { rows: file.N, columns: file.N, pixel: 1 });
      const got = filteredBackprojection(unit, f64(sinogram), {
        window: window as RampWindow,
        convention: "scikit-image",
      });
      expectClose(window, await read(got), flat(expected), absolute(file.tolerance));
    },
  }));
  const known = [...HEAD, "tolerance_psnr_db", "N", "pixel", "ellipses", "psnr_table", "skimage_compat", ...KINDS];
  return [...small, ...table, ...compat, ...unknownSections(file, known)];
}
