/** How far a denoiser is from the theory. */
import { add, checkOptions, div, isTensor, mul, scope, sub, type Tensor } from "@ansatz/tensor";
import { normal, type Key } from "@ansatz/tensor/random";
import { checkCount, checkPositive } from "../check.ts";
import { length, read } from "../vector.ts";
import type { Denoiser } from "./base.ts";
import { checkDenoiser } from "./wrap.ts";

/** Options of {@link residualLipschitz}. */
export interface LipschitzOptions {
  readonly key: Key;
  /** Length of the differences relative to the image's; 1e-3 when left out. */
  readonly step?: number;
  /** 20 when left out. */
  readonly iterations?: number;
}

/**
 * An estimate, from below, of the Lipschitz constant of `D - I` near a real image x, by the power iteration `v = d / |d|`,
 * `d = (D - I)(x + h v) - (D - I)(x)`. For strongly convex data terms plug-and-play ADMM converges when it is small enough (Ryu and others 2019).
 * @throws ArgumentError for an option outside its range
 */
export async function residualLipschitz(
  denoiser: Denoiser,
  x: Tensor,
  sigma: number,
  options: LipschitzOptions,
): Promise<number> {
  const name = "residualLipschitz";
  checkDenoiser(name, denoiser);
  checkOptions(name, options, ["key", "step", "iterations"]);
  const { key, step = 1e-3, iterations = 20 } = options;
  checkPositive(name, "step", step);
  checkCount(name, "iterations", iterations);
  const rest = async (z: Tensor): Promise<Tensor> => {
    const made = denoiser.denoise(z, sigma);
    const clean = isTensor(made) ? made : await made;
    const result = scope(() => sub(clean, z));
    clean.dispose();
    return result;
  };
  const h = step * Math.max(await read(() => length(x)), 1e-30);
  const here = await rest(x);
  let direction = scope(() => {
    const v = normal(key, x.shape, { dtype: x.dtype as "f32", device: x.device });
    return div(v, length(v));
  });
  let constant = 0;
  for (let i = 0; i < iterations; i++) {
    const moved = scope(() => add(x, mul(direction, h)));
    const there = await rest(moved);
    const size = await read(() => length(sub(there, here)));
    constant = size / h;
    const next = size > 0 ? scope(() => div(sub(there, here), size)) : scope(() => mul(direction, 1));
    for (const t of [moved, there, direction]) t.dispose();
    direction = next;
  }
  here.dispose();
  direction.dispose();
  return constant;
}
