/** Convolutions in 8-bit integers, as one product over patches. */
import type { Tensor } from "@ansatz/tensor";
import { checkInteger, checkLength } from "../check.ts";
import { integerLinear } from "./linear.ts";
import type { Codes, PackedWeight } from "./linear.ts";

/** Sizes of a convolution of images [batch, channels, height, width]. */
export interface ConvShape {
  readonly batch: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Height and width of the kernel. */
  readonly kernel: readonly [number, number];
  /** Step in both directions, 1 by default. */
  readonly stride?: number;
  /** Rows and columns of zeros (codes equal to the zero point) around the image, 0 by default. */
  readonly padding?: number;
}

/**
 * Codes of all patches, [batch·outHeight·outWidth, channels·kernel], and the size of the result.
 * @throws ArgumentError for a shape, padding or result out of range; ShapeError for codes of another length
 */
export function patchesOf(
  { codes, zeroPoint = 0 }: Codes,
  shape: ConvShape,
): { readonly patches: Int8Array | Uint8Array; readonly outHeight: number; readonly outWidth: number } {
  const name = "patchesOf";
  const { batch, channels, height, width, stride = 1, padding = 0 } = shape;
  const [kh, kw] = shape.kernel;
  for (const [field, value] of Object.entries({ batch, channels, height, width, stride, kh, kw })) {
    checkInteger(name, field, value, 1);
  }
  checkInteger(name, "padding", padding, 0);
  checkLength(name, "codes", codes, batch * channels * height * width);
  const outHeight = Math.floor((height + 2 * padding - kh) / stride) + 1;
  const outWidth = Math.floor((width + 2 * padding - kw) / stride) + 1;
  checkInteger(name, "the height of the result", outHeight, 1);
  checkInteger(name, "the width of the result", outWidth, 1);
  const length = channels * kh * kw;
  const size = batch * outHeight * outWidth * length;
  const patches = codes instanceof Int8Array ? new Int8Array(size) : new Uint8Array(size);
  patches.fill(zeroPoint);
  let at = 0;
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < outHeight; oy++) {
      for (let ox = 0; ox < outWidth; ox++) {
        for (let c = 0; c < channels; c++) {
          for (let dy = 0; dy < kh; dy++) {
            const y = oy * stride + dy - padding;
            const row = ((b * channels + c) * height + y) * width + ox * stride - padding;
            for (let dx = 0; dx < kw; dx++, at++) {
              const x = ox * stride + dx - padding;
              if (y >= 0 && y < height && x >= 0 && x < width) patches[at] = codes[row + dx];
            }
          }
        }
      }
    }
  }
  return { patches, outHeight, outWidth };
}

/**
 * Sums of a convolution with a weight [out, channels·kernelHeight·kernelWidth]: i32 [batch·outHeight·outWidth, out], in
 * the order of the pixels. Exact, the same on every device.
 */
export function integerConv2d(
  input: Codes,
  shape: ConvShape,
  weight: PackedWeight,
): { readonly sums: Tensor<"i32">; readonly outHeight: number; readonly outWidth: number } {
  const { patches, outHeight, outWidth } = patchesOf(input, shape);
  const sums = integerLinear({ ...input, codes: patches }, shape.batch * outHeight * outWidth, weight);
  return { sums, outHeight, outWidth };
}
