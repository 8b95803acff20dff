/** Cone beams: against integrals of ellipsoids, the fan in the plane of the source, and by reconstruction. */
import {
  coneBeam,
  coneProjector,
  cgls,
  ellipsoidPhantom,
  ellipsoidProjections,
  evenAngles,
  feldkamp,
  filteredBackprojection,
  flatFan,
  projector,
  psnr,
  reconstruct,
  relativeError,
  sart,
  viewSubsets,
  type ConeBeam,
  type Ellipsoid,
} from "@ansatz/inverse";
import { grad, mul, reshape, slice, sum, type Tensor } from "@ansatz/tensor";
import { adjointError } from "@ansatz/tensor/linear";
import { key, normal } from "@ansatz/tensor/random";
import { describe, expect, test } from "vitest";

const BODIES: readonly Ellipsoid[] = [
  { value: 1, a: 0.6, b: 0.8, c: 0.5, x: 0.05, y: 0.1, z: 0, degrees: 20 },
  { value: -0.5, a: 0.2, b: 0.3, c: 0.25, x: 0.2, y: 0, z: 0.1, degrees: 0 },
];

/** The cube [-1, 1]^3, with elements that are about as wide as voxels. */
const scan = (size: number, views: number, span = 2 * Math.PI): ConeBeam =>
  coneBeam({
    volume: { slices: size, rows: size, columns: size, pixel: 2 / size },
    angles: evenAngles(views, span, 0.1),
    detectors: 2 * size + 1,
    spacing: 3 / size,
    detectorRows: size + 9,
    sourceDistance: 5,
    detectorDistance: 2,
  });

test("approaches the integrals of ellipsoids with the order 1", async () => {
  const errors = [];
  for (const size of [12, 48]) {
    const geometry = scan(size, 5);
    const volume = ellipsoidPhantom(BODIES, geometry.volume, { supersample: 4, dtype: "f64" });
    const exact = ellipsoidProjections(BODIES, geometry, { dtype: "f64" });
    errors.push(await relativeError(coneProjector(geometry, { dtype: "f64" }).apply(volume), exact));
  }
  expect(Math.log2(errors[0] / errors[1]) / 2).toBeGreaterThan(0.9);
  expect(errors[1]).toBeLessThan(0.04);
});

test("sums of a volume's rays are those of the body", async () => {
  // A ball of radius r at the centre: the ray through it has the chord 2 r.
  const geometry = coneBeam({ ...flat(scan(12, 3)), detectors: 1, detectorRows: 1 });
  const ball = [{ value: 2, a: 0.5, b: 0.5, c: 0.5, x: 0, y: 0, z: 0, degrees: 30 }];
  for (const value of await ellipsoidProjections(ball, geometry, { dtype: "f64" }).data())
    expect(value).toBeCloseTo(2, 12);
});

describe("in the plane of the source it is the fan", () => {
  const geometry = coneBeam({
    ...flat(scan(16, 90)),
    volume: { slices: 3, rows: 16, columns: 16, pixel: 0.125 },
    detectorRows: 5,
  });
  const { volume, angles, detectors, spacing, sourceDistance, detectorDistance } = geometry;
  const fan = flatFan({
    image: { rows: volume.rows, columns: volume.columns, pixel: volume.pixel },
    angles,
    detectors,
    spacing,
    sourceDistance,
    detectorDistance,
  });
  const middle = (t: Tensor, n: number): Tensor => slice(t, [[0, t.shape[0]], n]);

  test("projections", async () => {
    const x = normal(key(1), [3, 16, 16], { dtype: "f64" });
    const seen = middle(coneProjector(geometry, { dtype: "f64" }).apply(x), 2);
    expect(await relativeError(seen, projector(fan, { dtype: "f64" }).apply(slice(x, [1])))).toBeLessThan(1e-13);
  });

  test("reconstructions, and with fewer views than a circle", async () => {
    for (const span of [2 * Math.PI, 4.4]) {
      const few = evenAngles(90, span);
      const y = normal(key(1), [90, 5, detectors], { dtype: "f64" });
      const image = feldkamp({ ...geometry, angles: few }, y, { window: "hann" });
      const alone = filteredBackprojection({ ...fan, angles: few }, middle(y, 2), { window: "hann" });
      expect(await relativeError(slice(image, [1]), alone)).toBeLessThan(1e-12);
    }
  });
});

