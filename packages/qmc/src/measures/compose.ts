/** Composition of transforms, and importance sampling. */
import { ArgumentError, checkOptions } from "@ansatz/tensor";
import type { Measure } from "./base.ts";

/** Where points land, and the density there divided into another one. */
export interface WeightedPoints {
  readonly x: Float64Array;
  /** One weight for each point. */
  readonly weights: Float64Array;
}

/** Options of {@link importanceSample}. */
export interface ImportanceOptions {
  /** The measure that the integral is about. */
  readonly target: Measure;
  /**
   * Measures whose transforms are applied one after another; all but the last must have their values in the unit cube.
   */
  readonly samplers: readonly Measure[];
}

/**
 * The composition of transforms as a measure: x = T_k(… T_1(u)). Its density at T(u) is the product of the densities of its
 * parts; as a function of x alone it is known only for one part.
 *
 * All parts but the last must map into the unit cube.
 * @throws ArgumentError when there is nothing to compose, or when the dimensions differ
 */
export function composeTransforms(parts: readonly Measure[], u: ArrayLike<number>): WeightedPoints {
  const name = "composeTransforms";
  const [first, ...rest] = parts;
  if (first === undefined)
    throw new ArgumentError(`${name}: there is nothing to compose (got no measures, expected at least one).`);
  for (const part of rest) {
    if (part.dimension !== first.dimension) {
      throw new ArgumentError(
        `${name}: the dimensions differ (got ${part.dimension} for ${part.name}, expected ${first.dimension}).`,
      );
    }
  }
  let x = first.transform(u);
  const weights = first.density(x);
  for (const part of rest) {
    const next = part.transform(x);
    part.density(next).forEach((value, i) => (weights[i] *= value));
    x = next;
  }
  return { x, weights: weights.map((value) => 1 / value) };
}

/**
 * Points x = T_k(… T_1(u)) with weights w such that the mean of f(x) w over uniform u is the expectation of f under the
 * target: w = target.density(x) prod |det T_i'|.
 * @throws ArgumentError for measures of different dimensions, or where a transform is not defined
 */
export function importanceSample(options: ImportanceOptions, u: ArrayLike<number>): WeightedPoints {
  checkOptions("importanceSample", options, ["target", "samplers"]);
  const { x, weights } = composeTransforms(options.samplers, u);
  if (options.target.dimension !== options.samplers[0].dimension) {
    throw new ArgumentError(
      `importanceSample: the dimensions differ (got ${options.samplers[0].dimension} for the samplers, expected ${options.target.dimension}).`,
    );
  }
  const density = options.target.density(x);
  return { x, weights: weights.map((value, i) => value * density[i]) };
}
