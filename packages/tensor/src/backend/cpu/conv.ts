import type { CpuLaunch, CpuRoutinePlan, Word } from "../backend.ts";
import { forwardModule, FORWARD_WORDS } from "./convForward.ts";
import { IMAGE_WORDS } from "./convImage.ts";
import type { ImageWord } from "./convImage.ts";
import { axisPhases } from "./convPhases.ts";
import type { AxisPhase } from "./convPhases.ts";
import { packModule, PACK_WORDS } from "./convPack.ts";
import { evenBlocks } from "./gemm.ts";
import { tileConfig } from "./gemmMicro.ts";
import type { FloatType, TileConfig } from "./gemmMicro.ts";

/** A strided array inside a buffer; offset and strides in elements. */
export interface ArrayView {
  readonly offset: number;
  readonly strides: readonly number[];
}

/** A pair for the vertical and the horizontal axis. */
export type Pair = readonly [number, number];

/** Sizes of a two-dimensional convolution and the arrays it reads. */
export interface ConvSpec {
  readonly dtype: FloatType;
  readonly batch: number;
  readonly groups: number;
  /** Input channels of one group. */
  readonly channelsIn: number;
  /** Output channels of one group. */
  readonly channelsOut: number;
  readonly input: Pair;
  readonly kernel: Pair;
  /** Output size; together with `padding` it fixes the padding at the far end. */
  readonly output: Pair;
  readonly stride: Pair;
  /** Zeros above and to the left; negative values cut the input. */
  readonly padding: Pair;
  /** Distance between neighbouring taps of the kernel. */
  readonly dilation: Pair;
  /** Distance between neighbouring inputs; the places between hold zeros. */
  readonly inputDilation: Pair;
  /** Input: strides of [image, channel, row, column]; channels run through all groups. */
  readonly x: ArrayView;
  /** Weights: strides of [group, channel out, channel in, kernel row, kernel column]; may be negative. */
  readonly w: ArrayView;
  /** Element at which the output starts in its buffer; 0 when left out. */
  readonly start?: number;
  /** Fused multiply-add; the caller has checked that the engine has it. */
  readonly relaxed: boolean;
}

/** Sustained rate of one core in operations per nanosecond, for the estimate of a unit's cost. */
export const CONV_RATE = { f32: 45, f64: 22 } as const;

/** Rounds bytes up to an odd number of cache lines, so that rows so far apart do not share sets of a cache. */
export function oddLines(bytes: number): number {
  return Math.ceil(bytes / 128) * 128 + 64;
}

/** Layout of the window that `image` writes for a block of outputs. */
export interface WindowLayout {
  readonly planeColumns: number;
  readonly planeBytes: number;
  readonly rowBytes: number;
  readonly channelBytes: number;
}

/** What the window's size depends on along one axis. */
type Reach = Pick<AxisPhase, "taps" | "stride" | "dilation">;

/** Window for `rows` by `columns` outputs. */
export function windowLayout(
  config: TileConfig,
  vertical: Reach,
  horizontal: Reach,
  rows: number,
  columns: number,
): WindowLayout {
  const { lanes, width } = config;
  const whole = (count: number): number => Math.ceil(count / lanes) * lanes;
  const reach = (axis: Reach): number => Math.max(0, axis.taps - 1) * axis.dilation;
  const planeColumns = whole(whole(columns) + Math.floor(reach(horizontal) / horizontal.stride));
  const planeBytes = planeColumns * width;
  const rowBytes = horizontal.stride * planeBytes;
  const windowRows = (rows - 1) * vertical.stride + reach(vertical) + 1;
  return { planeColumns, planeBytes, rowBytes, channelBytes: oddLines(windowRows * rowBytes) };
}

/** Geometry of the window's positions, each for the vertical and the horizontal axis. */
interface WindowGeometry {
  readonly padding: Pair;
  readonly stride: Pair;
  readonly spread: Pair;
  readonly kernel: Pair;
  readonly dilation: Pair;
}

/** Parameter words of the window. */
export function imageWords(
  { dtype, relaxed, input, x }: Pick<ConvSpec, "dtype" | "relaxed" | "input" | "x">,
  layout: WindowLayout,
  { padding, stride, spread, kernel, dilation }: WindowGeometry,
): Record<ImageWord, number> {
  const { width } = tileConfig(dtype, relaxed);
  const [, channel, row, column] = x.strides;
  return {
    height: input[0],
    width: input[1],
    xRowBytes: row * width,
    xColumnBytes: column * width,
    xChannelBytes: channel * width,
    padTop: padding[0],
    padLeft: padding[1],
    strideH: stride[0],
    strideW: stride[1],
    spreadH: spread[0],
    spreadW: spread[1],
    kernelH: kernel[0],
    kernelW: kernel[1],
    dilationH: dilation[0],
    dilationW: dilation[1],
    ...layout,
  };
}

