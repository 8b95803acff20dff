/** How particles and their weights move along the noise levels. */
import { add, mul, scope, sub, type Tensor } from "@ansatz/tensor";
import { rademacher, type Key } from "@ansatz/tensor/random";
import { hessianVector } from "@ansatz/tensor/transform";
import { sum } from "@ansatz/tensor";
import { inners, type GaussianMeasurement, type Measurement } from "./measurement.ts";

/** Which distributions the particles pass through; see {@link import("./afdps.ts").afdps}. */
export type Target = "annealed" | "fixed";

/** Factor of `A A^T` in the covariance of the data at `lambda = sigma^2`. */
export const spreadAt = (target: Target, lambda: number): number => (target === "annealed" ? lambda : 0);

/** Energies of the likelihood at a level, their gradients, and what the weights need besides. */
export interface Tilt {
  /** `mu` up to constants, [particles]. */
  readonly mu: Tensor;
  readonly gradient: Tensor;
}

/** `mu = r^T S^-1 r / 2` and `-A^T S^-1 r`, `S = sigma^2 I + spread A A^T`, `r = y - A x`. */
export async function tiltOf(measurement: GaussianMeasurement, x: Tensor, spread: number): Promise<Tilt> {
  const r = scope(() => measurement.residual(x));
  const solved = await measurement.solve(r, spread);
  const tilt = scope(() => ({
    mu: mul(inners(r, solved), 0.5),
    gradient: mul(measurement.adjoint(solved), -1),
  }));
  tilt.mu.eval();
  r.dispose();
  solved.dispose();
  return tilt;
}

/** Rates per unit by which lambda falls. */
export interface Rates extends Tilt {
  /** Change of the particles without their noise. */
  readonly drift: Tensor;
  /** Change of the logarithms of the weights, [particles]. */
  readonly weightRate: Tensor;
}

/**
 * Rates of particles that follow `p_lambda(x) e^(-mu_lambda(x))` as lambda, the relative variance of the noise, falls. With a
 * share `a` of noise (1: the reverse diffusion, 0: the probability flow), g the gradient of mu and s the score,
 * `dx = ((1 + a) / 2 s - a g) dlambda + sqrt(a) dW` and
 * `d ln w = (-(1 + a) / 2 <s, g> + a / 2 (|g|^2 - Laplacian mu) + d mu / d lambda) dlambda`.
 *
 * The annealed target has `S = sigma^2 I + lambda A A^T`, so that `d mu / d lambda = -|g|^2 / 2`: for `a = 1` only `-<s, g>` is left. Its
 * Laplacian is the same for all particles and left out; that of the fixed target, `tr(A A^T) / sigma^2`, is left out where it is unknown.
 * @param options.key directions for the Laplacian of a likelihood given by its energy
 */
export async function tiltedRates(
  measurement: Measurement,
  x: Tensor,
  score: Tensor,
  options: { readonly lambda: number; readonly target: Target; readonly noise: number; readonly key?: Key },
): Promise<Rates> {
  const { lambda, target, noise: a } = options;
  const tilt =
    measurement.kind === "gaussian"
      ? await tiltOf(measurement, x, spreadAt(target, lambda))
      : scope(() => ({ mu: measurement.energy(x), gradient: measurement.gradient(x) }));
  const { gradient } = tilt;
  const rates = scope(() => {
    const along = inners(score, gradient);
    const squares = inners(gradient, gradient);
    const drift = sub(mul(score, (1 + a) / 2), mul(gradient, a));
    const first = mul(along, -(1 + a) / 2);
    if (target === "annealed") return { drift, weightRate: add(first, mul(squares, (a - 1) / 2)) };
    const curvature = (): Tensor | number => {
      if (measurement.kind === "gaussian") return measurement.constants(0)?.trace ?? 0;
      const probe = rademacher(options.key as Key, x.shape, { dtype: x.dtype as "f32", device: x.device });
      return inners(probe, hessianVector((z: Tensor) => sum(measurement.energy(z)))(x, probe));
    };
    return { drift, weightRate: a === 0 ? first : add(first, mul(sub(squares, curvature()), a / 2)) };
  });
  return { ...tilt, ...rates };
}
