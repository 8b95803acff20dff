/** Training networks that propose directions for Poisson's equation. */
import { adam, clipByNorm } from "@ansatz/optim";
import { directionLoss } from "@ansatz/optim/linear";
import {
  add,
  ArgumentError,
  checkOptions,
  div,
  exp,
  matmul,
  mean,
  mul,
  pad,
  slice,
  sqrt,
  square,
  sub,
  sum,
  tensor,
  zeros,
  type Citation,
  type Range,
  type Tensor,
} from "@ansatz/tensor";
import { normal, uniform, type Key } from "@ansatz/tensor/random";
import { checkInteger, checkNumber } from "../check.ts";
import { DIRECTIONS_PAPER } from "../citation.ts";
import type { DirectionNet, DirectionNetParams } from "../models/directionNet.ts";
import type { TrainStatus, TrainStep } from "./result.ts";
import { fit } from "./train.ts";

/** Steps on grids of one size. */
export interface DirectionStage {
  /** Points along an axis. */
  readonly size: number;
  readonly steps: number;
  /** Right-hand sides per step; 8 when left out. */
  readonly batchSize?: number;
  /** Learning rate of Adam at the start of the stage; it falls to zero along a half cosine. 3e-3 when left out. */
  readonly learningRate?: number;
}

/** Options of {@link trainDirections}. */
export interface TrainDirectionsOptions {
  /** Parameters to start from; they stay yours. */
  readonly params: DirectionNetParams;
  readonly key: Key;
  /** Stages, one after the other: small grids first. */
  readonly stages: readonly DirectionStage[];
  /**
   * How smooth right-hand sides get, >= 0: modes with eigenvalue l are weighted by `l^-s`, with s uniform in [0, smoothness] for
   * each. 1 when left out.
   */
  readonly smoothness?: number;
  readonly signal?: AbortSignal;
  readonly onStep?: (step: TrainStep<DirectionNetParams> & { readonly stage: number }) => void;
}

/** Result of {@link trainDirections}. */
export interface TrainDirectionsResult {
  readonly params: DirectionNetParams;
  readonly status: TrainStatus;
  /** The status of the last stage as a sentence. */
  readonly message: string;
  /** The smoothed loss at the end of every stage. */
  readonly losses: readonly number[];
  readonly citations: readonly Citation[];
}

/**
 * Trains a network without solutions (Kaneda and others 2023): the mean of `|b - alpha A f(b)|^2` over random right-hand sides b
 * of length 1, with A the five-point Laplacian. Right-hand sides are drawn anew in every step, as combinations of the sine modes,
 * which are its eigenvectors. Gradients are clipped to length 1.
 *
 * A network trained on small grids first and on larger ones for a few steps keeps its iteration count on both.
 * @throws ArgumentError for an option outside its range
 */
export async function trainDirections(
  net: DirectionNet,
  options: TrainDirectionsOptions,
): Promise<TrainDirectionsResult> {
  const name = "trainDirections";
  checkOptions(name, options, ["params", "key", "stages", "smoothness", "signal", "onStep"]);
  const { key, stages, smoothness = 1, signal, onStep } = options;
  checkNumber(name, "smoothness", smoothness, 0, true);
  if (!Array.isArray(stages) || stages.length === 0) {
    throw new ArgumentError(`${name}: stages must be a list with at least one entry.`);
  }
  let { params } = options;
  const losses: number[] = [];
  for (const [stage, given] of (stages as readonly DirectionStage[]).entries()) {
    checkOptions(name, given, ["size", "steps", "batchSize", "learningRate"]);
    const { size, steps, batchSize = 8, learningRate = 3e-3 } = given;
    for (const [field, value] of Object.entries({ size, steps, batchSize })) checkInteger(name, field, value, 1);
    const { device } = params.head.weight;
    const { modes, logarithms } = sineModes(size, device);
    const nothing = zeros([batchSize], { device });
    const result = await fit<DirectionNetParams, Tensor>({
      params,
      key: key.fold(stage),
      keys: 2,
      data: nothing,
      batchSize,
      steps,
      optimizer: clipByNorm(adam({ learningRate }), 1),
      learningRate: (step) => (learningRate * (1 + Math.cos((Math.PI * (step - 1)) / steps))) / 2,
      ...(signal === undefined ? {} : { signal }),
      ...(onStep === undefined ? {} : { onStep: (step) => onStep({ ...step, stage }) }),
      loss: (p, _, [forCoefficients, forSmoothness]) => {
        const shape = [batchSize, size, size];
        const s = mul(uniform(forSmoothness, [batchSize, 1, 1]), -smoothness);
        const coefficients = mul(normal(forCoefficients, shape), exp(mul(logarithms, s)));
        const mixed = matmul(matmul(modes, coefficients), modes);
        const b = div(mixed, sqrt(sum(square(mixed), { axis: [1, 2], keepDims: true })));
        return mean(directionLoss(laplacian, b, net.apply(p, b)).loss);
      },
    });
    for (const made of [nothing, modes, logarithms]) made.dispose();
    const { params: next, smoothedLoss } = result.state;
    params = next;
    losses.push(smoothedLoss);
    const { status, message } = result;
    if (status !== "completed" || stage === stages.length - 1) {
      return { params, status, message, losses, citations: [DIRECTIONS_PAPER, ...result.citations] };
    }
  }
  throw new Error("internal error: no stage was run. Please report this.");
}

/** `4 u` minus the four neighbours, zero outside, for every [N, N] of a batch. */
export function laplacian(u: Tensor): Tensor {
  const [batch, height, width] = u.shape;
  const wide = pad(u, [
    [0, 0],
    [1, 1],
    [1, 1],
  ]);
  const at = (i: number, j: number): Tensor =>
    slice(wide, [[0, batch] as Range, [i, i + height] as Range, [j, j + width] as Range]);
  return sub(mul(u, 4), add(add(at(0, 1), at(2, 1)), add(at(1, 0), at(1, 2))));
}

/** The sine modes of one axis, and the logarithms of the eigenvalues of pairs of them. */
function sineModes(size: number, device: string): { readonly modes: Tensor; readonly logarithms: Tensor } {
  const axis = Array.from({ length: size }, (_, i) => i + 1);
  const angle = Math.PI / (size + 1);
  const value = (k: number): number => 2 - 2 * Math.cos(angle * k);
  return {
    modes: tensor(
      axis.map((i) => axis.map((k) => Math.sin(angle * i * k))),
      { device },
    ) as Tensor,
    logarithms: tensor(
      axis.map((i) => axis.map((k) => Math.log(value(i) + value(k)))),
      { device },
    ) as Tensor,
  };
}
