/** The denoiser of digits that the tour draws with: a small U-Net that predicts the noise. */
import { unet, type TimeConditioned, type UNetOptions, type UNetParams } from "@ansatz/nn";
import { discreteSchedule, type DiscreteSchedule } from "@ansatz/samplers";

/** Options of the network. */
export const DIGIT_NETWORK: UNetOptions = {
  channels: 1,
  base: 24,
  multipliers: [1, 2, 2],
  blocks: 1,
  groups: 8,
  heads: 4,
};

/** The network; its time is the index of the schedule's table, 0 to 999. */
export function digitNetwork(): TimeConditioned<UNetParams> {
  return unet(DIGIT_NETWORK);
}

/** The noise schedule it is trained on: variances linear from 1e-4 to 0.02 in 1000 steps (Ho, Jain and Abbeel 2020). */
export function digitSchedule(): DiscreteSchedule {
  return discreteSchedule({ betas: "linear" });
}
