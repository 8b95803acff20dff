/** Near-field radar with several transmitters and receivers. */
import { ArgumentError, asComplex, asReal, checkOptions, reshape, type Tensor } from "@ansatz/tensor";
import { cosExpr, defineKernel, sinExpr } from "@ansatz/tensor/kernel";
import { linearOperator, type LinearOperator } from "@ansatz/tensor/linear";
import { checkChoice, checkCount, checkNonNegative, checkNumbers, checkPositive } from "../check.ts";
import { constant } from "../constants.ts";
import { bytesOfTables, mimoTables, type Leg } from "./mimoTables.ts";

/** Speed of light in m/s. */
export const SPEED_OF_LIGHT = 299792458;

/** A point in metres. */
export type Point = readonly [x: number, y: number, z: number];

/** Antennas, frequencies, and the grid of voxels; see {@link mimoOperator}. */
export interface MimoSetup {
  readonly transmitters: readonly Point[];
  readonly receivers: readonly Point[];
  /** In Hz. */
  readonly frequencies: readonly number[];
  /** Coordinates of the voxels along each axis, in metres. */
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly z: readonly number[];
}

/** Options of {@link mimoOperator}. */
export interface MimoOptions {
  /** Data type of real parts: f32, and the operator c64, when left out; f64 and c128. */
  readonly precision?: "f32" | "f64";
  /** Whether waves fall off as `1 / (4 pi d)` on each way; true when left out. */
  readonly amplitude?: boolean;
  /** Most bytes of stored phases, 2^26 when left out; with more, and with 0, they are computed anew in every application. */
  readonly storage?: number;
}

/** Everything that both kernels take besides the data: inverse factors and turns per metre. */
interface Arrays {
  /** Amplitude and distance of every voxel to a transmitter, [transmitters, 2, voxels]. */
  readonly outward: Tensor;
  /** The same to a receiver, [receivers, 2, voxels]. */
  readonly back: Tensor;
  /** Wave numbers in radians per metre, [frequencies]. */
  readonly waves: Tensor;
}

const INPUTS = {
  outward: { dtype: "float", rank: 3 },
  back: { dtype: "float", rank: 3 },
  waves: { dtype: "float", rank: 1 },
} as const;

const forward = /*@__PURE__*/ defineKernel({
  name: "mimoForward",
  inputs: { scene: { dtype: "float", rank: 2 }, ...INPUTS },
  outputs: { echoes: { dtype: "float", shape: ({ outward, back, waves }) => [waves[0] * outward[0] * back[0], 2] } },
  units: ({ outward, back, waves }) => [waves[0], outward[0], back[0]],
  body: (k) => {
    const { scene, outward, back, waves } = k.inputs;
    const [f, t, r] = k.indices;
    const wave = k.load(waves, f);
    const [re, im] = [k.variable("float", 0), k.variable("float", 0)];
    k.for(0, k.size(scene, 0), (v) => {
      const size = k.load(outward, [t, 0, v]).mul(k.load(back, [r, 0, v]));
      const phase = k
        .load(outward, [t, 1, v])
        .add(k.load(back, [r, 1, v]))
        .mul(wave);
      const [c, s] = [k.apply(cosExpr, phase), k.apply(sinExpr, phase)];
      const [a, b] = [k.load(scene, [v, 0]), k.load(scene, [v, 1])];
      re.add(size.mul(a.mul(c).add(b.mul(s))));
      im.add(size.mul(b.mul(c).sub(a.mul(s))));
    });
    const at = f.mul(k.size(outward, 0)).add(t).mul(k.size(back, 0)).add(r);
    k.store(k.outputs.echoes, [at, 0], re.get());
    k.store(k.outputs.echoes, [at, 1], im.get());
  },
  vjp: ({ echoes }, { inputs: { outward, back, waves } }): { scene: Tensor } => ({
    scene: backward({ echoes, outward, back, waves }).scene,
  }),
});

