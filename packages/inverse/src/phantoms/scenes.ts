/** Random scenes for radar. */
import { abs, complex, cos, mul, ShapeError, showShape, sin, tensor, type Tensor } from "@ansatz/tensor";
import { uniform, type Key } from "@ansatz/tensor/random";
import { checkCount } from "../check.ts";

/** Numbers that one object takes. */
const DRAWS = 8;

/**
 * Magnitudes of reflectors on a grid [x, y, z]: up to `count` ellipsoids and boxes, each of one magnitude in [0.2, 1], the largest scaled to 1; where they overlap
 * the larger counts. Centres lie within 0.7, half axes between 0.2 and 0.6, in halves of a side. The same key gives the same scene.
 * @throws ArgumentError unless count is at least 1; ShapeError unless there are three axes
 */
export async function randomReflectors(key: Key, shape: readonly number[], count = 4): Promise<Tensor> {
  const name = "randomReflectors";
  checkCount(name, "count", count);
  if (shape.length !== 3 || shape.some((n) => !(Number.isSafeInteger(n) && n > 0))) {
    throw new ShapeError(`${name}: a scene has three axes (got ${showShape(shape)}, expected [x, y, z]).`);
  }
  const draws = uniform(key, [count * DRAWS + 1], { dtype: "f64" });
  const u = await draws.data();
  draws.dispose();
  const objects = Array.from({ length: 1 + Math.floor(u[count * DRAWS] * count) }, (_, i) => {
    const own = u.subarray(i * DRAWS, (i + 1) * DRAWS);
    return {
      box: own[0] < 0.5,
      magnitude: 0.2 + 0.8 * own[1],
      centre: [2, 3, 4].map((k) => 1.4 * (own[k] - 0.5)),
      radii: [5, 6, 7].map((k) => 0.2 + 0.4 * own[k]),
    };
  });
  const largest = Math.max(...objects.map(({ magnitude }) => magnitude));
  const [nx, ny, nz] = shape;
  const values = new Float32Array(nx * ny * nz);
  for (let i = 0; i < values.length; i++) {
    const at = [Math.floor(i / (ny * nz)), Math.floor(i / nz) % ny, i % nz];
    for (const { box, magnitude, centre, radii } of objects) {
      const away = at.map((k, axis) => Math.abs((2 * k + 1) / shape[axis] - 1 - centre[axis]) / radii[axis]);
      const inside = box ? Math.max(...away) <= 1 : Math.hypot(...away) <= 1;
      if (inside) values[i] = Math.max(values[i], magnitude / largest);
    }
  }
  return tensor(values, { shape });
}

/** Complex values of given magnitudes with independent phases, uniform over the circle. */
export function randomPhases(key: Key, magnitudes: Tensor): Tensor {
  const { shape, device } = magnitudes;
  const size = abs(magnitudes);
  const phase = uniform(key, shape, { dtype: magnitudes.dtype as "f32", device, high: 2 * Math.PI });
  return complex(mul(size, cos(phase)), mul(size, sin(phase)));
}
