/** Deep image priors: networks that are trained on nothing but the scan. */
import { adam, scheduled, type Schedule } from "@ansatz/optim";
import { checkOptions, type Citation } from "@ansatz/tensor";
import type { Key } from "@ansatz/tensor/random";
import type { Algorithm } from "../algorithms/base.ts";
import { checkCount, checkDecay, checkNonNegative, checkPositive } from "../check.ts";
import type { Denoiser } from "../denoisers/base.ts";
import { checkDenoiser } from "../denoisers/wrap.ts";
import { free, splitting, variationSplitting, variationTerm, weightedVariation, type Coupling } from "./couplings.ts";
import { trainedPrior } from "./engine.ts";
import { generator, GENERATOR_OPTIONS, type GeneratorOptions } from "./generator.ts";
import { DIP_PAPER, DIP_WTV_PAPER, EARLY_STOP_PAPER, MCDIP_PAPER, PNP_DIP_PAPER } from "./papers.ts";

/** Options of {@link dip}, and of all the others. */
export interface DipOptions extends Partial<GeneratorOptions> {
  /** Codes and first parameters follow from it. */
  readonly key: Key;
  /**
   * Learning rate of Adam, or a schedule over the steps of the network, such as `cosineRate({ rate: 0.01, steps })` of `@ansatz/optim`: at a rate that
   * falls, the image comes to rest. 0.01 in every step when left out.
   */
  readonly learningRate?: number | Schedule;
  /**
   * Decay of Adam's mean of squared gradients; 0.99 when left out. Gradients shrink by orders of magnitude while the network learns: with the usual
   * 0.999, Adam divides them by their size a thousand steps ago, which is slow, and a sudden large one sets the image back.
   */
  readonly beta2?: number;
  /** Share of the average of images that is kept in each step; 0.99 when left out. */
  readonly decay?: number;
  /** Steps of the network per iteration of the algorithm; 10 when left out. */
  readonly stepsPerIteration?: number;
  /**
   * Operator and data are divided by it: the pixel of a scan, so that learning rates and weights mean the same at every scale; 1 when left out.
   */
  readonly unit?: number;
  /**
   * Ends a run, as converged, when the variance of the images has not fallen for this many steps (Wang and others 2021), with the image of the
   * least variance; never when left out.
   */
  readonly patience?: number;
}

const COMMON = [...GENERATOR_OPTIONS, "key", "learningRate", "beta2", "decay", "stepsPerIteration", "unit", "patience"];

/** Checks what all have in common and makes the algorithm. */
function prior(
  name: string,
  options: DipOptions,
  own: readonly string[],
  defaults: { readonly codes: number; readonly coupling: Coupling; readonly papers: readonly Citation[] },
  denoiser?: { readonly call: Denoiser; readonly sigma: number },
): Algorithm {
  checkOptions(name, options, [...COMMON, ...own]);
  const { key, learningRate = 0.01, beta2 = 0.99, decay = 0.99, stepsPerIteration = 10, unit = 1, patience } = options;
  if (typeof learningRate !== "function") checkPositive(name, "learningRate", learningRate);
  checkDecay(name, "beta2", beta2);
  checkDecay(name, "decay", decay);
  checkCount(name, "stepsPerIteration", stepsPerIteration);
  checkPositive(name, "unit", unit);
  if (patience !== undefined) checkCount(name, "patience", patience);
  const sizes = Object.fromEntries(
    Object.entries(options).filter(([field]) => GENERATOR_OPTIONS.includes(field)),
  ) as Partial<GeneratorOptions>;
  return trainedPrior({
    name,
    citations: [...defaults.papers, ...(patience === undefined ? [] : [EARLY_STOP_PAPER])],
    key,
    generator: generator(name, { codes: defaults.codes, ...sizes }),
    coupling: defaults.coupling,
    ...(denoiser === undefined ? {} : { denoiser }),
    optimizer:
      typeof learningRate === "function" ? scheduled(adam({ beta2 }), learningRate) : adam({ learningRate, beta2 }),
    decay,
    stepsPerIteration,
    unit,
    patience,
  });
}

