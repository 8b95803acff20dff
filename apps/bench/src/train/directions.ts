/** Training the network whose directions speed up conjugate gradients. */
import {
  directionNet,
  trainDirections,
  type DirectionNet,
  type DirectionStage,
  type TrainDirectionsOptions,
  type TrainDirectionsResult,
} from "@ansatz/nn";
import { key } from "@ansatz/tensor/random";

/** How the network is trained. */
export interface DirectionTraining {
  readonly seed: number;
  /** Steps on the first, small grid; the larger ones take fixed small shares of it. */
  readonly steps: number;
}

/** Settings of the shipped network. */
export const DIRECTION_TRAINING: DirectionTraining = { seed: 1, steps: 1200 };

/** Five grids: a depth for sizes from 32 to 128. */
export const shippedDirections: DirectionNet = directionNet({ channels: 8, levels: 5 });

/** Most steps on small grids, where they are cheap; a few on large ones, which the network shall also fit. */
export function directionStages(steps: number): DirectionStage[] {
  return [
    { size: 32, steps },
    { size: 64, steps: Math.ceil(steps / 12), batchSize: 4, learningRate: 1e-3 },
    { size: 128, steps: Math.ceil(steps / 20), batchSize: 2, learningRate: 1e-3 },
  ];
}

/** Trains; the parameters of the result belong to the caller. */
export async function trainShippedDirections(
  { seed, steps }: DirectionTraining,
  options: Pick<TrainDirectionsOptions, "signal" | "onStep"> & { readonly device: string },
): Promise<TrainDirectionsResult> {
  const { device, ...rest } = options;
  const [forInit, forRun] = key(seed).split(2);
  const params = shippedDirections.init(forInit, { device });
  return trainDirections(shippedDirections, { params, key: forRun, stages: directionStages(steps), ...rest });
}
