/** Scenes of reflecting points for radar. */
import { ArgumentError, checkOptions, complex, tensor, type Tensor } from "@ansatz/tensor";
import { permutation, uniform, type Key } from "@ansatz/tensor/random";
import { checkChoice, checkCount, checkFinite, checkNonNegative } from "../check.ts";
import { checkSetup, type MimoSetup, type Point } from "../operators/mimo.ts";

/** A reflecting point. */
export interface Reflector {
  /** In metres; it is put into the nearest voxel. */
  readonly position: Point;
  /** 1 when left out. */
  readonly magnitude?: number;
  /** In radians; 0 when left out. */
  readonly phase?: number;
}

/** Options of scenes. */
export interface SceneOptions {
  /** f32, and the scene c64, when left out; f64 and c128. */
  readonly precision?: "f32" | "f64";
}

/** Position of the value next to `x` in a list. */
function nearest(values: readonly number[], x: number): number {
  return values.reduce((best, v, i) => (Math.abs(v - x) < Math.abs(values[best] - x) ? i : best), 0);
}

/** Complex numbers by magnitude and phase as a scene. */
function sceneOf(setup: MimoSetup, values: Map<number, readonly [number, number]>, precision: "f32" | "f64"): Tensor {
  const shape = [setup.x.length, setup.y.length, setup.z.length];
  const size = shape[0] * shape[1] * shape[2];
  const [re, im] = [new Float64Array(size), new Float64Array(size)];
  for (const [at, [magnitude, phase]] of values) {
    re[at] += magnitude * Math.cos(phase);
    im[at] += magnitude * Math.sin(phase);
  }
  const part = (numbers: Float64Array): Tensor => tensor(numbers, { shape, dtype: precision });
  return complex(part(re), part(im));
}

/**
 * The scene [x, y, z] of some points on the grid of a radar.
 * @throws ArgumentError for a point outside of the grid by more than a voxel, two in one voxel, or a negative magnitude
 */
export function pointScene(setup: MimoSetup, points: readonly Reflector[], options: SceneOptions = {}): Tensor {
  const name = "pointScene";
  checkSetup(name, setup);
  checkOptions(name, options, ["precision"]);
  const { precision = "f32" } = options;
  checkChoice(name, "precision", precision, ["f32", "f64"]);
  const axes = [setup.x, setup.y, setup.z];
  const values = new Map<number, readonly [number, number]>();
  for (const [i, { position, magnitude = 1, phase = 0 }] of points.entries()) {
    checkNonNegative(name, `points[${i}].magnitude`, magnitude);
    checkFinite(name, `points[${i}].phase`, phase);
    let at = 0;
    for (const [a, list] of axes.entries()) {
      checkFinite(name, `points[${i}].position[${a}]`, position?.[a]);
      const found = nearest(list, position[a]);
      const [low, high] = [Math.min(...list), Math.max(...list)];
      const step = list.length > 1 ? (high - low) / (list.length - 1) : Infinity;
      if (Math.abs(list[found] - position[a]) > step) {
        throw new ArgumentError(
          `${name}: points[${i}] is outside of the grid (got ${position[a]} on axis ${"xyz"[a]}, expected ${low} to ${high}).`,
        );
      }
      at = at * list.length + found;
    }
    if (values.has(at)) throw new ArgumentError(`${name}: points[${i}] is in the voxel of another one.`);
    values.set(at, [magnitude, phase]);
  }
  return sceneOf(setup, values, precision);
}

/**
 * A scene of `count` points in different voxels, with magnitudes in (0, 1] and any phases. The same key gives the same scene.
 * @throws ArgumentError for more points than voxels
 */
export async function randomPoints(
  key: Key,
  setup: MimoSetup,
  count: number,
  options: SceneOptions = {},
): Promise<Tensor> {
  const name = "randomPoints";
  checkSetup(name, setup);
  checkOptions(name, options, ["precision"]);
  const { precision = "f32" } = options;
  checkChoice(name, "precision", precision, ["f32", "f64"]);
  checkCount(name, "count", count, 0);
  const size = setup.x.length * setup.y.length * setup.z.length;
  if (count > size) throw new ArgumentError(`${name}: count is too large (got ${count}, expected at most ${size}).`);
  const [places, draws] = key.split(2);
  const order = await permutation(places, size, { device: "cpu" }).data();
  const numbers = await uniform(draws, [count, 2], { dtype: "f64", device: "cpu" }).data();
  const values = new Map<number, readonly [number, number]>();
  for (let i = 0; i < count; i++) {
    values.set(Number(order[i]), [1 - numbers[2 * i], 2 * Math.PI * numbers[2 * i + 1]]);
  }
  return sceneOf(setup, values, precision);
}