/**
 * Deep image prior (Ulyanov, Vedaldi and Lempitsky 2018): Adam on the parameters of a network G that makes the image from fixed random codes, for the loss
 * `|A G - b|^2 / 2`. Natural structure is fitted before noise: stop early, by `discrepancy` or by `patience`, or take few iterations.
 *
 * The image is the moving average of the network's images. All values lie in `range`. The image needs two axes, divisible by 2 to the number of levels.
 * @throws ArgumentError for an option outside its range; ShapeError from the run for sizes that do not fit
 */
export function dip(options: DipOptions): Algorithm {
  return prior("dip", options, [], { codes: 1, coupling: free, papers: [DIP_PAPER] });
}

/** Options of {@link dipTv}. */
export interface DipTvOptions extends DipOptions {
  /** Weight lambda; 0.6 when left out. */
  readonly weight?: number;
}

/** {@link dip} with `weight TV(G)` in the loss. @throws ArgumentError for an option outside its range */
export function dipTv(options: DipTvOptions): Algorithm {
  const name = "dipTv";
  const { weight = 0.6 } = options;
  checkNonNegative(name, "weight", weight);
  return prior(name, options, ["weight"], { codes: 1, coupling: variationTerm(weight), papers: [DIP_PAPER] });
}

/** Options of {@link dipWtv}. */
export interface DipWtvOptions extends DipTvOptions {
  /** Penalty rho of the splitting; 20 when left out. */
  readonly penalty?: number;
}

/**
 * {@link dip} with a total variation whose weights follow the image, by ADMM (Cascarano and others 2021; our reconstruction of it): `t = shrink(grad G + u)`,
 * `u += grad G - t`, one step of Adam, in turn.
 * @throws ArgumentError for an option outside its range
 */
export function dipWtv(options: DipWtvOptions): Algorithm {
  const name = "dipWtv";
  const { weight = 0.6, penalty = 20 } = options;
  checkNonNegative(name, "weight", weight);
  checkPositive(name, "penalty", penalty);
  const coupling = weightedVariation(weight, penalty);
  return prior(name, options, ["weight", "penalty"], { codes: 1, coupling, papers: [DIP_WTV_PAPER] });
}

/** Options of {@link mcdipAdmm} and {@link pnpDip}. */
export interface McdipOptions extends DipWtvOptions {
  /** Finds x in the place of the proximal map of `weight TV`. */
  readonly denoiser?: Denoiser;
  /** The level it is told; needed with a denoiser. */
  readonly sigma?: number;
}

/**
 * Multi-code deep image prior with ADMM: images `g2(sum_j mixture_j g1(z_j))` of several codes (5 when left out), and `x = D(G + u)`, `u += G - x`, one step of Adam
 * on `|A G - b|^2 / 2 + rho |G - x + u|^2 / 2`, in turn. D is the proximal map of `weight TV / rho`, cut to the range, or a denoiser. The x is in the
 * states, as vector `side.x`.
 *
 * The splitting keeps the network from fitting noise, so that the image stays good when it runs on.
 * @throws ArgumentError for an option outside its range
 */
export function mcdipAdmm(options: McdipOptions): Algorithm {
  return split("mcdipAdmm", options, 5, [MCDIP_PAPER]);
}

/** {@link mcdipAdmm} with a single code: plug-and-play with a deep image prior. @throws ArgumentError for an option outside its range */
export function pnpDip(options: McdipOptions): Algorithm {
  return split("pnpDip", options, 1, [PNP_DIP_PAPER]);
}

function split(name: string, options: McdipOptions, codes: number, papers: readonly Citation[]): Algorithm {
  const { weight = 0.6, penalty = 20, range = [0, 1], denoiser, sigma } = options;
  checkNonNegative(name, "weight", weight);
  checkPositive(name, "penalty", penalty);
  const own = ["weight", "penalty", "denoiser", "sigma"];
  if (denoiser === undefined) {
    return prior(name, options, own.slice(0, 2), {
      codes,
      coupling: variationSplitting(weight, penalty, range),
      papers,
    });
  }
  checkDenoiser(name, denoiser);
  checkNonNegative(name, "sigma", sigma);
  const all = { codes, coupling: splitting(penalty), papers: [...papers, ...denoiser.citations] };
  return prior(name, options, own, all, { call: denoiser, sigma: sigma as number });
}
