/** Echoes from tables of what each antenna does to each voxel: sums of products, without sines and cosines. */
import type { Tensor } from "@ansatz/tensor";
import { defineKernel } from "@ansatz/tensor/kernel";
import { constant } from "../constants.ts";
import type { Float, Int } from "../projectors/lines.ts";

/** An antenna as the tables need it. */
export interface Leg {
  /** Distances of all voxels. */
  readonly distances: readonly number[];
  /** What is left of a wave at each voxel. */
  readonly amplitudes: readonly number[];
}

/** Bytes of the tables: the receivers' are there twice, in the order that each direction reads. */
export function bytesOfTables(
  sizes: Readonly<Record<"frequencies" | "transmitters" | "receivers" | "voxels", number>>,
  precision: "f32" | "f64",
): number {
  const { frequencies, transmitters, receivers, voxels } = sizes;
  return 2 * frequencies * voxels * (transmitters + 2 * receivers) * (precision === "f32" ? 4 : 8);
}

const INPUTS = {
  /** Real and imaginary parts of `a e^(-j k d)` of the transmitters, [2, frequencies, transmitters, voxels]. */
  outward: { dtype: "float", rank: 4 },
  /** Of the receivers, [2, frequencies, receivers, voxels]. */
  back: { dtype: "float", rank: 4 },
  /** The same, [2, frequencies, voxels, receivers]. */
  turned: { dtype: "float", rank: 4 },
} as const;

/** Scene [voxels, 2] to echoes [frequencies, transmitters, receivers, 2]. */
const forward = /*@__PURE__*/ defineKernel({
  name: "mimoTablesForward",
  inputs: { scene: { dtype: "float", rank: 2 }, ...INPUTS },
  outputs: { echoes: { dtype: "float", shape: ({ outward, turned }) => [outward[1], outward[2], turned[3], 2] } },
  units: ({ outward, turned }) => [outward[1], outward[2], turned[3]],
  body: (k) => {
    const { scene, outward, turned } = k.inputs;
    const [f, t, r] = k.indices;
    const [re, im] = [k.variable("float", 0), k.variable("float", 0)];
    k.for(0, k.size(scene, 0), (v) => {
      const [a, b] = [k.load(scene, [v, 0]), k.load(scene, [v, 1])];
      const [c, s] = [k.load(outward, [0, f, t, v]), k.load(outward, [1, f, t, v])];
      const [x, y] = [a.mul(c).sub(b.mul(s)), a.mul(s).add(b.mul(c))];
      const [p, q] = [k.load(turned, [0, f, v, r]), k.load(turned, [1, f, v, r])];
      re.add(x.mul(p).sub(y.mul(q)));
      im.add(x.mul(q).add(y.mul(p)));
    });
    k.store(k.outputs.echoes, [f, t, r, 0], re.get());
    k.store(k.outputs.echoes, [f, t, r, 1], im.get());
  },
  vjp: ({ echoes }, { inputs: { outward, back, turned } }): { scene: Tensor } => ({
    scene: backward({ echoes, outward, back, turned }).scene,
  }),
});

/** The adjoint: both tables conjugated. */
const backward = /*@__PURE__*/ defineKernel({
  name: "mimoTablesAdjoint",
  inputs: { echoes: { dtype: "float", rank: 4 }, ...INPUTS },
  outputs: { scene: { dtype: "float", shape: ({ outward }) => [outward[3], 2] } },
  units: ({ outward }) => outward[3],
  body: (k) => {
    const { echoes, outward, back } = k.inputs;
    const v = k.index;
    const [transmitters, receivers] = [k.size(outward, 2), k.size(back, 2)];
    const [re, im] = [k.variable("float", 0), k.variable("float", 0)];
    k.for(0, k.size(outward, 1), (f) => {
      k.for(0, transmitters, (t) => {
        // What all receivers hear, moved back to the voxel, is moved back to the transmitter once.
        const heard = (part: 0 | 1): Float =>
          k.sum("float", 0, receivers, (r: Int) => {
            const [a, b] = [k.load(echoes, [f, t, r, 0]), k.load(echoes, [f, t, r, 1])];
            const [p, q] = [k.load(back, [0, f, r, v]), k.load(back, [1, f, r, v])];
            return part === 0 ? a.mul(p).add(b.mul(q)) : b.mul(p).sub(a.mul(q));
          });
        const [x, y] = [heard(0), heard(1)];
        const [c, s] = [k.load(outward, [0, f, t, v]), k.load(outward, [1, f, t, v])];
        re.add(x.mul(c).add(y.mul(s)));
        im.add(y.mul(c).sub(x.mul(s)));
      });
    });
    k.store(k.outputs.scene, [v, 0], re.get());
    k.store(k.outputs.scene, [v, 1], im.get());
  },
  vjp: ({ scene }, { inputs: { outward, back, turned } }): { echoes: Tensor } => ({
    echoes: forward({ scene, outward, back, turned }).echoes,
  }),
});

/** The operator from [voxels, 2] to [frequencies, transmitters, receivers, 2], and its adjoint. */
export function mimoTables(
  transmitters: readonly Leg[],
  receivers: readonly Leg[],
  waves: ArrayLike<number>,
  precision: "f32" | "f64",
): { forward(scene: Tensor): Tensor; adjoint(echoes: Tensor): Tensor } {
  const frequencies = waves.length;
  const voxels = transmitters[0].distances.length;
  /** Table [2, frequencies, legs, voxels], or with the last two exchanged; phases in double precision. */
  const table = (legs: readonly Leg[], exchanged: boolean) => {
    const values = new Float64Array(2 * frequencies * legs.length * voxels);
    const half = values.length / 2;
    for (let f = 0; f < frequencies; f++) {
      for (const [l, { distances, amplitudes }] of legs.entries()) {
        for (let v = 0; v < voxels; v++) {
          const phase = waves[f] * distances[v];
          const at = f * legs.length * voxels + (exchanged ? v * legs.length + l : l * voxels + v);
          values[at] = amplitudes[v] * Math.cos(phase);
          values[half + at] = -amplitudes[v] * Math.sin(phase);
        }
      }
    }
    const last = exchanged ? [voxels, legs.length] : [legs.length, voxels];
    return constant(values, [2, frequencies, ...last], precision);
  };
  const [outward, back, turned] = [table(transmitters, false), table(receivers, false), table(receivers, true)];
  const tables = (device: string) => ({ outward: outward(device), back: back(device), turned: turned(device) });
  return {
    forward: (scene) => forward({ scene, ...tables(scene.device) }).echoes,
    adjoint: (echoes) => backward({ echoes, ...tables(echoes.device) }).scene,
  };
}
