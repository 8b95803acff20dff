/** Networks that remove noise of a level they are told. */
import { conv2d, type InitOptions, type Layer } from "@ansatz/nn";
import {
  add,
  checkOptions,
  concat,
  broadcastTo,
  pad,
  permute,
  relu,
  reshape,
  ShapeError,
  showShape,
  slice,
  sub,
  type Range,
  type Tensor,
  type Tree,
} from "@ansatz/tensor";
import type { Key } from "@ansatz/tensor/random";
import { checkChoice, checkCount, checkNumbers } from "../check.ts";

/** A network of noisy images and their levels of noise. */
export interface DenoiserNet<P extends Tree = Tree> {
  /** Number of axes of an image. */
  readonly axes: number;
  init(key: Key, options?: InitOptions): P;
  /**
   * @param noisy [batch, ...image]
   * @param sigma [batch]
   * @returns the images without noise, of the shape of `noisy`
   */
  apply(params: P, noisy: Tensor, sigma: Tensor): Tensor;
}

/** The weight of a convolution without bias. */
type Weight = { readonly weight: Tensor };
type Convolution = Layer<Weight>;

const convolution = (from: number, to: number, kernel: number, stride = 1): Convolution =>
  conv2d({ in: from, out: to, kernel, stride, padding: kernel === 3 ? 1 : 0, bias: false }) as unknown as Convolution;

/** Images and maps of their levels as channels. */
function withLevels(axes: number, noisy: Tensor, sigma: Tensor): Tensor {
  if (noisy.ndim !== axes + 1 || sigma.ndim !== 1 || sigma.shape[0] !== noisy.shape[0]) {
    throw new ShapeError(
      `denoiser network: images and levels do not fit (got ${showShape(noisy.shape)} and ${showShape(sigma.shape)}, expected ` +
        `[batch, ...${axes} axes] and [batch]).`,
    );
  }
  const [batch, ...sizes] = noisy.shape;
  const shape = [batch, 1, ...sizes];
  const map = broadcastTo(reshape(sigma, [batch, 1, ...sizes.map(() => 1)]), shape);
  return concat([reshape(noisy, shape), map], 1);
}

/** Parameters of {@link denoisingCnn}. */
export type DenoisingCnnParams = { readonly layers: readonly Weight[] };

/** Options of {@link denoisingCnn}. */
export interface DenoisingCnnOptions {
  /** 2 for images, 3 for volumes. */
  readonly axes: 2 | 3;
  /** Channels between layers; 16 when left out. */
  readonly channels?: number;
  /** Number of convolutions, >= 2; 5 when left out. */
  readonly layers?: number;
}

/**
 * A plain convolutional network that predicts the noise (Zhang and others 2017) from the image and a map of the level: 3x3 or 3x3x3 convolutions with rectifiers
 * between them. Without biases (Mohan and others 2020), so that image and level times c give the result times c, for c > 0.
 * @throws ArgumentError for an option outside its range
 */
export function denoisingCnn(options: DenoisingCnnOptions): DenoiserNet<DenoisingCnnParams> {
  const name = "denoisingCnn";
  checkOptions(name, options, ["axes", "channels", "layers"]);
  const { axes, channels = 16, layers = 5 } = options;
  checkChoice(name, "axes", axes, [2, 3] as never);
  checkCount(name, "channels", channels);
  checkCount(name, "layers", layers, 2);
  const widths = [2, ...Array.from({ length: layers - 1 }, () => channels), 1];
  // A volume is a stack of slices; a layer sees each with its two neighbours.
  const seen = axes === 3 ? 3 : 1;
  const stack = widths.slice(1).map((to, i) => convolution(seen * widths[i], to, 3));
  const run = (params: DenoisingCnnParams, x: Tensor): Tensor => {
    let h = axes === 3 ? permute(x, [0, 4, 1, 2, 3]) : x;
    for (const [i, layer] of stack.entries()) {
      const active = i === 0 ? h : relu(h);
      h =
        axes === 3 ? onSlices(active, (t) => layer.apply(params.layers[i], t)) : layer.apply(params.layers[i], active);
    }
    return axes === 3 ? permute(h, [0, 2, 3, 4, 1]) : h;
  };
  return {
    axes,
    init(key, init) {
      const keys = key.split(stack.length);
      return { layers: stack.map((layer, i) => layer.init(keys[i], init)) };
    },
    apply: (params, noisy, sigma) => sub(noisy, reshape(run(params, withLevels(axes, noisy, sigma)), noisy.shape)),
  };
}

/** A convolution of slices [batch, slices, channels, ...], each joined with the one before and the one after. */
function onSlices(h: Tensor, convolve: (x: Tensor) => Tensor): Tensor {
  const [batch, slices, channels, rows, columns] = h.shape;
  const wide = pad(h, [
    [0, 0],
    [1, 1],
    [0, 0],
    [0, 0],
    [0, 0],
  ]);
  const joined = concat(
    [0, 1, 2].map((from) => slice(wide, [null, [from, from + slices] as Range])),
    2,
  );
  const made = convolve(reshape(joined, [batch * slices, 3 * channels, rows, columns]));
  return reshape(made, [batch, slices, made.shape[1], rows, columns]);
}

