/** The network of deep image priors. */
import { conv2d, instanceNorm, leakyRelu, upsampleBilinear, type Layer, type ScaleAndShift } from "@ansatz/nn";
import { concat, type Tensor } from "@ansatz/tensor";
import type { Key } from "@ansatz/tensor/random";

/** Parameters of {@link hourglass}. */
export type HourglassParams = {
  readonly levels: readonly {
    readonly down: Tensor;
    readonly downNorm: ScaleAndShift;
    readonly mix: Tensor;
    readonly mixNorm: ScaleAndShift;
    readonly skip: Tensor;
    readonly skipNorm: ScaleAndShift;
    readonly up: Tensor;
    readonly upNorm: ScaleAndShift;
  }[];
  readonly head: { readonly weight: Tensor; readonly bias: Tensor };
};

/** Sizes of {@link hourglass}. */
export interface HourglassOptions {
  readonly in: number;
  readonly out: number;
  /** Channels of the levels; each has half the resolution of the one before. */
  readonly channels: readonly number[];
  /** Channels of the shortcut at each resolution. */
  readonly skip: number;
}

const SLOPE = 0.1;

/**
 * Down and up again (Ulyanov, Vedaldi and Lempitsky 2018): per level a 3x3 convolution of stride 2, one of stride 1, the coarser levels, bilinear doubling, a
 * join with a 1x1 shortcut, and a 3x3 convolution; a 1x1 convolution at the end. Every other convolution is followed by an instance norm and a leaky
 * rectifier.
 */
export function hourglass(options: HourglassOptions): Layer<HourglassParams> {
  const { channels, skip } = options;
  const convolution = (from: number, to: number, kernel: 1 | 3, stride = 1): Layer =>
    conv2d({ in: from, out: to, kernel, stride, padding: kernel === 3 ? 1 : 0, bias: false }) as unknown as Layer;
  const norm = (count: number): Layer<ScaleAndShift> => instanceNorm({ channels: count, affine: true });
  const parts = channels.map((count, i) => {
    const above = i === 0 ? options.in : channels[i - 1];
    // What a level hands to the finer one has the channels of that level.
    const handed = i === 0 ? count : channels[i - 1];
    return {
      down: convolution(above, count, 3, 2),
      downNorm: norm(count),
      mix: convolution(count, count, 3),
      mixNorm: norm(count),
      skip: convolution(above, skip, 1),
      skipNorm: norm(skip),
      up: convolution(count + skip, handed, 3),
      upNorm: norm(handed),
    };
  });
  const head = conv2d({ in: channels[0], out: options.out, kernel: 1 });
  const active = (layer: Layer<ScaleAndShift>, params: ScaleAndShift, x: Tensor): Tensor =>
    leakyRelu(layer.apply(params, x), SLOPE);
  const onLevel = (params: HourglassParams, i: number, x: Tensor): Tensor => {
    if (i === parts.length) return x;
    const [layer, own] = [parts[i], params.levels[i]];
    const bare = (which: "down" | "mix" | "skip" | "up", h: Tensor): Tensor =>
      active(layer[`${which}Norm`], own[`${which}Norm`], layer[which].apply({ weight: own[which] }, h));
    const inner = onLevel(params, i + 1, bare("mix", bare("down", x)));
    return bare("up", concat([upsampleBilinear(inner), bare("skip", x)], 1));
  };
  return {
    init(key: Key, init) {
      const [forLevels, forHead] = key.split(2);
      const levels = parts.map((part, i) => {
        const keys = forLevels.fold(i).split(8);
        return Object.fromEntries(
          Object.entries(part).map(([name, layer], k) => {
            const made = (layer as Layer).init(keys[k], init);
            return [name, name.endsWith("Norm") ? made : (made as { readonly weight: Tensor }).weight];
          }),
        );
      });
      return { levels, head: head.init(forHead, init) } as unknown as HourglassParams;
    },
    apply: (params, x) => head.apply(params.head as never, onLevel(params, 0, x)),
  };
}
