/** Every method of posterior sampling, for tests, documentation and benchmarks to iterate over. */
import { afdps } from "./afdps.ts";
import type { PosteriorSampler } from "./base.ts";
import { daps } from "./daps.ts";
import { dps, piGdm } from "./guided.ts";

/** One line of {@link posteriorSamplers}. */
export interface PosteriorEntry {
  readonly name: string;
  /** The factory that makes it, as exported. */
  readonly factory: string;
  create(): PosteriorSampler;
  /**
   * Whether a few hundred particles stand for the posterior and estimate the evidence. Those of the fixed target do only in the limit:
   * its ensemble is resampled down to a few ancestors.
   */
  readonly exact: boolean;
  /** Whether it takes likelihoods given by their energy. */
  readonly energies: boolean;
  /** Whether the denoiser must be synchronous and differentiable. */
  readonly gradients: boolean;
}

/** Every method. A new one is one file and one line here. */
export const posteriorSamplers: readonly PosteriorEntry[] = [
  { name: "afdps", factory: "afdps", create: () => afdps(), exact: true, energies: true, gradients: false },
  {
    name: "afdps continuous",
    factory: "afdps",
    create: () => afdps({ proposal: "continuous" }),
    exact: true,
    energies: true,
    gradients: false,
  },
  {
    name: "afdps fixed",
    factory: "afdps",
    create: () => afdps({ target: "fixed" }),
    exact: false,
    energies: true,
    gradients: false,
  },
  { name: "dps", factory: "dps", create: () => dps(), exact: false, energies: true, gradients: true },
  { name: "pigdm", factory: "piGdm", create: () => piGdm(), exact: false, energies: false, gradients: true },
  { name: "daps", factory: "daps", create: () => daps(), exact: false, energies: true, gradients: false },
];
