/** AdaRound: whether a weight is rounded down or up is learned by gradient descent. */
import { abs, add, clip, compile, div, exp, grad, matmul, mul, neg, pow, sub, sum, tensor } from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import { adam } from "@ansatz/optim";
import type { Buffers } from "@ansatz/optim";
import { checkInteger, checkNumber, checkPositive } from "../check.ts";
import { clamp } from "../numbers.ts";
import { ADAROUND_PAPER } from "../citation.ts";
import type { GridOptions, LayerMethod, QuantizedWeight } from "./base.ts";
import { gridAt, withCodes } from "./base.ts";
import type { LinearLayer } from "./layer.ts";
import { checkLayer, gramOf, outputError } from "./layer.ts";
import { roundToNearest } from "./rtn.ts";

/** ζ and γ of the stretched sigmoid. */
const ZETA = 1.1;
const GAMMA = -0.1;

/** h(V) = clip(σ(V)(ζ − γ) + γ, 0, 1): how far a weight is rounded up, 0…1. */
export function rectifiedSigmoid(v: number): number {
  return clamp((ZETA - GAMMA) / (1 + Math.exp(-v)) + GAMMA, 0, 1);
}

/**
 * The V with h(V) = h, for 0 ≤ h ≤ 1.
 * @throws ArgumentError for h out of range
 */
export function inverseRectifiedSigmoid(h: number): number {
  checkNumber("inverseRectifiedSigmoid", "h", h, 0, 1);
  return -Math.log((ZETA - GAMMA) / (h - GAMMA) - 1);
}

/**
 * Σ 1 − |2h − 1|^β: 0 when every weight is decided.
 * @throws ArgumentError for beta out of range
 */
export function roundingRegularizer(h: ArrayLike<number>, beta: number): number {
  checkPositive("roundingRegularizer", "beta", beta);
  let total = 0;
  for (let i = 0; i < h.length; i++) total += 1 - Math.abs(2 * h[i] - 1) ** beta;
  return total;
}

/** Options of {@link adaRound}. */
export interface AdaRoundOptions extends GridOptions {
  /** Steps of Adam, 1000 by default. */
  readonly steps?: number;
  /** Learning rate, 0.01 by default. */
  readonly learningRate?: number;
  /**
   * c in λ = c·L/numel(W), with the loss L of rounding to nearest; 5 by default. The published λ = 0.01 supposes losses
   * about 1: with larger ones nothing is ever decided, and the result is that of rounding to nearest.
   */
  readonly regularization?: number;
  /** Part of the steps without regularisation, 0.2 by default. */
  readonly warmup?: number;
}

/** β in a step: from 20 down to 2 along a half cosine after the warm-up. */
function betaAt(progress: number): number {
  return 2 + 9 * (1 + Math.cos(Math.PI * progress));
}

type Parameters = { v: Tensor };

/** One step of Adam on ‖(q − w)Xᵀ‖²/n + λΣ(1 − |2h − 1|^β), for weights `below + step·h`. */
function compiledStep(options: { rate: number; gram: Tensor; below: Tensor; step: Tensor }): {
  run: (
    p: Parameters,
    b: Buffers,
    lambda: number,
    beta: number,
    step: number,
  ) => { params: Parameters; buffers: Buffers };
  init: (p: Parameters) => Buffers;
} {
  const { gram, below, step } = options;
  const method = adam({ learningRate: options.rate });
  const loss = (v: Tensor, lambda: Tensor, beta: Tensor): Tensor => {
    const h = clip(add(div(ZETA - GAMMA, add(exp(neg(v)), 1)), GAMMA), 0, 1);
    const e = add(below, mul(step, h));
    const undecided = sum(sub(1, pow(abs(sub(mul(h, 2), 1)), beta)));
    return add(sum(mul(matmul(e, gram), e)), mul(lambda, undecided));
  };
  const compiled = compile<[Parameters, Buffers, ...number[]], { params: Parameters; buffers: Buffers }>(
    (params, buffers, lambda, beta, ...numbers) => {
      const gradient = grad((v: Tensor) => loss(v, lambda as Tensor, beta as Tensor))(params.v);
      return method.update(params, { v: gradient }, buffers, numbers);
    },
    { donate: [0, 1] },
  );
  return {
    run: (p, b, lambda, beta, i) => compiled(p, b, lambda, beta, ...method.numbers(i)),
    init: (p) => method.init(p).buffers,
  };
}

