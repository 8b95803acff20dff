/** The fully connected layer. */
import { add, checkOptions, matmul, ShapeError, showShape, transpose, type Tensor } from "@ansatz/tensor";
import { checkFlag, checkInteger } from "../check.ts";
import { linearInput } from "../linearHook.ts";
import { defaultInit, zerosInit, type Initializer } from "../initializers.ts";
import type { Layer } from "../layer.ts";

/** Options of {@link dense}. */
export interface DenseOptions {
  /** Number of inputs. */
  readonly in: number;
  /** Number of outputs. */
  readonly out: number;
  /** Whether a bias is added; true when left out. */
  readonly bias?: boolean;
  /** Uniform on `+-1 / sqrt(in)` when left out. */
  readonly weightInit?: Initializer;
  /** Zeros when left out. */
  readonly biasInit?: Initializer;
}

/** `weight` [out, in] and, unless switched off, `bias` [out]. */
export type WeightAndBias = { readonly weight: Tensor; readonly bias: Tensor } | { readonly weight: Tensor };

/**
 * `y = x weight^T + bias` over the last axis: [..., in] to [..., out]. Cost: `2 in out` operations per vector.
 * @throws ArgumentError for sizes that are no positive integers
 * @example
 * const layer = dense({ in: 4, out: 2 });
 * const params = layer.init(key(0));
 * const y = layer.apply(params, ones([8, 4])); // [8, 2]
 */
export function dense(options: DenseOptions): Layer<WeightAndBias> {
  checkOptions("dense", options, ["in", "out", "bias", "weightInit", "biasInit"]);
  const { in: inputs, out: outputs, bias = true, weightInit = defaultInit, biasInit = zerosInit } = options;
  checkInteger("dense", "in", inputs, 1);
  checkInteger("dense", "out", outputs, 1);
  checkFlag("dense", "bias", bias);
  return {
    init(key, init) {
      const [forWeight, forBias] = key.split(2);
      const weight = weightInit(forWeight, [outputs, inputs], init);
      return bias ? { weight, bias: biasInit(forBias, [outputs], init) } : { weight };
    },
    apply(params, x) {
      if (x.ndim === 0 || x.shape[x.ndim - 1] !== inputs) {
        throw new ShapeError(`dense: input does not fit (got ${showShape(x.shape)}, expected [..., ${inputs}]).`);
      }
      const y = matmul(linearInput({ kind: "dense", weight: params.weight, input: x }), transpose(params.weight));
      return "bias" in params ? add(y, params.bias) : y;
    },
  };
}
