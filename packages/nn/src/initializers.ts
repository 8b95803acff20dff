/** How weights start: scaled random numbers, so that signals neither vanish nor explode from layer to layer. */
import { ArgumentError, checkOptions, mul, ones, showShape, zeros, type Tensor } from "@ansatz/tensor";
import { normal, uniform, type Key } from "@ansatz/tensor/random";
import { checkChoice, checkNumber } from "./check.ts";
import type { InitOptions } from "./layer.ts";

/**
 * Makes a weight tensor. Weights have the shape [outputs, inputs, ...kernel]: the fan-in is inputs times kernel elements,
 * the fan-out outputs times kernel elements.
 */
export type Initializer = (key: Key, shape: readonly number[], options?: InitOptions) => Tensor;

/** Number of inputs of one output, and of outputs of one input, of a weight of shape [outputs, inputs, ...kernel]. */
export function fans(shape: readonly number[]): { fanIn: number; fanOut: number } {
  if (shape.length < 2) {
    throw new ArgumentError(
      `initializer: fans need two axes (got ${showShape(shape)}, expected [outputs, inputs, ...kernel]).`,
    );
  }
  const kernel = shape.slice(2).reduce((a, b) => a * b, 1);
  return { fanIn: shape[1] * kernel, fanOut: shape[0] * kernel };
}

/** Options of {@link kaiming}. */
export interface KaimingOptions {
  /** `"uniform"` when left out. */
  readonly distribution?: "uniform" | "normal";
  /** Fan that is used; `"in"` when left out. */
  readonly mode?: "in" | "out";
  /** Gain of the nonlinearity that follows; sqrt(2), that of a rectifier, when left out. */
  readonly gain?: number;
}

/**
 * He et al. 2015: standard deviation `gain / sqrt(fan)`, as a normal distribution or as a uniform one on
 * `+-gain * sqrt(3 / fan)`.
 * @throws ArgumentError for gain out of range, an unknown option, an unknown distribution or an unknown mode
 */
export function kaiming(options: KaimingOptions = {}): Initializer {
  checkOptions("kaiming", options, ["distribution", "mode", "gain"]);
  const { distribution = "uniform", mode = "in", gain = Math.SQRT2 } = options;
  checkChoice("kaiming", "distribution", distribution, ["uniform", "normal"]);
  checkChoice("kaiming", "mode", mode, ["in", "out"]);
  checkNumber("kaiming", "gain", gain, 0, false);
  return (key, shape, init = {}) => {
    const { fanIn, fanOut } = fans(shape);
    return scaled(key, shape, distribution, gain / Math.sqrt(mode === "in" ? fanIn : fanOut), init);
  };
}

/** Options of {@link xavier}. */
export interface XavierOptions {
  /** `"uniform"` when left out. */
  readonly distribution?: "uniform" | "normal";
  /** 1 when left out. */
  readonly gain?: number;
}

/**
 * Glorot and Bengio 2010: standard deviation `gain * sqrt(2 / (fanIn + fanOut))`, as a normal distribution or as a uniform
 * one on `+-gain * sqrt(6 / (fanIn + fanOut))`.
 * @throws ArgumentError for gain out of range, an unknown option or an unknown distribution
 */
export function xavier(options: XavierOptions = {}): Initializer {
  checkOptions("xavier", options, ["distribution", "gain"]);
  const { distribution = "uniform", gain = 1 } = options;
  checkChoice("xavier", "distribution", distribution, ["uniform", "normal"]);
  checkNumber("xavier", "gain", gain, 0, false);
  return (key, shape, init = {}) => {
    const { fanIn, fanOut } = fans(shape);
    return scaled(key, shape, distribution, gain * Math.sqrt(2 / (fanIn + fanOut)), init);
  };
}

/** Zeros, whatever the key. */
export const zerosInit: Initializer = (_, shape, init = {}) => zeros(shape, init);

/** Ones, whatever the key. */
export const onesInit: Initializer = (_, shape, init = {}) => ones(shape, init);

/** Uniform on `+-1 / sqrt(fanIn)`: what weights of dense and convolutional layers start with unless told otherwise. */
export const defaultInit: Initializer = /*@__PURE__*/ kaiming({ gain: Math.sqrt(1 / 3) });

function scaled(
  key: Key,
  shape: readonly number[],
  distribution: "uniform" | "normal",
  deviation: number,
  init: InitOptions,
): Tensor {
  const { dtype = "f32", device } = init;
  if (distribution === "normal") return mul(normal(key, shape, { dtype, device }), deviation);
  const bound = deviation * Math.sqrt(3);
  return uniform(key, shape, { dtype, device, low: -bound, high: bound });
}
