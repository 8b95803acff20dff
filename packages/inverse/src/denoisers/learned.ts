/** Denoisers by trained networks, and their training. */
import { fit, type TrainResult, type TrainStep } from "@ansatz/nn";
import { adam, clipByNorm } from "@ansatz/optim";
import {
  add,
  astype,
  checkOptions,
  compile,
  full,
  mean,
  mul,
  reshape,
  sqrt,
  square,
  sub,
  treeLeaves,
  type Tensor,
  type Tree,
} from "@ansatz/tensor";
import { normal, uniform, type Key } from "@ansatz/tensor/random";
import { checkCount, checkFlag, checkPositive } from "../check.ts";
import { DNCNN_PAPER, DPIR_PAPER } from "../pnp/papers.ts";
import type { Denoiser } from "./base.ts";
import { checkNoisy, copyOf } from "./check.ts";
import type { DenoiserNet } from "./networks.ts";

/**
 * A network with given parameters as a denoiser. It computes in the precision of the parameters, on their device, and returns the image's own data type.
 * @throws from `denoise`, ShapeError for images that the network cannot take
 */
export function learnedDenoiser<P extends Tree>(net: DenoiserNet<P>, params: P): Denoiser {
  const name = "learnedDenoiser";
  const dtype = treeLeaves(params)[0].dtype as "f32" | "f64";
  const run = compile<[P, Tensor, number], Tensor>((p, x, sigma) => {
    const batch = astype(reshape(x, [1, ...x.shape]), dtype);
    const level = add(full([1], 0, { dtype, device: x.device } as never), sigma);
    return astype(reshape(net.apply(p as P, batch, level), x.shape), x.dtype as "f32");
  });
  return {
    name,
    citations: [DNCNN_PAPER, DPIR_PAPER],
    denoise(noisy, sigma) {
      checkNoisy(name, noisy, sigma, net.axes);
      return sigma === 0 ? copyOf(noisy) : run(params, noisy, sigma);
    },
  };
}

/** Options of {@link trainDenoiser}. */
export interface TrainDenoiserOptions<P extends Tree> {
  /** Parameters to start from; they stay yours. */
  readonly params: P;
  /** Images without noise, [count, ...image]. They stay yours. */
  readonly images: Tensor;
  readonly key: Key;
  readonly steps: number;
  /** 16 when left out. */
  readonly batchSize?: number;
  /** Levels of noise are uniform in [0, this]; 0.2 when left out. */
  readonly largestSigma?: number;
  /** Whether images are magnitudes of complex ones, and the noise is complex; false when left out. */
  readonly magnitude?: boolean;
  /** Learning rate of Adam at the start; it falls to zero along half a cosine. 3e-3 when left out. */
  readonly learningRate?: number;
  readonly signal?: AbortSignal;
  readonly onStep?: (step: TrainStep<P>) => void;
}

/** Keys that the loss draws from: levels, noise, and its imaginary part. */
const KEYS = 3;

/**
 * Trains a network to remove noise: Adam on `mean (D(x + sigma n, sigma) - x)^2` for images x, normal n and levels uniform in `[0, largestSigma]`, new in every step. With
 * `magnitude` the noisy image is `|x + sigma n|` with complex n of variance 1, which is what magnitudes of complex images look like. Gradients are clipped
 * to length 1.
 * @throws ArgumentError for an option outside its range
 */
export async function trainDenoiser<P extends Tree>(
  net: DenoiserNet<P>,
  options: TrainDenoiserOptions<P>,
): Promise<TrainResult<P>> {
  const name = "trainDenoiser";
  checkOptions(name, options, [
    "params",
    "images",
    "key",
    "steps",
    "batchSize",
    "largestSigma",
    "magnitude",
    "learningRate",
    "signal",
    "onStep",
  ]);
  const { params, images, key, steps, batchSize = 16, largestSigma = 0.2, magnitude = false } = options;
  const { learningRate = 3e-3, signal, onStep } = options;
  checkCount(name, "steps", steps);
  checkPositive(name, "largestSigma", largestSigma);
  checkPositive(name, "learningRate", learningRate);
  checkFlag(name, "magnitude", magnitude);
  const loss = (
    p: P,
    { x }: { readonly x: Tensor },
    [forLevel, forNoise, forPhase]: readonly Tensor<"u32">[],
  ): Tensor => {
    const { shape, device } = x;
    const dtype = x.dtype as "f32";
    const sigma = uniform(forLevel, [shape[0]], { dtype, device, high: largestSigma });
    const level = reshape(sigma, [shape[0], ...shape.slice(1).map(() => 1)]);
    const noise = (from: Tensor<"u32">): Tensor => mul(normal(from, shape, { dtype, device }), level);
    const noisy = magnitude
      ? sqrt(add(square(add(x, mul(noise(forNoise), Math.SQRT1_2))), square(mul(noise(forPhase), Math.SQRT1_2))))
      : add(x, noise(forNoise));
    return mean(square(sub(net.apply(p, noisy, sigma), x)));
  };
  return fit<P, { readonly x: Tensor }>({
    params,
    key,
    keys: KEYS,
    loss,
    data: { x: images },
    batchSize,
    steps,
    optimizer: clipByNorm(adam({ learningRate }), 1),
    learningRate: (step) => (learningRate * (1 + Math.cos((Math.PI * (step - 1)) / steps))) / 2,
    ...(signal === undefined ? {} : { signal }),
    ...(onStep === undefined ? {} : { onStep }),
  });
}
