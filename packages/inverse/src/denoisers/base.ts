/** What a denoiser is. */
import type { Citation, Tensor } from "@ansatz/tensor";

/** Removes white noise from images. */
export interface Denoiser {
  readonly name: string;
  readonly citations: readonly Citation[];
  /**
   * An estimate of the image behind a noisy one: a new tensor of its shape, data type and device; the noisy one stays as it is.
   * @param sigma standard deviation of the noise, >= 0; with 0 the image comes back
   */
  denoise(noisy: Tensor, sigma: number): Tensor | Promise<Tensor>;
}
