/** A network that proposes directions for solving Poisson-like systems on grids. */
import { add, astype, compile, relu, reshape, ShapeError, showShape, type Tensor } from "@ansatz/tensor";
import { checkOptions } from "@ansatz/tensor";
import type { Key } from "@ansatz/tensor/random";
import { checkChoice, checkInteger } from "../check.ts";
import { averagePool2d, upsampleBilinear, upsampleNearest } from "../functions/resample.ts";
import { defaultInit, kaiming, type Initializer } from "../initializers.ts";
import type { InitOptions } from "../layer.ts";
import { conv2d } from "../layers/conv2d.ts";

/** Options of {@link directionNet}. */
export interface DirectionNetOptions {
  /** Channels between the first and the last convolution; 8 when left out. */
  readonly channels?: number;
  /** Grids, each half as fine as the one before; 2 when left out. Sizes must be divisible by `2^(levels - 1)`. */
  readonly levels?: number;
  /** Residual blocks per level before the way down; 1 when left out. */
  readonly before?: number;
  /** Residual blocks per level after the way up; 1 when left out. */
  readonly after?: number;
  /** Residual blocks on the coarsest grid; 2 when left out. */
  readonly bottom?: number;
  /** `pair`: `h + conv(relu(conv(h)))`, or `single`: `h + relu(conv(relu(h)))`. `pair` when left out. */
  readonly block?: "pair" | "single";
  /** How coarse grids are brought to finer ones; `bilinear` when left out. */
  readonly upsampling?: "bilinear" | "nearest";
}

type Weight = { readonly weight: Tensor };
type Block = readonly Weight[];

/** Parameters of {@link directionNet}, finest level first. */
export type DirectionNetParams = {
  readonly lift: Weight;
  readonly levels: readonly { readonly before: readonly Block[]; readonly after: readonly Block[] }[];
  readonly bottom: readonly Block[];
  readonly head: Weight;
};

/** A network from residuals to directions. */
export interface DirectionNet {
  readonly init: (key: Key, options?: InitOptions) => DirectionNetParams;
  /** [batch, N, N] to the same. */
  readonly apply: (params: DirectionNetParams, r: Tensor) => Tensor;
}

/** The last convolution of a pair starts small, so that deep networks start close to a linear one. */
const small: Initializer = /*@__PURE__*/ kaiming({ gain: 0.1 * Math.sqrt(1 / 3) });

/**
 * The kind of network that Kaneda and others (2023) use, on any number of grids: a 3x3 convolution to `channels`; on every
 * level residual blocks, a mean over 2x2 blocks to the coarser level, its result interpolated back and added, and residual
 * blocks again; a 1x1 convolution to one channel. All 3x3 convolutions have zero borders, which suits zero boundary values.
 *
 * There are no biases, so the network is positively homogeneous: `f(c r) = c f(r)` for c > 0. It fits any grid whose size is
 * divisible by `2^(levels - 1)`, but iterations grow where the coarsest grid is larger than in training.
 * @throws ArgumentError for an option outside its range
 */
export function directionNet(options: DirectionNetOptions = {}): DirectionNet {
  const name = "directionNet";
  checkOptions(name, options, ["channels", "levels", "before", "after", "bottom", "block", "upsampling"]);
  const { channels = 8, levels = 2, before = 1, after = 1, bottom = 2 } = options;
  const { block = "pair", upsampling = "bilinear" } = options;
  checkInteger(name, "channels", channels, 1);
  checkInteger(name, "levels", levels, 1);
  for (const [field, value] of Object.entries({ before, after, bottom })) checkInteger(name, field, value, 0);
  checkChoice(name, "block", block, ["pair", "single"]);
  checkChoice(name, "upsampling", upsampling, ["bilinear", "nearest"]);

  const convolution = (weightInit: Initializer) =>
    conv2d({ in: channels, out: channels, kernel: 3, padding: "same", bias: false, weightInit });
  const lift = conv2d({ in: 1, out: channels, kernel: 3, padding: "same", bias: false });
  const head = conv2d({ in: channels, out: 1, kernel: 1, bias: false });
  const convolutions = block === "pair" ? [convolution(defaultInit), convolution(small)] : [convolution(defaultInit)];
  const up = upsampling === "bilinear" ? upsampleBilinear : upsampleNearest;

  const initBlocks = (key: Key, count: number, init?: InitOptions): Block[] =>
    key.split(count).map((k) => {
      const keys = k.split(convolutions.length);
      return convolutions.map((c, i) => c.init(keys[i], init) as Weight);
    });
  const blocks = (list: readonly Block[], h: Tensor): Tensor =>
    list.reduce(
      (x, weights) =>
        block === "pair"
          ? add(x, convolutions[1].apply(weights[1] as never, relu(convolutions[0].apply(weights[0] as never, x))))
          : add(x, relu(convolutions[0].apply(weights[0] as never, relu(x)))),
      h,
    );
  const onLevel = (params: DirectionNetParams, level: number, h: Tensor): Tensor => {
    if (level === levels - 1) return blocks(params.bottom, h);
    const own = params.levels[level];
    const down = blocks(own.before, h);
    const coarse = onLevel(params, level + 1, averagePool2d(down));
    return blocks(own.after, add(down, up(coarse)));
  };
  return {
    init(key, init) {
      const [forLift, forHead, forBottom, ...forLevels] = key.split(levels + 2);
      return {
        lift: lift.init(forLift, init) as Weight,
        levels: forLevels.map((k) => {
          const [a, b] = k.split(2);
          return { before: initBlocks(a, before, init), after: initBlocks(b, after, init) };
        }),
        bottom: initBlocks(forBottom, bottom, init),
        head: head.init(forHead, init) as Weight,
      };
    },
    apply(params, r) {
      const factor = 2 ** (levels - 1);
      if (r.ndim !== 3 || r.shape[1] % factor !== 0 || r.shape[2] % factor !== 0) {
        throw new ShapeError(
          `${name}: residuals do not fit (got ${showShape(r.shape)}, expected [batch, N, N] with N divisible by ${factor}).`,
        );
      }
      const [batch, height, width] = r.shape;
      const h = lift.apply(params.lift as never, reshape(r, [batch, 1, height, width]));
      return reshape(head.apply(params.head as never, onLevel(params, 0, h)), r.shape);
    },
  };
}

/**
 * A network with given parameters as a direction of `deepConjugateDirections` of `@ansatz/optim/linear`: a compiled function of
 * one residual [N, N], computed in the precision of the parameters and returned in that of the residual.
 */
export function directionOf(net: DirectionNet, params: DirectionNetParams): (r: Tensor) => Tensor {
  const run = compile((p: DirectionNetParams, r: Tensor) => {
    const own = astype(reshape(r, [1, ...r.shape]), p.head.weight.dtype as "f32" | "f64");
    return astype(reshape(net.apply(p, own), r.shape), r.dtype as "f32" | "f64");
  });
  return (r) => run(params, r);
}
