/** Pixels as files and canvases hold them, side by side, and as tensors hold them, plane by plane. */
import { isFloat, requireDType } from "../dtype.ts";
import { ArgumentError, ShapeError, show } from "../errors.ts";
import { mul, clip, round } from "../ops/arith.ts";
import { tensor } from "../ops/create.ts";
import { cast } from "../ops/elementwise.ts";
import { permuteBy, reshapeTo } from "../ops/views.ts";
import { internShape, showShape } from "../shape.ts";
import { requireTensor, type Tensor } from "../tensor.ts";

/** Interleaved samples of an image. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly samples: Uint8Array | Uint8ClampedArray | Uint16Array;
  /** The sample that means 1. */
  readonly most: number;
}

/** [channels, height, width] in [0, 1], f32. */
export function tensorOf(
  { width, height, channels, samples, most }: Pixels,
  device: string | undefined,
): Tensor<"f32"> {
  const values = Float32Array.from(samples, (v) => v / most);
  const image = tensor<"f32">(values, { shape: [height, width, channels], dtype: "f32", device });
  return channels === 1 ? reshapeTo(image, internShape([1, height, width])) : permuteBy(image, [2, 0, 1]);
}

/** The samples of [channels, height, width] or [height, width], from numbers cut to [0, 1] and rounded. */
export async function pixelsOf(name: string, x: Tensor, most: 255 | 65535): Promise<Pixels> {
  requireTensor(name, x);
  if (!isFloat(x.dtype)) requireDType(name, x.dtype, "float");
  const [channels, height, width] = x.ndim === 2 ? [1, ...x.shape] : x.shape;
  if ((x.ndim !== 2 && x.ndim !== 3) || channels < 1 || channels > 4 || height < 1 || width < 1) {
    throw new ShapeError(
      `${name}: x is no image (got ${showShape(x.shape)}, expected [height, width] or [channels, height, width] with one to four channels).`,
    );
  }
  const image = permuteBy(reshapeTo(x, internShape([channels, height, width])), [1, 2, 0]);
  // NaN counts as 0, as integers have it.
  const bytes = cast(round(mul(clip(image, 0, 1), most)), "u32");
  const data = await bytes.data();
  const samples = most === 255 ? Uint8Array.from(data) : Uint16Array.from(data);
  return { width, height, channels, samples, most };
}

/** Grey from colours, a colour without its alpha: the channels that a user asks for. */
export function withChannels(name: string, pixels: Pixels, channels: number | undefined): Pixels {
  if (channels === undefined || channels === pixels.channels) return pixels;
  if (![1, 3, 4].includes(channels)) {
    throw new ArgumentError(`${name}: channels must be 1, 3 or 4 (got ${show(channels)}).`);
  }
  const { width, height, samples, most, channels: given } = pixels;
  const count = width * height;
  const out = new (most === 255 ? Uint8Array : Uint16Array)(count * channels);
  const alpha = given === 2 || given === 4 ? given - 1 : -1;
  for (let i = 0; i < count; i++) {
    const at = i * given;
    const color = given < 3 ? [samples[at], samples[at], samples[at]] : [samples[at], samples[at + 1], samples[at + 2]];
    if (channels === 1) {
      out[i] = given < 3 ? color[0] : Math.round(0.2126 * color[0] + 0.7152 * color[1] + 0.0722 * color[2]);
      continue;
    }
    out.set(color, i * channels);
    if (channels === 4) out[i * 4 + 3] = alpha < 0 ? most : samples[at + alpha];
  }
  return { width, height, channels, samples: out, most };
}
