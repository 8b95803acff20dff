/** The denoiser interface and the conversion to the quantity that a solver works with. */
import { ArgumentError, DTypeError, isTensor, ShapeError, type Citation, type Tensor } from "@ansatz/tensor";
import { checkChoice } from "../check.ts";
import type { Level } from "../level.ts";
import { linear } from "../plan/linear.ts";
import { conversion, PREDICTIONS, type Prediction } from "./table.ts";

/**
 * A function of a noisy signal `x = alpha x0 + sigma n` and its level. It returns a new tensor of the shape and data
 * type of `x`, which the caller disposes. `context` is whatever the caller of the sampler passed along.
 */
export type DenoiserFunction<C = unknown> = (x: Tensor, level: Level, context?: C) => Tensor | Promise<Tensor>;

/** A denoiser that says what it predicts. */
export interface PredictingDenoiser<C = unknown> {
  readonly predict: Prediction;
  readonly call: DenoiserFunction<C>;
  /** Whether it clips its estimates, which makes sampling impossible to invert. */
  readonly clips?: boolean;
  /** Papers behind it, for the result of a run. */
  readonly citations?: readonly Citation[];
}

/** A bare function, which returns the estimate of x0. */
export interface BareDenoiser<C = unknown> {
  (x: Tensor, level: Level, context?: C): Tensor | Promise<Tensor>;
  /** Tells the two kinds of denoiser apart. */
  readonly predict?: undefined;
}

/** Everything that denoises. */
export type Denoiser<C = unknown> = BareDenoiser<C> | PredictingDenoiser<C>;

/** The denoiser with its prediction named; throws for anything that is no denoiser. */
export function describeDenoiser<C>(name: string, denoiser: Denoiser<C>): PredictingDenoiser<C> {
  if (typeof denoiser === "function") return { predict: "x0", call: denoiser };
  if (typeof denoiser !== "object" || denoiser === null || typeof denoiser.call !== "function") {
    throw new ArgumentError(
      `${name}: not a denoiser (got ${denoiser === null ? "null" : typeof denoiser}, ` +
        `expected a function (x, level) => x0 or { predict, call }).`,
    );
  }
  checkChoice(name, "prediction", denoiser.predict, PREDICTIONS);
  return denoiser;
}

/**
 * A model output converted to another prediction: `a x + b output` as one lazy expression. The output itself is
 * returned when nothing has to be done; otherwise the caller still owns it.
 * @param output prediction of kind `from` at `x`
 * @throws ArgumentError where the conversion is undefined
 */
export function convert(output: Tensor, from: Prediction, to: Prediction, x: Tensor, level: Level): Tensor {
  const factors = conversion(from, to, level);
  if (factors.x === 0 && factors.prediction === 1) return output;
  return linear([
    [factors.x, x],
    [factors.prediction, output],
  ]);
}

/**
 * The denoiser as a function that returns another prediction, converted once from what the model itself predicts.
 * @throws ArgumentError at levels where the conversion is undefined, before the model is called
 */
export function asPrediction<C>(denoiser: Denoiser<C>, to: Prediction): DenoiserFunction<C> {
  const { predict, call } = describeDenoiser("asPrediction", denoiser);
  checkChoice("asPrediction", "prediction", to, PREDICTIONS);
  if (predict === to) return call;
  return (x, level, context) => {
    conversion(predict, to, level);
    const output = call(x, level, context);
    return output instanceof Promise
      ? output.then((o) => convertAndRelease(o, predict, to, x, level))
      : convertAndRelease(output, predict, to, x, level);
  };
}

/** Throws unless a model output is a tensor of the shape and data type of its input. */
export function checkOutput(name: string, output: unknown, x: Tensor): void {
  if (!isTensor(output)) {
    throw new ArgumentError(
      `${name}: the denoiser must return a tensor (got ${output === null ? "null" : typeof output}, expected a tensor of shape [${x.shape.join(", ")}]).`,
    );
  }
  if (output.shape.length !== x.shape.length || output.shape.some((size, i) => size !== x.shape[i])) {
    throw new ShapeError(
      `${name}: the denoiser's output does not have the shape of its input (got [${output.shape.join(", ")}], expected [${x.shape.join(", ")}]).`,
    );
  }
  if (output.dtype !== x.dtype) {
    throw new DTypeError(
      `${name}: the denoiser's output does not have the dtype of its input (got ${output.dtype}, expected ${x.dtype}). ` +
        `Start the run with a tensor of the model's dtype.`,
    );
  }
}

function convertAndRelease(output: Tensor, from: Prediction, to: Prediction, x: Tensor, level: Level): Tensor {
  checkOutput("asPrediction", output, x);
  const converted = convert(output, from, to, x, level);
  if (converted !== output && output !== x) output.dispose();
  return converted;
}

/** The denoiser as a prediction of the noise. @throws ArgumentError at levels where it is undefined */
export function asEpsilon<C>(denoiser: Denoiser<C>): DenoiserFunction<C> {
  return asPrediction(denoiser, "epsilon");
}

/** The denoiser as an estimate of the clean signal. @throws ArgumentError at levels where it is undefined */
export function asX0<C>(denoiser: Denoiser<C>): DenoiserFunction<C> {
  return asPrediction(denoiser, "x0");
}

/** The denoiser as a v prediction, `alpha epsilon - sigma x0`. @throws ArgumentError at levels where it is undefined */
export function asV<C>(denoiser: Denoiser<C>): DenoiserFunction<C> {
  return asPrediction(denoiser, "v");
}

/** The denoiser as a score, `-epsilon / sigma`. @throws ArgumentError at levels where it is undefined */
export function asScore<C>(denoiser: Denoiser<C>): DenoiserFunction<C> {
  return asPrediction(denoiser, "score");
}

/** The denoiser as a flow velocity, `epsilon - x0`. @throws ArgumentError at levels where it is undefined */
export function asFlow<C>(denoiser: Denoiser<C>): DenoiserFunction<C> {
  return asPrediction(denoiser, "flow");
}