type Block = { readonly first: Weight; readonly second: Weight };

/** Parameters of {@link denoisingUNet}. */
export type DenoisingUNetParams = {
  readonly input: Weight;
  readonly down: readonly { readonly blocks: readonly Block[]; readonly resample: Weight }[];
  readonly bottom: readonly Block[];
  readonly up: readonly { readonly blocks: readonly Block[]; readonly resample: Weight }[];
  readonly output: Weight;
};

/** Options of {@link denoisingUNet}. */
export interface DenoisingUNetOptions {
  /** Channels of the levels, each with half the resolution of the one before; [16, 32, 64] when left out. */
  readonly channels?: readonly number[];
  /** Residual blocks per level on the way down, and on the way up; 1 when left out. */
  readonly blocks?: number;
}

/**
 * A U-Net of residual blocks with a map of the level as second channel, in the shape of DRUNet (Zhang and others 2021): no biases and no normalisation, 2x2
 * convolutions of stride 2 down, their transposes up, shortcuts that are added. It predicts the noise. Sizes must be divisible by
 * 2 to the number of levels less one.
 * @throws ArgumentError for an option outside its range
 */
export function denoisingUNet(options: DenoisingUNetOptions = {}): DenoiserNet<DenoisingUNetParams> {
  const name = "denoisingUNet";
  checkOptions(name, options, ["channels", "blocks"]);
  const { channels = [16, 32, 64], blocks = 1 } = options;
  checkNumbers(name, "channels", channels);
  for (const [i, n] of channels.entries()) checkCount(name, `channels[${i}]`, n);
  checkCount(name, "blocks", blocks);
  const last = channels.length - 1;
  const input = convolution(2, channels[0], 3);
  const output = convolution(channels[0], 1, 3);
  const mixers = channels.map((n) => convolution(n, n, 3));
  const downs = channels.slice(1).map((n, i) => convolution(channels[i], n, 2, 2));
  const ups = channels.slice(1).map((n, i) => convolution(n, 4 * channels[i], 1));
  const initBlocks = (key: Key, level: number, init?: InitOptions): Block[] =>
    Array.from({ length: blocks }, (_, i) => {
      const [first, second] = key.fold(i).split(2);
      return { first: mixers[level].init(first, init), second: mixers[level].init(second, init) };
    });
  const through = (level: number, list: readonly Block[], h: Tensor): Tensor =>
    list.reduce((x, { first, second }) => add(x, mixers[level].apply(second, relu(mixers[level].apply(first, x)))), h);
  const onLevel = (params: DenoisingUNetParams, level: number, h: Tensor): Tensor => {
    if (level === last) return through(level, params.bottom, h);
    const [down, up] = [params.down[level], params.up[level]];
    const here = through(level, down.blocks, h);
    const coarse = onLevel(params, level + 1, downs[level].apply(down.resample, here));
    const fine = doubled(ups[level].apply(up.resample, coarse));
    return through(level, up.blocks, add(here, fine));
  };
  return {
    axes: 2,
    init(key, init) {
      const [forInput, forDown, forBottom, forUp, forOutput] = key.split(5);
      const path = (own: Key, list: readonly Convolution[]): DenoisingUNetParams["down"] =>
        list.map((layer, level) => {
          const [forBlocks, forResample] = own.fold(level).split(2);
          return { blocks: initBlocks(forBlocks, level, init), resample: layer.init(forResample, init) };
        });
      return {
        input: input.init(forInput, init),
        down: path(forDown, downs),
        bottom: initBlocks(forBottom, last, init),
        up: path(forUp, ups),
        output: output.init(forOutput, init),
      };
    },
    apply(params, noisy, sigma) {
      const x = withLevels(2, noisy, sigma);
      const unit = 2 ** last;
      if (noisy.shape.slice(1).some((n) => n % unit !== 0)) {
        throw new ShapeError(
          `${name}: images cannot be halved ${last} times (got ${showShape(noisy.shape)}, expected sizes divisible by ${unit}).`,
        );
      }
      const shortcut = input.apply(params.input, x);
      const h = onLevel(params, 0, shortcut);
      return sub(noisy, reshape(output.apply(params.output, add(h, shortcut)), noisy.shape));
    },
  };
}

/** [batch, 4 c, h, w] to [batch, c, 2 h, 2 w]: every pixel becomes a block of 2x2. */
function doubled(x: Tensor): Tensor {
  const [batch, channels, rows, columns] = x.shape;
  const blocks = reshape(x, [batch, channels / 4, 2, 2, rows, columns]);
  return reshape(permute(blocks, [0, 1, 4, 2, 5, 3]), [batch, channels / 4, 2 * rows, 2 * columns]);
}
