/** Filtered back-projection inside of losses. */
import { curvedFan, evenAngles, filteredBackprojection, flatFan, parallelBeam, type Geometry } from "@ansatz/inverse";
import { grad, mul, sum, zeros, type Tensor } from "@ansatz/tensor";
import { linearOperator, adjointError } from "@ansatz/tensor/linear";
import { key } from "@ansatz/tensor/random";
import { expect, test } from "vitest";

const scan = { image: { rows: 7, columns: 8, pixel: 0.25 }, detectors: 9, spacing: 0.2 };
const turn = evenAngles(8, 2 * Math.PI);
const GEOMETRIES: Readonly<Record<string, Geometry>> = {
  parallel: parallelBeam({ ...scan, angles: evenAngles(8), offset: 0.03 }),
  "flat fan": flatFan({ ...scan, angles: turn, sourceDistance: 4, detectorDistance: 1 }),
  "curved fan": curvedFan({ ...scan, angles: turn, spacing: 0.05, sourceDistance: 4 }),
};

test.each(Object.keys(GEOMETRIES))("the gradient is the adjoint: %s", async (name) => {
  const geometry = GEOMETRIES[name];
  const apply = (y: Tensor): Tensor => filteredBackprojection(geometry, y, { window: "hann" });
  const range = [7, 8];
  const operator = linearOperator({
    domain: [8, 9],
    range,
    dtype: "f64",
    apply,
    // Where the gradient of a linear map is taken makes no difference.
    adjoint: (x) => grad((y: Tensor) => sum(mul(apply(y), x)))(zeros([8, 9], { dtype: "f64" })),
  });
  for (const seed of [1, 2]) expect(await adjointError(operator, key(seed))).toBeLessThanOrEqual(1e-12);
});