test("is matched for elements of any size, and each kernel is the other's gradient", async () => {
  for (const [spacing, rowSpacing] of [
    [0.1, 0.9],
    [0.9, 0.1],
  ]) {
    const geometry = coneBeam({ ...flat(scan(8, 4)), spacing, rowSpacing, detectorRows: 7, rowOffset: 0.3 });
    const a = coneProjector(geometry, { dtype: "f64" });
    expect(await adjointError(a, key(1))).toBeLessThanOrEqual(1e-12);
    const [x, y] = [normal(key(1), a.domain, { dtype: "f64" }), normal(key(2), a.range, { dtype: "f64" })];
    const back = grad((v: Tensor) => sum(mul(a.apply(v), y)))(x);
    expect(await relativeError(back, a.adjoint(y))).toBeLessThan(1e-13);
    const forth = grad((p: Tensor) => sum(mul(a.adjoint(p), x)))(y);
    expect(await relativeError(forth, a.apply(x))).toBeLessThan(1e-13);
  }
});

test("reconstructs ellipsoids from exact integrals", async () => {
  const geometry = scan(16, 40);
  const truth = ellipsoidPhantom(BODIES, geometry.volume, { supersample: 4 });
  const data = ellipsoidProjections(BODIES, geometry);
  const analytic = feldkamp(geometry, data);
  expect(await psnr(analytic, truth)).toBeGreaterThan(22);
  const { value } = await reconstruct(cgls(), { operator: coneProjector(geometry), data }, { maxIterations: 6 });
  expect(await psnr(value, truth)).toBeGreaterThan(23);
});

test("its views come in subsets", async () => {
  const geometry = scan(8, 10);
  const operator = coneProjector(geometry, { dtype: "f64" });
  const truth = ellipsoidPhantom(BODIES, geometry.volume, { supersample: 4, dtype: "f64" });
  const data = operator.apply(truth);
  const subsets = viewSubsets(geometry, 4, { dtype: "f64" });
  for (const { operator: part, pick } of subsets) {
    expect(await relativeError(part.apply(truth), pick(data))).toBeLessThan(1e-14);
  }
  const { value, history } = await reconstruct(sart({ subsets }), { operator, data }, { maxIterations: 20 });
  // What the registry asks of every algorithm.
  expect(history.at(-1)?.residualNorm).toBeLessThan(0.05 * history[0].residualNorm);
  expect(await relativeError(value, truth)).toBeLessThan(0.2);
  expect(() => viewSubsets(geometry, 4, { method: "siddon" })).toThrow(/^coneProjector: .*method/);
});

test("refuses what it cannot do", () => {
  const good = flat(scan(8, 4));
  expect(() => coneBeam({ ...good, detectorRows: 0 })).toThrow(/detectorRows is out of range \(got 0/);
  expect(() => coneBeam({ ...good, rowSpacing: 2 })).toThrow(/rowSpacing makes the cone too high \(got 2/);
  expect(() => coneBeam({ ...good, sourceDistance: 1.2 })).toThrow(/sourceDistance puts the source inside the image/);
  expect(() => coneBeam({ ...good, volume: { ...good.volume, slices: 1.5 } })).toThrow(/volume.slices is out of range/);
  expect(() => coneProjector(flatFan({ image: good.volume, ...good } as never) as never)).toThrow(/unknown|expected/);
  const geometry = coneBeam(good);
  expect(() => feldkamp(geometry, reshape(normal(key(1), [4]), [4]))).toThrow(/projections has another shape/);
  expect(() =>
    feldkamp({ ...geometry, angles: evenAngles(4, 1) }, normal(key(1), coneProjector(geometry).range)),
  ).toThrow(/angles leave a gap/);
});

/** The fields that make a geometry, to change some of them. */
function flat({ kind: _, ...fields }: ConeBeam): Omit<ConeBeam, "kind"> {
  return fields;
}