const backward = /*@__PURE__*/ defineKernel({
  name: "mimoAdjoint",
  inputs: { echoes: { dtype: "float", rank: 2 }, ...INPUTS },
  outputs: { scene: { dtype: "float", shape: ({ outward }) => [outward[2], 2] } },
  units: ({ outward }) => outward[2],
  body: (k) => {
    const { echoes, outward, back, waves } = k.inputs;
    const v = k.index;
    const [transmitters, receivers] = [k.size(outward, 0), k.size(back, 0)];
    const [re, im] = [k.variable("float", 0), k.variable("float", 0)];
    k.for(0, k.size(waves, 0), (f) => {
      const wave = k.load(waves, f);
      k.for(0, transmitters, (t) => {
        k.for(0, receivers, (r) => {
          const size = k.load(outward, [t, 0, v]).mul(k.load(back, [r, 0, v]));
          const phase = k
            .load(outward, [t, 1, v])
            .add(k.load(back, [r, 1, v]))
            .mul(wave);
          const [c, s] = [k.apply(cosExpr, phase), k.apply(sinExpr, phase)];
          const at = f.mul(transmitters).add(t).mul(receivers).add(r);
          const [a, b] = [k.load(echoes, [at, 0]), k.load(echoes, [at, 1])];
          re.add(size.mul(a.mul(c).sub(b.mul(s))));
          im.add(size.mul(b.mul(c).add(a.mul(s))));
        });
      });
    });
    k.store(k.outputs.scene, [v, 0], re.get());
    k.store(k.outputs.scene, [v, 1], im.get());
  },
  vjp: ({ scene }, { inputs: { outward, back, waves } }): { echoes: Tensor } => ({
    echoes: forward({ scene, outward, back, waves }).echoes,
  }),
});

/** Throws unless a setup is complete, with every antenna away from every voxel. */
export function checkSetup(name: string, setup: MimoSetup): void {
  checkOptions(name, setup, ["transmitters", "receivers", "frequencies", "x", "y", "z"]);
  for (const field of ["frequencies", "x", "y", "z"] as const) checkNumbers(name, field, setup[field]);
  for (const field of ["transmitters", "receivers"] as const) {
    checkNumbers(name, field, setup[field]?.flat());
    for (const [i, point] of setup[field].entries()) {
      const { length }: readonly number[] = point;
      if (length !== 3)
        throw new ArgumentError(`${name}: ${field}[${i}] is no point (got ${length} numbers, expected 3).`);
    }
  }
  const slow = setup.frequencies.find((f) => !(f > 0));
  if (slow !== undefined) throw new ArgumentError(`${name}: frequencies must be above 0 (got ${slow}).`);
}

/** Distances of all voxels from a point, in the order x, y, z with z fastest. */
export function distancesFrom(name: string, [px, py, pz]: Point, { x, y, z }: MimoSetup): number[] {
  return x.flatMap((vx) =>
    y.flatMap((vy) =>
      z.map((vz) => {
        const d = Math.hypot(vx - px, vy - py, vz - pz);
        if (d === 0)
          throw new ArgumentError(
            `${name}: an antenna coincides with a voxel (got distance 0 at ${px}, ${py}, ${pz}).`,
          );
        return d;
      }),
    ),
  );
}

/**
 * Echoes of a complex scene in the Born approximation, with isotropic antennas:
 * `y[k, t, r] = sum_v s_v e^(-2 pi j f_k (d_t + d_r) / c) / ((4 pi)^2 d_t d_r)`, d the distances of voxel v from transmitter t and
 * receiver r. From [x, y, z] to [frequencies, transmitters, receivers].
 *
 * The sum is evaluated by its factors `e^(-2 pi j f d_t / c) / (4 pi d_t)`, and the same of receivers, which are stored: frequencies x
 * voxels x (transmitters + 2 receivers) complex numbers, where a matrix has transmitters x receivers of them. Cost: frequencies x
 * transmitters x receivers x voxels complex products, for the adjoint, which is the back-projection of the echoes, as well. Where that is
 * more than `storage`, only distances are stored, and every product takes a sine and a cosine; in f32 their phases are rounded to about
 * 1e-7 of themselves.
 * @throws ArgumentError for a frequency <= 0, an antenna in a voxel, or points that are not finite
 */
