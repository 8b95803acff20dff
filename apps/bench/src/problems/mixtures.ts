/** Gaussian mixtures: data whose exact denoiser, and hence whose exact samples, are known. */
import type { MixtureOptions } from "@ansatz/samplers/problems";

/** A mixture with a name. */
export interface MixtureProblem {
  readonly name: string;
  readonly title: string;
  readonly mixture: MixtureOptions;
}

/** Three bumps in the plane. */
const GM2: MixtureProblem = {
  name: "GM2",
  title: "three Gaussians in the plane",
  mixture: {
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
  },
};

/** Five bumps in eight dimensions. */
const GM8: MixtureProblem = {
  name: "GM8",
  title: "five Gaussians in eight dimensions",
  mixture: {
    weights: [0.15, 0.25, 0.3, 0.2, 0.1],
    means: [
      [0.034, 1.36, 1.225, -0.51, -0.298, -0.527, 0.57, -0.056],
      [0.747, -1.847, 1.567, -0.096, 0.68, -0.137, -0.379, 0.463],
      [0.825, -0.203, -0.153, 0.686, -0.87, -1.514, 0.395, -0.671],
      [-1.92, -0.814, -0.468, -1.193, -1.492, 0.037, 0.897, -0.233],
      [-0.744, 0.385, 0.717, -0.3, 0.545, 1.043, -0.207, -0.814],
    ],
    variances: [
      [0.028, 0.066, 0.1, 0.128, 0.228, 0.18, 0.098, 0.024],
      [0.057, 0.249, 0.126, 0.179, 0.033, 0.028, 0.215, 0.155],
      [0.091, 0.093, 0.041, 0.06, 0.026, 0.213, 0.127, 0.049],
      [0.19, 0.065, 0.034, 0.158, 0.226, 0.026, 0.205, 0.064],
      [0.041, 0.024, 0.087, 0.187, 0.133, 0.216, 0.07, 0.092],
    ],
  },
};

/** Number of bumps of {@link RING}. */
const BUMPS = 8;

/** A ring of narrow bumps: what a sampler does wrong with few model calls is seen at once. */
export const RING: MixtureProblem = {
  name: "ring",
  title: "a ring of eight Gaussians",
  mixture: {
    weights: Array.from({ length: BUMPS }, () => 1),
    means: Array.from({ length: BUMPS }, (_, k) => {
      const angle = (2 * Math.PI * k) / BUMPS;
      return [1.6 * Math.cos(angle), 1.6 * Math.sin(angle)];
    }),
    variances: Array.from({ length: BUMPS }, () => [0.012, 0.012]),
  },
};

/** The problems on which errors are tabulated. */
export const MIXTURES: readonly MixtureProblem[] = [GM2, GM8];