/**
 * AdaRound of a layer in double precision: ŵ = s·clip(⌊w/s⌋ + h(V)), V trained by Adam. Scales are those of rounding
 * to nearest. If the result is worse than rounding to nearest, that is returned. Cost: steps·rows·columns².
 * @throws as {@link roundToNearest}
 * @see Nagel, Amjad, van Baalen, Louizos & Blankevoort 2020, equations 21 to 25
 */
export async function adaRound(layer: LinearLayer, options: AdaRoundOptions): Promise<QuantizedWeight> {
  const samples = checkLayer("adaRound", layer);
  const { steps = 1000, learningRate = 0.01, regularization = 5, warmup = 0.2 } = options;
  checkInteger("adaRound", "steps", steps, 1);
  checkPositive("adaRound", "learningRate", learningRate);
  checkNumber("adaRound", "regularization", regularization, 0);
  checkNumber("adaRound", "warmup", warmup, 0, 1);
  const nearest = roundToNearest(layer, options);
  const { rows, columns, weight } = layer;
  const top = 2 ** options.bits - 1;
  const floors = Float64Array.from(weight, (w, i) => {
    const { scale, zeroPoint } = gridAt(nearest, Math.floor(i / columns), i % columns);
    return clamp(Math.floor(w / scale) + zeroPoint, 0, top);
  });
  const steppedUp = floors.map((code) => Math.min(code + 1, top));
  const shape = [rows, columns];
  const valueOf = (code: number, i: number): number => {
    const { scale, zeroPoint } = gridAt(nearest, Math.floor(i / columns), i % columns);
    return scale * (code - zeroPoint);
  };
  const low = floors.map(valueOf);
  const width = steppedUp.map((code, i) => valueOf(code, i) - low[i]);
  const start = low.map((v, i) =>
    inverseRectifiedSigmoid(width[i] === 0 ? 0.5 : clamp((weight[i] - v) / width[i], 0, 1)),
  );
  const gram = gramOf(layer.inputs, columns);
  const flat = Float64Array.from(
    { length: columns * columns },
    (_, k) => gram[Math.floor(k / columns)][k % columns] / samples,
  );
  const nearestError = outputError(layer, nearest.values);
  const lambda = (regularization * nearestError) / samples / weight.length;
  const { run, init } = compiledStep({
    rate: learningRate,
    gram: tensor(flat, { shape: [columns, columns] }),
    below: tensor(
      low.map((v, i) => v - weight[i]),
      { shape },
    ),
    step: tensor(width, { shape }),
  });
  let params: Parameters = { v: tensor(start, { shape }) };
  let buffers = init(params);
  const quiet = Math.floor(warmup * steps);
  for (let i = 0; i < steps; i++) {
    const beta = betaAt(i < quiet ? 0 : (i - quiet) / Math.max(1, steps - quiet));
    ({ params, buffers } = run(params, buffers, i < quiet ? 0 : lambda, beta, i + 1));
  }
  const v = await params.v.data();
  const codes = Uint8Array.from(floors, (code, i) => (v[i] >= 0 ? steppedUp[i] : code));
  const learned = withCodes(nearest, codes);
  return outputError(layer, learned.values) < nearestError ? learned : nearest;
}

/** {@link adaRound} as a method, with the given settings. */
export function adaRoundMethod(settings: Omit<AdaRoundOptions, keyof GridOptions> = {}): LayerMethod {
  return {
    name: "adaRound",
    quantize: (layer, options) => adaRound(layer, { ...options, ...settings }),
    citation: ADAROUND_PAPER,
  };
}
