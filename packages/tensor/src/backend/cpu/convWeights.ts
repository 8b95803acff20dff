import type { CpuLaunch, CpuRoutinePlan, Word } from "../backend.ts";
import { CONV_RATE, flattenPointwise, imageWords, oddLines, outputBlock, windowLayout } from "./conv.ts";
import type { ArrayView, ConvSpec } from "./conv.ts";
import { gradientModule, GRADIENT_WORDS } from "./convGradient.ts";
import { gradientPackModule, GRADIENT_PACK_WORDS } from "./convGradientPack.ts";
import { IMAGE_WORDS } from "./convImage.ts";
import { evenBlocks } from "./gemm.ts";
import { tileConfig } from "./gemmMicro.ts";

/** Sizes of a convolution and the arrays from which the gradient of its weights is computed. */
export interface ConvWeightsSpec extends Omit<ConvSpec, "w"> {
  /** Gradient of the output: strides of [image, channel, row, column]. */
  readonly dy: ArrayView;
}

/**
 * Plans the gradient of a convolution with respect to its weights: inputs x [batch, groups channelsIn, H, W] and dy
 * [batch, groups channelsOut, outH, outW], output dw [groups, channelsOut, channelsIn, KH, KW] in C order,
 *
 * dw[o, c, p, q] = sum over n, i, j of dy[n, o, i, j] x[n, c, (i s - pad + p d) / e, (j s - pad + q d) / e],
 *
 * in the notation of {@link convPlan}. The sum runs through n, i, j in this order, whatever the split of the units.
 */
export function convWeightsPlan(given: ConvWeightsSpec): CpuRoutinePlan {
  const spec = flattenPointwise(given, given.dy);
  const config = tileConfig(spec.dtype, spec.relaxed);
  const { width, columns } = config;
  const taps = spec.kernel[0] * spec.kernel[1];
  if ([spec.groups, spec.channelsIn, spec.channelsOut, taps].includes(0)) return { temps: [], launches: [] };
  const [outH, outW] = spec.output;
  const images = outH * outW === 0 ? 0 : spec.batch;
  const { blockH, blockW } = outputBlock(config, outH, outW);
  let blockIn = evenBlocks(spec.channelsIn, Math.max(1, Math.floor(192 / taps)), 1);
  let blockOut = evenBlocks(
    spec.channelsOut,
    Math.max(columns, Math.min(128, Math.floor(2 ** 17 / (blockIn * taps)))),
    columns,
  );
  const operations = 2 * taps * spec.channelsIn * spec.channelsOut * spec.groups * images * outH * outW;
  const inBlocks = (): number => Math.ceil(spec.channelsIn / blockIn);
  const outBlocks = (): number => Math.ceil(spec.channelsOut / blockOut);
  while (operations > 5e6 && spec.groups * inBlocks() * outBlocks() < 8) {
    if (blockIn * taps >= blockOut && blockIn > 1) blockIn = Math.ceil(blockIn / 2);
    else if (blockOut > columns) blockOut = evenBlocks(blockOut, Math.ceil(blockOut / 2), columns);
    else break;
  }
  const axes = [0, 1].map((d) => ({ taps: spec.kernel[d], stride: spec.stride[d], dilation: spec.dilation[d] }));
  const window = windowLayout(config, axes[0], axes[1], blockH, blockW);
  const panelBytes = oddLines(blockH * blockW * columns * width);
  const sumsRowBytes = oddLines(blockOut * width);
  // Packed once for all where several blocks of input channels need it, and its panels have few empty columns.
  const ahead = inBlocks() > 1 && spec.channelsOut >= columns && images * outH * outW > 0;
  const blockBytes = Math.ceil(spec.channelsOut / columns) * panelBytes;
  const imageBytes = ahead ? Math.ceil(outH / blockH) * Math.ceil(outW / blockW) * blockBytes : 0;
  const imageAt = Math.ceil((blockIn * taps * 4) / 64) * 64;
  const panelAt = imageAt + blockIn * window.channelBytes;
  const sumsAt = panelAt + (ahead ? 0 : Math.ceil(blockOut / columns) * panelBytes);
  const sumsBytes = blockIn * taps * sumsRowBytes;
  const [dyBatch, dyChannel, dyRow, dyColumn] = spec.dy.strides;
  const words: Record<(typeof GRADIENT_WORDS)[number], Word> = {
    x: { input: 0, bytes: spec.x.offset * width },
    dy: { input: 1, bytes: spec.dy.offset * width },
    dw: { output: 0, bytes: (spec.start ?? 0) * width },
    batch: images,
    groups: spec.groups,
    channelsIn: spec.channelsIn,
    channelsOut: spec.channelsOut,
    outH,
    outW,
    xBatchBytes: spec.x.strides[0] * width,
    dyBatchBytes: dyBatch * width,
    dyChannelBytes: dyChannel * width,
    dyRowBytes: dyRow * width,
    dyColumnBytes: dyColumn * width,
    blockIn,
    blockOut,
    blockH,
    blockW,
    inBlocks: inBlocks(),
    outBlocks: outBlocks(),
    panelBytes,
    sumsRowBytes,
    sumsBytes,
    imageAt,
    panelAt,
    sumsAt,
    packed: ahead ? { temp: 0 } : 0,
    blockBytes,
    imageBytes,
  };
  const image = imageWords(spec, window, {
    padding: spec.padding,
    stride: spec.stride,
    spread: spec.inputDilation,
    kernel: spec.kernel,
    dilation: spec.dilation,
  });
  const share = Math.min(blockIn, spec.channelsIn) * Math.min(blockOut, spec.channelsOut);
  const launches: CpuLaunch[] = [];
  if (ahead) {
    const pack: Record<(typeof GRADIENT_PACK_WORDS)[number], Word> = {
      dy: words.dy,
      packed: { temp: 0 },
      groups: spec.groups,
      channelsOut: spec.channelsOut,
      outH,
      outW,
      dyBatchBytes: dyBatch * width,
      dyChannelBytes: dyChannel * width,
      dyRowBytes: dyRow * width,
      dyColumnBytes: dyColumn * width,
      blockH,
      blockW,
      panelBytes,
      blockBytes,
      imageBytes,
    };
    launches.push({
      key: `conv-weights-pack:${spec.dtype}`,
      bytes: (shared) => gradientPackModule(spec.dtype, shared),
      words: GRADIENT_PACK_WORDS.map((name) => pack[name]),
      units: images * spec.groups,
      unitCost: 50 + outH * outW * spec.channelsOut,
      scratch: 0,
    });
  }
  launches.push({
    key: `conv-weights:${spec.dtype}:${spec.relaxed}`,
    bytes: (shared) => gradientModule(spec.dtype, spec.relaxed, shared),
    words: [...IMAGE_WORDS.map((name) => image[name]), ...GRADIENT_WORDS.map((name) => words[name])],
    units: spec.groups * inBlocks() * outBlocks(),
    unitCost: 100 + images * outH * outW * ((2 * taps * share) / CONV_RATE[spec.dtype] + blockIn + blockOut / 4),
    scratch: sumsAt + sumsBytes,
  });
  return { temps: ahead ? [images * spec.groups * imageBytes] : [], launches };
}
