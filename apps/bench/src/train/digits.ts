/** Training of the digit denoiser. */
import { train, type Loss, type TrainResult, type TrainState, type TrainStep, type UNetParams } from "@ansatz/nn";
import { adam, type Optimizer } from "@ansatz/optim";
import { add, astype, compile, mean, mul, reshape, square, sub, take, tensor, type Tensor } from "@ansatz/tensor";
import { key, keyTensor, normal, randint } from "@ansatz/tensor/random";
import { imageTensor, type DigitSet } from "../data/digits.ts";
import { digitNetwork, digitSchedule } from "../models/digitDenoiser.ts";

/** Settings of {@link trainDigits}. */
export interface TrainDigitsOptions {
  readonly data: DigitSet;
  readonly seed: number;
  readonly steps: number;
  readonly batchSize: number;
  /** The default device when left out. */
  readonly device?: string;
  /** State of an interrupted run with the same settings; its tensors then belong to the run. */
  readonly resume?: TrainState<UNetParams>;
  readonly signal?: AbortSignal;
}

/** Settings of the shipped checkpoint. */
export const DIGIT_TRAINING: Pick<TrainDigitsOptions, "seed" | "steps" | "batchSize"> = {
  seed: 1,
  steps: 2400,
  batchSize: 64,
};

const PEAK_RATE = 1.5e-3;
const WARMUP = 150;

/** Linear warm-up, then half a cosine down to a fiftieth of the peak. */
function learningRate(step: number, steps: number): number {
  const warm = Math.min(1, step / WARMUP);
  const cosine = 0.5 * (1 + Math.cos((Math.PI * step) / steps));
  return PEAK_RATE * warm * (0.02 + 0.98 * cosine);
}

/** A batch of images. */
type Batch = { readonly x: Tensor };

/** Keys that the loss draws from: times and noise. */
const KEYS = 2;

/** `mean (eps(alpha_t x0 + sigma_t n, t) - n)^2` for random times t and noise n. */
function noiseLoss(device: string): Loss<UNetParams, Batch> {
  const network = digitNetwork();
  const schedule = digitSchedule();
  const alphas = tensor(Float32Array.from(schedule.alphas), { device });
  const sigmas = tensor(Float32Array.from(schedule.sigmas), { device });
  return (params, batch, [forTime, forNoise]) => {
    const count = batch.x.shape[0];
    const time = randint(forTime, [count], 0, schedule.count, { device });
    const noise = normal(forNoise, batch.x.shape, { device });
    const scale = (table: Tensor): Tensor => reshape(take(table, time), [count, 1, 1, 1]);
    const noisy = add(mul(batch.x, scale(alphas)), mul(noise, scale(sigmas)));
    return mean(square(sub(network.apply(params, noisy, astype(time, "f32")), noise)));
  };
}

/** The optimiser of the training, as a saved state has to name it. */
export function digitOptimizer(): Optimizer {
  return adam();
}

/**
 * Trains the denoiser to predict the noise: for random images x0, times t and noise n it minimises
 * `mean (eps(alpha_t x0 + sigma_t n, t) - n)^2` (Ho, Jain and Abbeel 2020, equation 14) with Adam, and keeps a moving
 * average of the weights, which is what is used afterwards.
 */
export function trainDigits(
  options: TrainDigitsOptions,
): AsyncGenerator<TrainStep<UNetParams>, TrainResult<UNetParams>, void> {
  const { data, seed, steps, batchSize, device = "cpu", resume, signal } = options;
  const root = key(seed);
  const start =
    resume === undefined ? { params: digitNetwork().init(root.fold(0), { device }), key: root.fold(1) } : { resume };
  return train({
    ...start,
    keys: KEYS,
    loss: noiseLoss(device),
    data: { x: imageTensor(data, device) },
    optimizer: digitOptimizer(),
    learningRate: (step) => learningRate(step, steps),
    batchSize,
    steps,
    ema: { decay: 0.995 },
    signal,
  });
}

/** Images, and draws of times and noise for each, on which {@link heldBackLoss} is measured. */
const EVALUATION = { images: 250, rounds: 4, seed: 7 };

/** The loss on images that were not trained on, always over the same times and noises. */
export async function heldBackLoss(params: UNetParams, data: DigitSet, device: string): Promise<number> {
  using x = imageTensor(data, device, Math.min(data.count, EVALUATION.images));
  const loss = noiseLoss(device);
  const evaluate = compile<[UNetParams, Tensor, Tensor, Tensor], Tensor>((p, images, forTime, forNoise) =>
    loss(p, { x: images }, [forTime, forNoise] as Tensor<"u32">[]),
  );
  let total = 0;
  for (let i = 0; i < EVALUATION.rounds; i++) {
    const [forTime, forNoise] = key(EVALUATION.seed).fold(i).split(KEYS);
    using a = keyTensor(forTime, { device });
    using b = keyTensor(forNoise, { device });
    using value = evaluate(params, x, a, b);
    total += Number(await value.item());
  }
  return total / EVALUATION.rounds;
}
