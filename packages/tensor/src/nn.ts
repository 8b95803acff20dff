/**
 * Operations that networks on signals, images and volumes are made of: convolutions of one to three axes, transposed ones,
 * pooling and resizing. Layouts are [batch, channels, ...spatial axes].
 */
export { adaptiveAvgPool, adaptiveMaxPool } from "./nn/adaptive.ts";
export { conv1d, conv3d, type ConvOptions } from "./nn/convolution.ts";
export { conv2d, type Conv2dOptions } from "./ops/conv.ts";
export type { PerAxis, Sides } from "./nn/options.ts";
export {
  avgPool1d,
  avgPool2d,
  avgPool3d,
  maxPool1d,
  maxPool2d,
  maxPool3d,
  type AvgPoolOptions,
  type MaxPoolOptions,
  type PoolOptions,
} from "./nn/pooling.ts";
export { resize, type ResizeOptions } from "./nn/resize.ts";
export { convTranspose1d, convTranspose2d, convTranspose3d, type ConvTransposeOptions } from "./nn/transposed.ts";
