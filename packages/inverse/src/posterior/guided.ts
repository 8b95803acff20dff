/** Diffusion sampling with a gradient of the likelihood through the denoiser. No weights: the samples are approximate. */
import {
  add,
  ArgumentError,
  checkOptions,
  div,
  isTensor,
  maximum,
  mul,
  reshape,
  scope,
  sqrt,
  together,
  vjp,
  type Tensor,
} from "@ansatz/tensor";
import { checkPositive } from "../check.ts";
import { DPS_PAPER, PIGDM_PAPER } from "../citation.ts";
import { ancestor, lambdasOf } from "./afdps.ts";
import type { Moved, PosteriorRun, PosteriorSampler } from "./base.ts";
import { inners, lossOf, noiseLike, numbersOf, type GaussianMeasurement, type Measurement } from "./measurement.ts";
import { plainStart } from "./start.ts";

/** The estimate of the clean signal, and `J^T v` of its Jacobian J. */
interface Pulled {
  readonly x0: Tensor;
  readonly pull: (v: Tensor) => Tensor;
}

/** Runs a denoiser so that cotangents can be pulled back through it. */
export function pulledDenoiser(name: string, denoise: (x: Tensor) => Tensor | Promise<Tensor>, x: Tensor): Pulled {
  const { value, pull } = vjp((z: Tensor): Tensor => {
    const made = denoise(z);
    if (isTensor(made)) return made;
    made.catch(() => undefined);
    throw new ArgumentError(
      `${name}: the denoiser must be synchronous, because its gradient is needed (got a promise). Use afdps or daps.`,
    );
  }, x);
  return { x0: value, pull: (v) => pull(v)[0] };
}

/**
 * Gradient of the likelihood through the denoiser D and its estimate `D(x)`. The gradient is
 * `J^T A^T (sigma^2 I + c A A^T)^-1 (y - A D(x))`, J the Jacobian of D: for `c = 0` that of DPS with its step size `1 / (2 sigma^2)`, for
 * `c = lambda / (1 + lambda)` that of PiGDM.
 */
export async function guidance(
  name: string,
  measurement: GaussianMeasurement,
  denoise: (x: Tensor) => Tensor | Promise<Tensor>,
  x: Tensor,
  c: number,
): Promise<{ readonly x0: Tensor; readonly gradient: Tensor }> {
  const { solveNow } = measurement;
  if (solveNow !== undefined) {
    return scope(() => {
      const { x0, pull } = pulledDenoiser(name, denoise, x);
      return together({ x0, gradient: pull(measurement.adjoint(solveNow(measurement.residual(x0), c))) });
    });
  }
  // Conjugate gradients wait for numbers; meanwhile nothing of the gradient is kept.
  const { x0, r } = scope(() => {
    const estimate = pulledDenoiser(name, denoise, x).x0;
    return together({ x0: estimate, r: measurement.residual(estimate) });
  });
  const solved = await measurement.solve(r, c);
  const gradient = scope(() => pulledDenoiser(name, denoise, x).pull(measurement.adjoint(solved)));
  gradient.eval();
  r.dispose();
  solved.dispose();
  return { x0, gradient };
}

/** A step of the reverse diffusion plus something. */
async function shifted(run: PosteriorRun, x: Tensor, index: number, x0: Tensor, shift: Tensor): Promise<Moved> {
  const { lambda, fall, variance } = lambdasOf(run, index);
  const made = scope(() => {
    const moved = add(ancestor(x, x0, lambda, fall), shift);
    const y = variance > 0 ? add(moved, mul(noiseLike(run.key, x), Math.sqrt(variance))) : moved;
    return together({ y, increments: lossOf(y) });
  });
  const increments = await numbersOf(made.increments);
  return { x: made.y, increments, evaluations: 1 };
}

/** A number per particle, for products with the particles. */
const perParticle = (values: Tensor, x: Tensor): Tensor =>
  reshape(values, [x.shape[0], ...x.shape.slice(1).map(() => 1)]);

/**
 * Diffusion posterior sampling (Chung and others 2023): after every step of the reverse diffusion,
 * `x -= zeta grad |y - A D(x)|^2 / |y - A D(x)|`, with the gradient through the denoiser. For a likelihood given by an energy E:
 * `x -= zeta grad E(D(x)) / sqrt(E(D(x)))`.
 * Two to three calls of the denoiser's time per step. The denoiser must be synchronous and differentiable.
 * @param options.zeta step size, > 0; 1 when left out
 * @throws ArgumentError for an option outside its range
 */
export function dps(options: { readonly zeta?: number } = {}): PosteriorSampler {
  const name = "dps";
  checkOptions(name, options, ["zeta"]);
  const { zeta = 1 } = options;
  checkPositive(name, "zeta", zeta);
  const direction = (measurement: Measurement, { x0, pull }: Pulled): Tensor => {
    const [size, gradient] =
      measurement.kind === "gaussian"
        ? ((): readonly [Tensor, Tensor] => {
            const r = measurement.residual(x0);
            return [inners(r, r), mul(pull(measurement.adjoint(r)), 2)];
          })()
        : [measurement.energy(x0), mul(pull(measurement.gradient(x0)), -1)];
    return div(mul(gradient, zeta), perParticle(sqrt(maximum(size, 1e-30)), x0));
  };
  return {
    name,
    citations: [DPS_PAPER],
    threshold: 0,
    plan: ({ levels }) => levels,
    start: plainStart,
    async step(run, x, index) {
      const { x0, shift } = scope(() => {
        const pulled = pulledDenoiser(name, (z) => run.denoise(z, run.levels[index]), x);
        return together({ x0: pulled.x0, shift: direction(run.measurement, pulled) });
      });
      const moved = await shifted(run, x, index, x0, shift);
      x0.dispose();
      shift.dispose();
      return moved;
    },
  };
}

/**
 * Pseudoinverse-guided diffusion (Song and others 2023): the score of the reverse diffusion plus
 * `J^T A^T (sigma^2 I + r^2 A A^T)^-1 (y - A D(x))` with `r^2 = lambda / (1 + lambda)`, the variance of a prior of variance 1 given x.
 * Two to three calls of the denoiser's time per step. The denoiser must be synchronous and differentiable; linear data only.
 * @throws ArgumentError for an energyLikelihood
 */
export function piGdm(): PosteriorSampler {
  const name = "piGdm";
  return {
    name,
    citations: [PIGDM_PAPER],
    threshold: 0,
    plan({ levels, likelihood }) {
      if (likelihood.kind !== "gaussian") {
        throw new ArgumentError(`${name}: needs a gaussianLikelihood (got an energyLikelihood). Use dps or daps.`);
      }
      return levels;
    },
    start: plainStart,
    async step(run, x, index) {
      const measurement = run.measurement as GaussianMeasurement;
      const { lambda, fall } = lambdasOf(run, index);
      const denoise = (z: Tensor): Tensor | Promise<Tensor> => run.denoise(z, run.levels[index]);
      const { x0, gradient } = await guidance(name, measurement, denoise, x, lambda / (1 + lambda));
      const shift = scope(() => mul(gradient, fall));
      const moved = await shifted(run, x, index, x0, shift);
      for (const t of [x0, gradient, shift]) t.dispose();
      return { ...moved, evaluations: measurement.solveNow === undefined ? 2 : 1 };
    },
  };
}