/** Rows and columns of outputs that one unit computes: whole rows where they are short, parts of one row where long. */
export function outputBlock(config: TileConfig, height: number, width: number): { blockH: number; blockW: number } {
  const most = 1024 / config.width;
  if (width > most) return { blockH: 1, blockW: evenBlocks(width, most, config.columns) };
  return { blockH: evenBlocks(height, Math.max(1, Math.floor(most / width)), 1), blockW: width };
}

/** A pointwise kernel does not care about rows: one long row has no ragged ends. */
export function flattenPointwise<S extends Omit<ConvSpec, "w">>(spec: S, dy?: ArrayView): S {
  const [height, width] = spec.input;
  const [, , xRow, xColumn] = spec.x.strides;
  const pointwise =
    [...spec.kernel, ...spec.stride, ...spec.inputDilation].every((value) => value === 1) &&
    spec.padding.every((value) => value === 0) &&
    spec.output[0] === height &&
    spec.output[1] === width &&
    xRow === width * xColumn &&
    (dy === undefined || dy.strides[2] === width * dy.strides[3]);
  if (!pointwise) return spec;
  const flat: Pair = [1, height * width];
  return { ...spec, input: flat, output: flat };
}

/** Launch that copies the taps of one phase into a temporary in C order. */
function packLaunch(spec: ConvSpec, phases: readonly [AxisPhase, AxisPhase], temp: number): CpuLaunch {
  const { width } = tileConfig(spec.dtype, spec.relaxed);
  const [vertical, horizontal] = phases;
  const [group, out, channel, row, column] = spec.w.strides;
  const words: Record<(typeof PACK_WORDS)[number], Word> = {
    w: { input: 1, bytes: (spec.w.offset + vertical.firstTap * row + horizontal.firstTap * column) * width },
    packed: { temp },
    channelsOut: spec.channelsOut,
    channelsIn: spec.channelsIn,
    kernelH: vertical.taps,
    kernelW: horizontal.taps,
    groupBytes: group * width,
    outBytes: out * width,
    inBytes: channel * width,
    rowBytes: row * vertical.tapStep * width,
    columnBytes: column * horizontal.tapStep * width,
  };
  return {
    key: `conv-pack:${spec.dtype}`,
    bytes: (shared) => packModule(spec.dtype, shared),
    words: PACK_WORDS.map((name) => words[name]),
    units: spec.groups * spec.channelsOut,
    unitCost: 20 + spec.channelsIn * (10 + vertical.taps * horizontal.taps),
    scratch: 0,
  };
}

/** Where the weights of a launch lie: in the input as they are, or packed into a temporary. */
interface Weights {
  readonly word: Word;
  readonly group: number;
  readonly row: number;
}

