/** What every run checks and prepares at its start. */
import { ArgumentError, checkOptions, DTypeError, isTensor, type Tensor } from "@ansatz/tensor";
import { Key, normal } from "@ansatz/tensor/random";
import { checkOutput } from "../predictions/denoiser.ts";
import type { BeginOptions } from "../samplers/base.ts";
import type { Draw } from "./plan.ts";

/** Throws unless `x` is a tensor of floats. */
export function checkSignal(name: string, x: Tensor): Tensor {
  if (!isTensor(x)) {
    throw new ArgumentError(`${name}: the signal must be a tensor (got ${typeof x}, expected an f32 or f64 tensor).`);
  }
  if (x.dtype !== "f32" && x.dtype !== "f64") {
    throw new DTypeError(`${name}: the signal must be floating point (got ${x.dtype}, expected f32 or f64).`);
  }
  return x;
}

/** Throws for options that no run has. */
export function checkBegin(name: string, options: BeginOptions | undefined): void {
  checkOptions(name, options, ["schedule", "key", "noise", "inputs"]);
}

/** The noise of a run: handed in, or drawn from the key folded with the number of the step. */
export function noiseSource(name: string, options: BeginOptions): (draw: Draw, like: Tensor) => Tensor {
  const { key, noise } = options;
  if (noise !== undefined && key !== undefined) {
    throw new ArgumentError(`${name}: two sources of randomness (got a key and a noise function, expected one).`);
  }
  if (noise !== undefined) {
    return ({ step, from, to }, like) => {
      const drawn = noise({ step, from, to, shape: like.shape, ...typeOf(like) });
      checkOutput(`${name}: noise`, drawn, like);
      return drawn;
    };
  }
  if (key === undefined) {
    throw new ArgumentError(
      `${name}: this sampler adds noise (got neither key nor noise, expected one of them). Pass \`key: key(seed)\`.`,
    );
  }
  if (!(key instanceof Key)) {
    throw new ArgumentError(`${name}: not a key (got ${String(key)}, expected key(seed) of @ansatz/tensor/random).`);
  }
  return ({ step }, like) => normal(key.fold(step), like.shape, typeOf(like));
}

function typeOf(like: Tensor): { dtype: "f32" | "f64"; device: string } {
  return { dtype: like.dtype as "f32" | "f64", device: like.device };
}
