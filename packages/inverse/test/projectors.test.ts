/** How exact projectors are: against integrals of ellipses, and against each other. */
import {
  curvedFan,
  ellipsePhantom,
  ellipseSinogram,
  evenAngles,
  filteredBackprojection,
  flatFan,
  parallelBeam,
  projector,
  psnr,
  relativeError,
  unitSquare,
  type Geometry,
  type ProjectorMethod,
} from "@ansatz/inverse";
import { mean, reshape, type Tensor } from "@ansatz/tensor";
import { adjointError } from "@ansatz/tensor/linear";
import { key, normal } from "@ansatz/tensor/random";
import { describe, expect, test } from "vitest";

const METHODS: readonly ProjectorMethod[] = ["joseph", "siddon", "pixel", "strip"];

/** Scans of the unit square whose elements are about as wide as pixels. */
const SCANS: Readonly<Record<string, (size: number, views?: number) => Geometry>> = {
  parallel: (size, views = 20) =>
    parallelBeam({
      image: unitSquare(size),
      angles: evenAngles(views, Math.PI, 0.1),
      detectors: 2 * size + 1,
      spacing: 1.7 / size,
    }),
  "flat fan": (size, views = 20) =>
    flatFan({
      image: unitSquare(size),
      angles: evenAngles(views, 2 * Math.PI, 0.1),
      detectors: 2 * size + 1,
      spacing: 3 / size,
      sourceDistance: 4,
      detectorDistance: 2,
    }),
  "curved fan": (size, views = 20) =>
    curvedFan({
      image: unitSquare(size),
      angles: evenAngles(views, 2 * Math.PI, 0.1),
      detectors: 2 * size + 1,
      spacing: 0.42 / size,
      sourceDistance: 4,
    }),
};

/** Orders in the pixel, in the mean square, of images with edges. Views along axes of the image ripple with the pixel-driven one. */
const ORDERS: Readonly<Record<ProjectorMethod, number>> = { joseph: 1, siddon: 1, pixel: 0.5, strip: 1 };

const ELLIPSES = [
  { value: 1, a: 0.6, b: 0.8, x: 0.05, y: 0.1, degrees: 20 },
  { value: -0.5, a: 0.2, b: 0.3, x: 0.2, y: 0, degrees: 0 },
];

describe.each(Object.keys(SCANS))("%s", (name) => {
  const cases = [24, 192].map((size) => {
    const geometry = SCANS[name](size);
    const image = ellipsePhantom(ELLIPSES, geometry.image, { supersample: 4, dtype: "f64" });
    return { geometry, image, exact: ellipseSinogram(ELLIPSES, geometry, { dtype: "f64" }) };
  });

  test.each(METHODS)("%s approaches the integrals of ellipses with its order", async (method) => {
    const errors = [];
    for (const { geometry, image, exact } of cases) {
      errors.push(await relativeError(projector(geometry, { method, dtype: "f64" }).apply(image), exact));
    }
    expect(Math.log2(errors[0] / errors[1]) / 3).toBeGreaterThan(ORDERS[method] - 0.1);
    expect(errors[1]).toBeLessThan(0.01);
  });

  test("a strip is the mean of exact rays", async () => {
    const [size, finer] = [24, 16];
    const geometry = SCANS[name](size, 7);
    const { detectors } = geometry;
    const dense = { ...geometry, detectors: finer * detectors, spacing: geometry.spacing / finer };
    const x = ellipsePhantom(ELLIPSES, geometry.image, { dtype: "f64" });
    const rays = projector(dense, { method: "siddon", dtype: "f64" }).apply(x);
    const means = mean(reshape(rays, [7, detectors, finer]), { axis: 2 });
    const strips = projector(geometry, { method: "strip", dtype: "f64" }).apply(x);
    expect(await relativeError(strips, means)).toBeLessThan(2e-3);
  });

  test.each(METHODS)("%s is matched where pixels are searched for near the ray", async (method) => {
    for (const detectors of [61, 5]) {
      const scan = SCANS[name](24, 5);
      const geometry = { ...scan, detectors, spacing: (scan.spacing * 49) / detectors };
      const operator = projector(geometry, { method, dtype: "f64" });
      expect(await adjointError(operator, key(1))).toBeLessThanOrEqual(1e-12);
    }
  });

  test.each(METHODS)("filtered back-projection of %s", async (method) => {
    const geometry = SCANS[name](48, 144);
    const truth = ellipsePhantom(ELLIPSES, geometry.image, { supersample: 8 });
    const data = projector(geometry, { method }).apply(truth);
    expect(await psnr(filteredBackprojection(geometry, data), truth)).toBeGreaterThan(27);
  });
});

test.each(METHODS)("%s in a fan from far away is that of parallel rays", async (method) => {
  const image = { rows: 9, columns: 12, pixel: 0.25 };
  const scan = { image, angles: evenAngles(7, 2 * Math.PI, 0.1), detectors: 15, spacing: 0.27, offset: 0.04 };
  const far = 1e7;
  const x = normal(key(1), [9, 12], { dtype: "f64" });
  const seen = (geometry: Geometry): Tensor => projector(geometry, { method, dtype: "f64" }).apply(x);
  const parallel = seen(parallelBeam(scan));
  const flat = seen(flatFan({ ...scan, sourceDistance: far, detectorDistance: 0 }));
  const curved = seen(curvedFan({ ...scan, spacing: 0.27 / far, offset: 0.04 / far, sourceDistance: far }));
  for (const fan of [flat, curved]) expect(await relativeError(fan, parallel)).toBeLessThan(1e-5);
});
