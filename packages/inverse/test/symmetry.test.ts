/** Views in groups of four are the views they would be alone. */
import { evenAngles, parallelBeam, projector, selectViews, type Scan } from "@ansatz/inverse";
import { concat, grad, mul, sum, type Tensor } from "@ansatz/tensor";
import { key, normal } from "@ansatz/tensor/random";
import { expect, test } from "vitest";
import { read } from "./reader/common.ts";

const SQUARE = { rows: 11, columns: 11, pixel: 0.5 };

const SCANS: Readonly<Record<string, Scan>> = {
  "half a turn": { image: SQUARE, angles: evenAngles(12), detectors: 19, spacing: 0.5 },
  "a whole turn, even numbers": {
    image: { ...SQUARE, rows: 12, columns: 12 },
    angles: evenAngles(16, 2 * Math.PI),
    detectors: 18,
    spacing: 0.6,
  },
  "a detector that is too short": { image: SQUARE, angles: evenAngles(8), detectors: 5, spacing: 0.5 },
  "views in another order, some twice": {
    image: SQUARE,
    angles: [...evenAngles(12).reverse(), ...evenAngles(4)],
    detectors: 19,
    spacing: 0.5,
  },
  "views between": { image: SQUARE, angles: evenAngles(12, Math.PI, Math.PI / 24), detectors: 19, spacing: 0.5 },
};

test.each(Object.keys(SCANS))("%s", async (name) => {
  const geometry = parallelBeam(SCANS[name]);
  const a = projector(geometry, { dtype: "f64" });
  // A view without partners goes the usual way.
  const alone = geometry.angles.map((_, v) => projector(selectViews(geometry, [v]), { dtype: "f64" }));
  const x = normal(key(1), a.domain, { dtype: "f64" });
  const y = normal(key(2), a.range, { dtype: "f64" });
  const apart = await read(concat(alone.map((one) => one.apply(x))));
  for (const [i, value] of (await read(a.apply(x))).entries()) expect(value).toBeCloseTo(apart[i], 11);
  const back = await read(grad((image: Tensor) => sum(mul(concat(alone.map((one) => one.apply(image))), y)))(x));
  for (const [i, value] of (await read(a.adjoint(y))).entries()) expect(value).toBeCloseTo(back[i], 11);
  // Both kernels are each other's gradient.
  const own = await read(grad((image: Tensor) => sum(mul(a.apply(image), y)))(x));
  for (const [i, value] of own.entries()) expect(value).toBeCloseTo(back[i], 11);
  const forth = await read(grad((data: Tensor) => sum(mul(a.adjoint(data), x)))(y));
  for (const [i, value] of forth.entries()) expect(value).toBeCloseTo(apart[i], 11);
});
