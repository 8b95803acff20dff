/** Small problems that several tests use. */
import { tensor, type Tensor } from "@ansatz/tensor";
import type { MixtureOptions } from "@ansatz/samplers/problems";

/** Three separated bumps in the plane. */
export const BUMPS: MixtureOptions = {
  weights: [0.3, 0.5, 0.2],
  means: [
    [1.5, 0],
    [-1, 1.2],
    [0, -1.8],
  ],
  variances: [
    [0.05, 0.1],
    [0.2, 0.05],
    [0.1, 0.1],
  ],
};

/** Two broad bumps in space: smooth enough for measuring orders. */
export const SMOOTH: MixtureOptions = {
  weights: [0.5, 0.5],
  means: [
    [0.5, -0.3, 0.2],
    [-0.4, 0.4, -0.1],
  ],
  variances: [
    [0.3, 0.4, 0.5],
    [0.5, 0.3, 0.35],
  ],
};

/** Fixed starting points for {@link SMOOTH}. */
export const SMOOTH_START: readonly (readonly number[])[] = [
  [-0.25411, 0.63719, -0.74379],
  [1.4559, 0.03087, 0.78385],
  [1.21626, -0.26219, -1.16394],
  [-0.74776, -1.1205, 0.4021],
];

/** Fixed starting points for {@link BUMPS}. */
export const BUMPS_START: readonly (readonly number[])[] = [
  [0.34, -1.2],
  [-0.9, 0.45],
  [1.3, 0.8],
  [-0.2, -0.3],
];

export function rows(values: readonly (readonly number[])[], dtype: "f32" | "f64" = "f64", device = "cpu"): Tensor {
  const data = values.flat();
  const array = dtype === "f64" ? Float64Array.from(data) : Float32Array.from(data);
  return tensor(array, { shape: [values.length, values[0].length], device });
}

export function flat(values: readonly (readonly number[])[]): Float64Array {
  return Float64Array.from(values.flat());
}

export async function read(x: Tensor): Promise<number[]> {
  return Array.from((await x.data()) as ArrayLike<number>);
}

export function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`lengths ${a.length} and ${b.length}`);
  let worst = 0;
  for (let i = 0; i < a.length; i++) worst = Math.max(worst, Math.abs(a[i] - b[i]));
  return Number.isNaN(worst) ? Infinity : worst;
}

export function rmsDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum / a.length);
}