function forwardLaunch(spec: ConvSpec, phases: readonly [AxisPhase, AxisPhase], weights: Weights): CpuLaunch {
  const config = tileConfig(spec.dtype, spec.relaxed);
  const { width, lanes } = config;
  const [vertical, horizontal] = phases;
  const [outH, outW] = [vertical.count, horizontal.count];
  const taps = vertical.taps * horizontal.taps;
  const channelsIn = taps === 0 ? 0 : spec.channelsIn;
  const { blockH: mostH, blockW } = outputBlock(config, outH, outW);
  let blockH = mostH;
  let blockOut = evenBlocks(spec.channelsOut, 512, 1);
  const blockIn = evenBlocks(channelsIn, Math.max(1, Math.floor(300 / Math.max(1, taps))), 1);
  const operations = 2 * taps * channelsIn * spec.channelsOut * spec.groups * spec.batch * outH * outW;
  const units = (): number =>
    spec.batch *
    spec.groups *
    Math.ceil(outH / blockH) *
    Math.ceil(outW / blockW) *
    Math.ceil(spec.channelsOut / blockOut);
  while (operations > 5e6 && units() < 8) {
    if (blockH > 1 && blockH * blockW > 64) blockH = Math.ceil(blockH / 2);
    else if (blockOut > 32) blockOut = Math.ceil(blockOut / 2);
    else break;
  }
  const window = windowLayout(config, vertical, horizontal, blockH, blockW);
  const inPlace = horizontal.step === 1 && outW % lanes === 0 && blockW % lanes === 0;
  const sumsRowBytes = Math.ceil(blockW / lanes) * 16;
  const sumsChannelBytes = oddLines(blockH * sumsRowBytes);
  const imageAt = Math.ceil((blockIn * taps * 4) / 64) * 64;
  const sumsAt = imageAt + blockIn * window.channelBytes;
  const [fullH, fullW] = spec.output;
  const image = imageWords(spec, window, {
    padding: [vertical.padding, horizontal.padding],
    stride: [vertical.stride, horizontal.stride],
    spread: [1, 1],
    kernel: [vertical.taps, horizontal.taps],
    dilation: [vertical.dilation, horizontal.dilation],
  });
  const words: Record<(typeof FORWARD_WORDS)[number], Word> = {
    x: { input: 0, bytes: spec.x.offset * width },
    w: weights.word,
    y: { output: 0, bytes: ((spec.start ?? 0) + vertical.first * fullW + horizontal.first) * width },
    groups: spec.groups,
    channelsIn,
    channelsOut: spec.channelsOut,
    outH,
    outW,
    xBatchBytes: spec.x.strides[0] * width,
    wGroupBytes: weights.group * width,
    wRowBytes: weights.row * width,
    yBatchBytes: spec.groups * spec.channelsOut * fullH * fullW * width,
    yChannelBytes: fullH * fullW * width,
    yRowBytes: vertical.step * fullW * width,
    yColumnBytes: horizontal.step * width,
    blockIn,
    blockOut,
    blockH,
    blockW,
    outBlocks: Math.ceil(spec.channelsOut / blockOut),
    rowBlocks: Math.ceil(outH / blockH),
    columnBlocks: Math.ceil(outW / blockW),
    sumsRowBytes,
    sumsChannelBytes,
    imageAt,
    sumsAt,
    inPlace: Number(inPlace),
  };
  const share = Math.min(blockH, outH) * Math.min(blockW, outW);
  return {
    key: `conv:${spec.dtype}:${spec.relaxed}`,
    bytes: (shared) => forwardModule(spec.dtype, spec.relaxed, shared),
    words: [...IMAGE_WORDS.map((name) => image[name]), ...FORWARD_WORDS.map((name) => words[name])],
    units: units(),
    unitCost: 100 + channelsIn * share * ((2 * taps * blockOut) / CONV_RATE[spec.dtype] + 1),
    scratch: sumsAt + (inPlace ? 0 : blockOut * sumsChannelBytes),
  };
}

/**
 * Plans a two-dimensional convolution on the CPU: inputs x [batch, groups channelsIn, H, W] and w, output
 * y [batch, groups channelsOut, outH, outW] in C order,
 *
 * y[n, o, i, j] = sum over c, p, q of x[n, c, (i s - pad + p d) / e, (j s - pad + q d) / e] w[o, c, p, q],
 *
 * with stride s, dilation d and input dilation e; terms whose index is not an integer or lies outside x count as zero.
 * The sum runs through c, p, q in this order, whatever the split of the units between threads. Zeros of the padding are
 * multiplied like other inputs, so an infinite weight gives NaN at the border.
 *
 * An input dilation never multiplies inserted zeros: the outputs are sorted by the taps that meet real inputs, and each
 * class is a convolution without input dilation of its own.
 */
export function convPlan(spec: ConvSpec): CpuRoutinePlan {
  const flat = flattenPointwise(spec);
  const axis = (d: 0 | 1): AxisPhase[] =>
    axisPhases({
      outputs: flat.output[d],
      taps: flat.kernel[d],
      stride: flat.stride[d],
      padding: flat.padding[d],
      dilation: flat.dilation[d],
      spread: flat.inputDilation[d],
    });
  const empty = [flat.batch, flat.groups, flat.channelsOut, ...flat.output].includes(0);
  const temps: number[] = [];
  const launches: CpuLaunch[] = [];
  if (empty) return { temps, launches };
  const { width } = tileConfig(flat.dtype, flat.relaxed);
  const [group, out, channel, row, column] = flat.w.strides;
  const [kernelH, kernelW] = flat.kernel;
  const verticals = axis(0);
  const horizontals = axis(1);
  const ordered = column === 1 && (row === kernelW || kernelH === 1) && channel === kernelH * kernelW;
  for (const vertical of verticals) {
    for (const horizontal of horizontals) {
      const phases = [vertical, horizontal] as const;
      const size = flat.channelsIn * vertical.taps * horizontal.taps;
      const allTaps = vertical.taps === kernelH && horizontal.taps === kernelW;
      if (size === 0 || (allTaps && ordered)) {
        launches.push(
          forwardLaunch(flat, phases, { word: { input: 1, bytes: flat.w.offset * width }, group, row: out }),
        );
        continue;
      }
      const temp = temps.push(flat.groups * flat.channelsOut * size * width) - 1;
      launches.push(packLaunch(flat, phases, temp));
      launches.push(forwardLaunch(flat, phases, { word: { temp }, group: flat.channelsOut * size, row: size }));
    }
  }
  return { temps, launches };
}
