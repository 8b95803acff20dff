/** What a regulariser is. */
import type { Citation, Tensor } from "@ansatz/tensor";

/** A function f by its proximal map, or a denoiser in the place of one. */
export interface Regularizer {
  readonly name: string;
  readonly citations: readonly Citation[];
  /**
   * `argmin_x |x - z|^2 / 2 + step f(x)`, a new tensor; z stays as it is. For constraints, the nearest point, whatever the step.
   * Iterative ones are asynchronous.
   */
  prox(z: Tensor, step: number): Tensor | Promise<Tensor>;
  /** `f(x)`, a scalar, where it is known. Constraints give 0. */
  value?(x: Tensor): Tensor;
}
