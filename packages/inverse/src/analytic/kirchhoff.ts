/** Kirchhoff migration of near-field radar data. */
import {
  ArgumentError,
  complex,
  imag,
  mul,
  real,
  reshape,
  sub,
  add,
  sum,
  tensor,
  isComplex,
  matmul,
  slice,
  type Tensor,
} from "@ansatz/tensor";
import { checkShaped } from "../check.ts";
import { checkSetup, distancesFrom, SPEED_OF_LIGHT, type MimoSetup, type Point } from "../operators/mimo.ts";

/**
 * Migrates echoes [frequencies, transmitters, receivers] to a scene [x, y, z]: for every voxel the sum over all measurements of
 * `y w_t w_r`, `w = (j k - 1 / d) e^(j k d) / d (z / d)` on the way to the transmitter and to the receiver, k the wave number: Rayleigh's integral for
 * each way, for antennas in planes z = const with z the distance in depth. An image, not an inverse: its scale is that of the
 * integral. For real frequencies and any positions; computed frequency by frequency, so that memory is that of one.
 * Cost: as the adjoint of the operator.
 * Source: Zhuge and Yarovoy, IEEE Trans. Geosci. Remote Sens. 49 (2011), section III.
 * @throws ShapeError for another shape, ArgumentError for echoes that are not complex
 */
export function kirchhoffMigration(setup: MimoSetup, echoes: Tensor): Tensor {
  const name = "kirchhoffMigration";
  checkSetup(name, setup);
  const { transmitters, receivers, frequencies, x, y, z } = setup;
  const shape = [frequencies.length, transmitters.length, receivers.length];
  checkShaped(name, "echoes", echoes, shape);
  if (!isComplex(echoes.dtype)) throw new ArgumentError(`${name}: echoes are not complex (got ${echoes.dtype}).`);
  const voxels = x.length * y.length * z.length;
  const dtype = echoes.dtype === "c64" ? "f32" : "f64";
  const constant = (values: readonly number[], dims: readonly number[]): Tensor =>
    tensor(Float64Array.from(values), { shape: dims, dtype, device: echoes.device });
  const depth = (point: Point): number[] => x.flatMap(() => y.flatMap(() => z.map((vz) => Math.abs(vz - point[2]))));
  const legs = (points: readonly Point[]) =>
    points.map((point) => ({ d: distancesFrom(name, point, setup), depth: depth(point) }));
  const [outward, back] = [legs(transmitters), legs(receivers)];
  /** Real and imaginary weights of a way, [points, voxels]. */
  const weights = (ways: ReturnType<typeof legs>, k: number): readonly [Tensor, Tensor] => {
    const parts = ways.map(({ d, depth: h }) =>
      d.map((v, i) => {
        const [c, s] = [Math.cos(k * v), Math.sin(k * v)];
        const size = h[i] / (v * v);
        return [(-c / v - k * s) * size, (k * c - s / v) * size];
      }),
    );
    return [0, 1].map((p) =>
      constant(
        parts.flatMap((row) => row.map((w) => w[p])),
        [ways.length, voxels],
      ),
    ) as [Tensor, Tensor];
  };
  const [re, im] = [real(echoes), imag(echoes)];
  const images = frequencies.map((frequency, f) => {
    const k = (2 * Math.PI * frequency) / SPEED_OF_LIGHT;
    const [tr, ti] = weights(outward, k);
    const [rr, ri] = weights(back, k);
    const [a, b] = [re, im].map((part) => reshape(slice(part, [f]), [transmitters.length, receivers.length]));
    // Sum over receivers, then over transmitters.
    const [hr, hi] = [sub(matmul(a, rr), matmul(b, ri)), add(matmul(a, ri), matmul(b, rr))];
    return [sum(sub(mul(tr, hr), mul(ti, hi)), { axis: 0 }), sum(add(mul(tr, hi), mul(ti, hr)), { axis: 0 })] as const;
  });
  const total = (p: 0 | 1): Tensor => images.map((image) => image[p]).reduce((s, t) => add(s, t));
  return reshape(complex(total(0), total(1)), [x.length, y.length, z.length]);
}