export function mimoOperator(setup: MimoSetup, options: MimoOptions = {}): LinearOperator {
  const name = "mimoOperator";
  checkSetup(name, setup);
  checkOptions(name, options, ["precision", "amplitude", "storage"]);
  const { precision = "f32", amplitude = true, storage = 2 ** 26 } = options;
  checkNonNegative(name, "storage", storage);
  checkChoice(name, "precision", precision, ["f32", "f64"]);
  const { transmitters, receivers, frequencies, x, y, z } = setup;
  const voxels = x.length * y.length * z.length;
  const legsOf = (points: readonly Point[]): Leg[] =>
    points.map((point) => {
      const distances = distancesFrom(name, point, setup);
      return { distances, amplitudes: distances.map((d) => (amplitude ? 1 / (4 * Math.PI * d) : 1)) };
    });
  const waves = Float64Array.from(frequencies, (f) => (2 * Math.PI * f) / SPEED_OF_LIGHT);
  const sizes = {
    frequencies: frequencies.length,
    transmitters: transmitters.length,
    receivers: receivers.length,
    voxels,
  };
  const make = bytesOfTables(sizes, precision) <= storage ? mimoTables : mimoPhases;
  const { forward: echo, adjoint: image } = make(legsOf(transmitters), legsOf(receivers), waves, precision);
  const domain = [x.length, y.length, z.length];
  const range = [frequencies.length, transmitters.length, receivers.length];
  return linearOperator({
    name,
    domain,
    range,
    dtype: precision === "f32" ? "c64" : "c128",
    apply: (scene) => reshape(asComplex(echo(asReal(reshape(scene, [voxels])))), range),
    adjoint: (echoes) => reshape(asComplex(image(asReal(echoes))), domain),
  });
}

/** The operator of {@link mimoTables} with phases that are computed as they are needed. */
function mimoPhases(
  transmitters: readonly Leg[],
  receivers: readonly Leg[],
  waves: ArrayLike<number>,
  precision: "f32" | "f64",
): ReturnType<typeof mimoTables> {
  const voxels = transmitters[0].distances.length;
  const table = (legs: readonly Leg[]): ((device: string) => Tensor) => {
    const values = legs.flatMap(({ amplitudes, distances }) => [...amplitudes, ...distances]);
    return constant(Float64Array.from(values), [legs.length, 2, voxels], precision);
  };
  const [outward, back] = [table(transmitters), table(receivers)];
  const numbers = constant(Float64Array.from(waves), [waves.length], precision);
  const arrays = (device: string): Arrays => ({ outward: outward(device), back: back(device), waves: numbers(device) });
  const count = waves.length * transmitters.length * receivers.length;
  return {
    forward: (scene) => forward({ scene, ...arrays(scene.device) }).echoes,
    adjoint: (echoes) => backward({ echoes: reshape(echoes, [count, 2]), ...arrays(echoes.device) }).scene,
  };
}

/** Points at equal distances on a line along an axis through 0, from `-aperture / 2` to `aperture / 2`. @throws ArgumentError unless count is at least 1 */
export function linearArray(axis: "x" | "y", count: number, aperture: number): Point[] {
  const name = "linearArray";
  checkChoice(name, "axis", axis, ["x", "y"]);
  checkCount(name, "count", count);
  checkPositive(name, "aperture", aperture);
  return Array.from({ length: count }, (_, i): Point => {
    const at = count === 1 ? 0 : (i / (count - 1) - 0.5) * aperture;
    return axis === "x" ? [at, 0, 0] : [0, at, 0];
  });
}
