/** Two-dimensional convolutions on the GPU as implicit matrix products, in f32. */
import type { GpuRoutinePlan } from "../backend.ts";
import { chooseTile, productDispatch, splitProduct, type ProductShader } from "./product.wgsl.ts";

type Pair = readonly [number, number];

/** Place of an image tensor [image, channel, row, column] in its buffer, in elements. */
export interface ImagePlace {
  readonly offset: number;
  readonly strides: readonly [image: number, channel: number, row: number, column: number];
}

/** Place of convolution weights in their buffer, in elements. Flipped kernels have negative strides. */
export interface WeightPlace {
  readonly offset: number;
  readonly strides: readonly [group: number, out: number, into: number, row: number, column: number];
}

/**
 * The numbers of a convolution
 * `out[i, (g, o), r, c] = sum_{k, u, v} w[g, o, k, u, v] x'[i, (g, k), r stride + u dilation - padding, ...]`,
 * where x' is x with `inputDilation - 1` zeros between neighbouring rows and columns, and zero outside.
 * Pairs are (rows, columns). Padding may be negative.
 */
export interface Conv2dNumbers {
  readonly images: number;
  readonly groups: number;
  /** Channels of one group. */
  readonly inChannels: number;
  readonly outChannels: number;
  readonly inSize: Pair;
  readonly outSize: Pair;
  readonly kernelSize: Pair;
  readonly stride: Pair;
  /** Padding before the first row and column. */
  readonly padding: Pair;
  readonly dilation: Pair;
  readonly inputDilation: Pair;
}

const GEOMETRY =
  "in_channels in_h in_w out_h out_w kernel_h kernel_w stride_h stride_w " +
  "pad_h pad_w dilation_h dilation_w input_dilation_h input_dilation_w";

function geometryParams(n: Conv2dNumbers): number[] {
  const pairs = [n.inSize, n.outSize, n.kernelSize, n.stride, n.padding, n.dilation, n.inputDilation];
  return [n.inChannels, ...pairs.flat()];
}

function placeParams(place: ImagePlace | WeightPlace): number[] {
  return [place.offset, ...place.strides];
}

function placeNames(prefix: string): string {
  return `${prefix}_offset ${prefix}_image ${prefix}_channel ${prefix}_row ${prefix}_column`;
}

/** The input element under tap `tap` (channel, kernel row, kernel column) of output position `at`, or 0 outside. */
const LOAD_X = `fn load_x(s: i32, tap: i32, at: i32) -> f32 {
  let v = tap % p.kernel_w;
  let u = tap / p.kernel_w % p.kernel_h;
  let channel = tap / p.kernel_w / p.kernel_h;
  let c = at % p.out_w;
  let r = at / p.out_w % p.out_h;
  let image = at / p.out_w / p.out_h;
  let row = r * p.stride_h + u * p.dilation_h - p.pad_h;
  let column = c * p.stride_w + v * p.dilation_w - p.pad_w;
  let y = row / p.input_dilation_h;
  let x = column / p.input_dilation_w;
  if (row < 0 || column < 0 || y >= p.in_h || x >= p.in_w) { return 0.0f; }
  if (y * p.input_dilation_h != row || x * p.input_dilation_w != column) { return 0.0f; }
  return x_data[p.x_offset + image * p.x_image + (s * p.in_channels + channel) * p.x_channel + y * p.x_row + x * p.x_column];
}`;

const FORWARD = `@group(0) @binding(1) var<storage, read> x_data: array<f32>;
@group(0) @binding(2) var<storage, read> w_data: array<f32>;
@group(0) @binding(3) var<storage, read_write> c: array<f32>;
${LOAD_X}
fn load_a(s: i32, m: i32, k: i32) -> f32 {
  let v = k % p.kernel_w;
  let u = k / p.kernel_w % p.kernel_h;
  let channel = k / p.kernel_w / p.kernel_h;
  return w_data[p.w_offset + s * p.w_group + m * p.w_out + channel * p.w_in + u * p.w_row + v * p.w_column];
}
fn load_b(s: i32, k: i32, n: i32) -> f32 { return load_x(s, k, n); }
fn store(s: i32, m: i32, n: i32, value: f32) {
  let column = n % p.out_w;
  let row = n / p.out_w % p.out_h;
  let image = n / p.out_w / p.out_h;
  c[p.c_offset + image * p.c_image + (s * p.m + m) * p.c_channel + row * p.c_row + column * p.c_column] = value;
}`;

/** The convolution of input 0 (images `x`) with input 1 (weights `w`) into output 0 (images `out`). */
export function conv2dForward(n: Conv2dNumbers, x: ImagePlace, w: WeightPlace, out: ImagePlace): GpuRoutinePlan {
  const [kh, kw] = n.kernelSize;
  const sizes = {
    batch: n.groups,
    m: n.outChannels,
    n: n.images * n.outSize[0] * n.outSize[1],
    k: n.inChannels * kh * kw,
  };
  const shader: ProductShader = {
    name: "conv2d",
    params: `${GEOMETRY} ${placeNames("x")} w_offset w_group w_out w_in w_row w_column ${placeNames("c")}`.split(" "),
    text: FORWARD,
    contiguous: false,
    aAlongK: true,
    bAlongK: false,
  };
  const params = [...geometryParams(n), ...placeParams(x), ...placeParams(w), ...placeParams(out)];
  const bindings = [{ input: 0 }, { input: 1 }, { output: 0 }];
  return { temps: [], dispatches: [productDispatch(shader, sizes, chooseTile(sizes), 1, params, bindings)] };
}

const WEIGHT_GRADIENT = `@group(0) @binding(1) var<storage, read> x_data: array<f32>;
@group(0) @binding(2) var<storage, read> g_data: array<f32>;
@group(0) @binding(3) var<storage, read_write> c: array<f32>;
${LOAD_X}
fn load_a(s: i32, m: i32, k: i32) -> f32 {
  let column = k % p.out_w;
  let row = k / p.out_w % p.out_h;
  let image = k / p.out_w / p.out_h;
  return g_data[p.g_offset + image * p.g_image + (s * p.m + m) * p.g_channel + row * p.g_row + column * p.g_column];
}
fn load_b(s: i32, k: i32, n: i32) -> f32 { return load_x(s, n, k); }`;

/**
 * The gradient of a convolution with respect to its weights, from input 0 (images `x`) and input 1 (the gradient `g` of
 * the output) into output 0, contiguous [groups, out channels, in channels, kernel rows, kernel columns] from
 * `outOffset`.
 */
export function conv2dWeightGradient(
  n: Conv2dNumbers,
  x: ImagePlace,
  g: ImagePlace,
  outOffset: number,
): GpuRoutinePlan {
  const [kh, kw] = n.kernelSize;
  const sizes = {
    batch: n.groups,
    m: n.outChannels,
    n: n.inChannels * kh * kw,
    k: n.images * n.outSize[0] * n.outSize[1],
  };
  const shader: ProductShader = {
    name: "conv2dWeightGradient",
    params: `${GEOMETRY} ${placeNames("x")} ${placeNames("g")} c_offset`.split(" "),
    text: WEIGHT_GRADIENT,
    contiguous: true,
    aAlongK: true,
    bAlongK: true,
  };
  const params = [...geometryParams(n), ...placeParams(x), ...placeParams(g)];
  return splitProduct(shader, sizes, params, [{ input: 0 }, { input: 1 }], outOffset);
}
