/** Half-quadratic splitting with a falling level of noise. */
import { add, checkOptions, mul, scope } from "@ansatz/tensor";
import { linearOperator } from "@ansatz/tensor/linear";
import { cg, solveLinear } from "@ansatz/optim/linear";
import type { Algorithm } from "../algorithms/base.ts";
import { advance, begin, startOf } from "../algorithms/tools.ts";
import { checkCount, checkNonNegative, checkNumbers, checkPositive } from "../check.ts";
import { DPIR_PAPER } from "./papers.ts";
import type { Denoiser } from "../denoisers/base.ts";
import { checkDenoiser } from "../denoisers/wrap.ts";

/** Options of {@link pnpHqs}. */
export interface PnpHqsOptions {
  readonly denoiser: Denoiser;
  /** Standard deviation of the noise in the data, > 0. */
  readonly noise: number;
  /** Levels that the denoiser is told, one per iteration, > 0; see {@link noiseSchedule}. */
  readonly sigmas: readonly number[];
  /** Weight lambda of the image prior; 1 when left out. */
  readonly weight?: number;
  /** Most iterations of conjugate gradients per iteration, from the last image on; 20 when left out. */
  readonly innerIterations?: number;
  /** Relative residual at which they end; 1e-6 when left out. */
  readonly innerTolerance?: number;
}

/** `count` levels at equal ratios from `from` down to `to`. @throws ArgumentError unless both are above 0 and count is at least 1 */
export function noiseSchedule(from: number, to: number, count: number): number[] {
  const name = "noiseSchedule";
  checkPositive(name, "from", from);
  checkPositive(name, "to", to);
  checkCount(name, "count", count);
  return Array.from({ length: count }, (_, i) => from * (to / from) ** (count === 1 ? 1 : i / (count - 1)));
}

/**
 * Half-quadratic splitting as in DPIR (Zhang and others 2021), for levels sigma_k of the denoiser: `x = (A* A + rho_k)^-1 (A* b + rho_k z)` by warm conjugate
 * gradients, `rho_k = lambda noise^2 / sigma_k^2`, `z = D(x, sigma_k)`. The image is the last z. It ends after the last level.
 * @throws ArgumentError for an option outside its range
 */
export function pnpHqs(options: PnpHqsOptions): Algorithm {
  const name = "pnpHqs";
  checkOptions(name, options, ["denoiser", "noise", "sigmas", "weight", "innerIterations", "innerTolerance"]);
  const { denoiser, noise, sigmas, weight = 1, innerIterations = 20, innerTolerance = 1e-6 } = options;
  checkDenoiser(name, denoiser);
  checkPositive(name, "noise", noise);
  checkNumbers(name, "sigmas", sigmas);
  for (const [k, sigma] of sigmas.entries()) checkPositive(name, `sigmas[${k}]`, sigma);
  checkPositive(name, "weight", weight);
  checkCount(name, "innerIterations", innerIterations);
  checkNonNegative(name, "innerTolerance", innerTolerance);
  return {
    name,
    citations: [DPIR_PAPER, ...denoiser.citations],
    watchesResidual: true,
    complex: true,
    async init(problem) {
      const state = await begin(problem, startOf(problem));
      const seen = scope(() => problem.operator.adjoint(problem.data));
      return { ...state, vectors: { ...state.vectors, seen } };
    },
    async step(problem, state) {
      const { operator } = problem;
      const { domain, dtype } = operator;
      const level = sigmas[state.iteration];
      const rho = weight * (noise / level) ** 2;
      const normal = (x: typeof state.x): typeof state.x => add(operator.adjoint(operator.apply(x)), mul(x, rho));
      const system = linearOperator({
        name: `${name}: normal equations`,
        domain,
        range: domain,
        dtype,
        apply: normal,
        adjoint: normal,
      });
      const rhs = scope(() => add(state.vectors["seen"], mul(state.x, rho)));
      const settings = { maxIterations: innerIterations, tolerance: innerTolerance };
      const solved = await solveLinear(cg(), { operator: system, rhs, start: state.x }, settings);
      rhs.dispose();
      if (solved.status === "non-finite") {
        solved.value.dispose();
        return { ...state, failure: "non-finite" };
      }
      const clean = await denoiser.denoise(solved.value, level);
      const next = await advance(problem, state, () => ({ x: mul(clean, 1) }));
      for (const t of new Set([solved.value, clean])) t.dispose();
      return next.iteration >= sigmas.length ? { ...next, converged: true } : next;
    },
  };
}
