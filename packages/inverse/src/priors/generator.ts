/** Images from several random codes. */
import {
  add,
  ArgumentError,
  checkOptions,
  full,
  mul,
  reshape,
  ShapeError,
  sigmoid,
  sum,
  type Tensor,
} from "@ansatz/tensor";
import { uniform, type Key } from "@ansatz/tensor/random";
import type { InitOptions } from "@ansatz/nn";
import { checkCount, checkNumbers } from "../check.ts";
import { hourglass, type HourglassParams } from "./hourglass.ts";

/** Sizes of the generator. */
export interface GeneratorOptions {
  /** Number of codes J. */
  readonly codes: number;
  /** Channels of a code; 8 when left out. */
  readonly codeChannels?: number;
  /** Channels C in which codes are joined; 16 when left out. Not without an encoder. */
  readonly features?: number;
  /**
   * Channels of the levels of g1, which sees one code; when left out, [8, 16] for several codes. Empty, as for a single code when left out: there is no
   * g1, and the code is what g2 sees.
   */
  readonly encoder?: readonly number[];
  /** Channels of the levels of g2, which makes the image; [16, 32, 32] when left out. */
  readonly decoder?: readonly number[];
  /** Channels of shortcuts; 4 when left out. */
  readonly skip?: number;
  /** Least and largest value that an image can have; [0, 1] when left out. */
  readonly range?: readonly [low: number, high: number];
}

/** Names of the options. */
export const GENERATOR_OPTIONS: readonly string[] = [
  "codes",
  "codeChannels",
  "features",
  "encoder",
  "decoder",
  "skip",
  "range",
];

/** Parameters of {@link generator}. */
export type GeneratorParams = {
  /** What joins codes; none without an encoder. */
  readonly joint: readonly {
    readonly encoder: HourglassParams;
    /** Weights of the channels of every code, [codes, features]. */
    readonly mixture: Tensor;
  }[];
  readonly decoder: HourglassParams;
};

/** An image as a function of parameters and fixed codes. */
export interface Generator {
  init(key: Key, options?: InitOptions): GeneratorParams;
  /** Fixed random codes for images [rows, columns], uniform in [0, 0.1]. @throws ShapeError for sizes that cannot be halved so often */
  codes(key: Key, shape: readonly number[], options?: InitOptions): Tensor;
  /** The image, [rows, columns]. */
  apply(params: GeneratorParams, codes: Tensor): Tensor;
}

/**
 * `g2(sum_j mixture_j g1(z_j))`, one network g1 for all codes, channels weighted per code, then a network g2 and a sigmoid; without an encoder `g2(z)`.
 * @throws ArgumentError for an option outside its range
 */
export function generator(name: string, options: GeneratorOptions): Generator {
  checkOptions(name, options, GENERATOR_OPTIONS);
  const { codes, codeChannels = 8, features = 16, decoder = [16, 32, 32], skip = 4, range = [0, 1] } = options;
  const { encoder = codes === 1 ? [] : [8, 16] } = options;
  for (const [field, value] of Object.entries({ codes, codeChannels, features, skip })) checkCount(name, field, value);
  for (const [field, list] of Object.entries({ encoder, decoder })) {
    if (list.length > 0 || field === "decoder") checkNumbers(name, field, list);
    for (const [i, n] of list.entries()) checkCount(name, `${field}[${i}]`, n);
  }
  checkNumbers(name, "range", range);
  const [low, high] = range;
  if (range.length !== 2 || !(low < high))
    throw new ArgumentError(`${name}: range must be two numbers in order (got ${JSON.stringify(range)}).`);
  const alone = encoder.length === 0;
  if (alone && codes !== 1)
    throw new ArgumentError(`${name}: several codes need an encoder (got ${codes} codes and none).`);
  if (alone && options.features !== undefined)
    throw new ArgumentError(`${name}: features need an encoder (got ${features} and none).`);
  const g1 = alone ? null : hourglass({ in: codeChannels, out: features, channels: encoder, skip });
  const g2 = hourglass({ in: alone ? codeChannels : features, out: 1, channels: decoder, skip });
  const unit = 2 ** Math.max(encoder.length, decoder.length);
  return {
    init(key, init) {
      const [forEncoder, forDecoder] = key.split(2);
      return {
        joint:
          g1 === null
            ? []
            : [{ encoder: g1.init(forEncoder, init), mixture: full([codes, features], 1 / codes, init as never) }],
        decoder: g2.init(forDecoder, init),
      };
    },
    codes(key, shape, init = {}) {
      // An instance norm over a single pixel would divide by a variance of 0.
      if (shape.length !== 2 || shape.some((n) => n % unit !== 0 || n < 2 * unit)) {
        throw new ShapeError(
          `${name}: the image cannot be halved often enough (got ${JSON.stringify(shape)}, expected two sizes divisible by ${unit}, ` +
            `at least ${2 * unit}). Use fewer levels in encoder and decoder.`,
        );
      }
      const [rows, columns] = shape;
      return uniform(key, [codes, codeChannels, rows, columns], { ...init, high: 0.1 } as never);
    },
    apply({ joint: [join], decoder: p2 }, z) {
      const [, , rows, columns] = z.shape;
      const joined =
        g1 === null
          ? z
          : sum(mul(g1.apply(join.encoder, z), reshape(join.mixture, [codes, features, 1, 1])), {
              axis: 0,
              keepDims: true,
            });
      const image = sigmoid(reshape(g2.apply(p2, joined), [rows, columns]));
      return low === 0 && high === 1 ? image : add(mul(image, high - low), low);
    },
  };
}
