/** Plug-and-play: a denoiser in the place of a proximal map. */
import { checkOptions } from "@ansatz/tensor";
import { admm, type AdmmOptions } from "../algorithms/admm.ts";
import type { Algorithm } from "../algorithms/base.ts";
import { fista, ista } from "../algorithms/fista.ts";
import { checkFlag, checkNonNegative, checkPositive } from "../check.ts";
import { PNP_CONVERGENCE_PAPER } from "./papers.ts";
import type { Denoiser } from "../denoisers/base.ts";
import { checkDenoiser, denoising } from "../denoisers/wrap.ts";

/** What every plug-and-play method takes. */
export interface PlugAndPlayOptions {
  readonly denoiser: Denoiser;
  /** Level of noise that the denoiser is told, in the unit of the image; when left out, the square root of the method's step. */
  readonly sigma?: number;
}

/** Options of {@link pnpAdmm}. */
export interface PnpAdmmOptions extends PlugAndPlayOptions, Omit<AdmmOptions, "terms"> {}

/**
 * Plug-and-play ADMM (Venkatakrishnan, Bouman and Wohlberg 2013): `x = (A* A + rho)^-1 (A* b + rho (z - u))`, `z = D(x + u)`, `u += x - z`.
 *
 * D is a proximal map exactly when it is the gradient of a convex function and does not expand distances. Without, ADMM still contracts when the data term
 * is strongly convex and the Lipschitz constant of `D - I` small (Ryu and others 2019), which `residualLipschitz` estimates. A run whose residual grows
 * tenfold has diverged.
 * @throws ArgumentError for an option outside its range
 */
export function pnpAdmm(options: PnpAdmmOptions): Algorithm {
  const name = "pnpAdmm";
  const { denoiser, sigma, ...rest } = options;
  checkDenoiser(name, denoiser);
  const regularizer = denoising(denoiser, sigma === undefined ? {} : { sigma });
  const inner = admm({ ...rest, terms: [{ regularizer }] });
  return { ...inner, name, watchesResidual: true, citations: [...inner.citations, PNP_CONVERGENCE_PAPER] };
}

/** Options of {@link pnpPgd}. */
export interface PnpPgdOptions extends PlugAndPlayOptions {
  /** Step length; `1 / |A|^2`, from a power iteration, when left out. */
  readonly step?: number;
  /** Whether with Nesterov's momentum; false when left out. */
  readonly accelerated?: boolean;
}

/**
 * Plug-and-play proximal gradients: `x = D(x + step A* (b - A x))`, with momentum as in FISTA on request, which few denoisers tolerate. One application of A
 * and its adjoint per iteration; no system is solved.
 * @throws ArgumentError for an option outside its range
 */
export function pnpPgd(options: PnpPgdOptions): Algorithm {
  const name = "pnpPgd";
  checkOptions(name, options, ["denoiser", "sigma", "step", "accelerated"]);
  const { denoiser, sigma, step, accelerated = false } = options;
  checkDenoiser(name, denoiser);
  if (sigma !== undefined) checkNonNegative(name, "sigma", sigma);
  if (step !== undefined) checkPositive(name, "step", step);
  checkFlag(name, "accelerated", accelerated);
  const regularizer = denoising(denoiser, sigma === undefined ? {} : { sigma });
  const inner = (accelerated ? fista : ista)({ regularizer, ...(step === undefined ? {} : { step }) });
  return { ...inner, name };
}
