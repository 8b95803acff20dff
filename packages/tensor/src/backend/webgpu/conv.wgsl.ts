/** Two-dimensional convolutions on the GPU as implicit matrix products, in f32, operands of any strides. */
import type { GpuRoutine, RoutineOperand } from "../backend.ts";
import { chooseTile, productDispatch, splitProduct } from "./product.wgsl.ts";
import type { ProductShader } from "./productShader.wgsl.ts";

type Pair = readonly [number, number];

/**
 * Geometry of a convolution; pairs are (rows, columns):
 * `y[i, o, r, c] = sum_{k, u, v} w[o, k, u, v] X[i, k, r stride + u dilation - low, ...]`, where X is x with
 * `inputDilation - 1` zeros between neighbouring rows and columns, and zero outside. `low` may be negative.
 */
interface Geometry {
  readonly stride: Pair;
  readonly low: Pair;
  readonly dilation: Pair;
  readonly inputDilation: Pair;
  readonly groups: number;
}

const GEOMETRY =
  "in_channels in_h in_w out_h out_w kernel_h kernel_w stride_h stride_w " +
  "low_h low_w dilation_h dilation_w input_dilation_h input_dilation_w";

function geometryParams(g: Geometry, x: RoutineOperand, w: RoutineOperand, y: RoutineOperand): number[] {
  const sizes = [w.shape[1], ...x.shape.slice(2), ...y.shape.slice(2), ...w.shape.slice(2)];
  return [...sizes, ...g.stride, ...g.low, ...g.dilation, ...g.inputDilation];
}

/** Names of an operand's offset and strides. */
function placeNames(prefix: string): string {
  return `${prefix}_offset ${prefix}_0 ${prefix}_1 ${prefix}_2 ${prefix}_3`;
}

function placeParams(operand: RoutineOperand): number[] {
  return [operand.offset, ...operand.strides];
}

/**
 * Functions shared by both shaders. `tap_at` and `place_at` prepare a kernel position (channel, row, column) and an
 * output position (image, row, column): an offset in x, and what they add to the row and column in the input. `load_x`
 * reads the input element under them, or 0 outside.
 */
const INPUT = `fn tap_at(group: i32, tap: i32) -> vec3<i32> {
  let v = tap % p.kernel_w;
  let u = tap / p.kernel_w % p.kernel_h;
  let channel = group * p.in_channels + tap / p.kernel_w / p.kernel_h;
  return vec3<i32>(channel * p.x_1, u * p.dilation_h - p.low_h, v * p.dilation_w - p.low_w);
}
fn place_at(at: i32) -> vec3<i32> {
  let column = at % p.out_w;
  let row = at / p.out_w % p.out_h;
  let image = at / p.out_w / p.out_h;
  return vec3<i32>(p.x_offset + image * p.x_0, row * p.stride_h, column * p.stride_w);
}
fn load_x(tap: vec3<i32>, place: vec3<i32>) -> f32 {
  let h = tap.y + place.y;
  let w = tap.z + place.z;
  let y = h / p.input_dilation_h;
  let x = w / p.input_dilation_w;
  if (h < 0 || w < 0 || y >= p.in_h || x >= p.in_w) { return 0.0f; }
  if (y * p.input_dilation_h != h || x * p.input_dilation_w != w) { return 0.0f; }
  return x_data[tap.x + place.x + y * p.x_2 + x * p.x_3];
}`;

/** Offset in the tensor y of output position `at` (image, row, column), without the channel. */
const OUTPUT = `fn offset_y(at: i32) -> i32 {
  let column = at % p.out_w;
  let row = at / p.out_w % p.out_h;
  let image = at / p.out_w / p.out_h;
  return p.y_offset + image * p.y_0 + row * p.y_2 + column * p.y_3;
}`;

const FORWARD = `@group(0) @binding(1) var<storage, read> x_data: array<f32>;
@group(0) @binding(2) var<storage, read> w_data: array<f32>;
@group(0) @binding(3) var<storage, read_write> c: array<f32>;
${INPUT}
${OUTPUT}
fn a_at_m(s: i32, m: i32) -> i32 { return p.w_offset + (s * p.m + m) * p.w_0; }
fn a_at_k(s: i32, k: i32) -> i32 {
  let v = k % p.kernel_w;
  let u = k / p.kernel_w % p.kernel_h;
  let channel = k / p.kernel_w / p.kernel_h;
  return channel * p.w_1 + u * p.w_2 + v * p.w_3;
}
fn load_a(at_m: i32, at_k: i32) -> f32 { return w_data[at_m + at_k]; }
fn b_at_k(s: i32, k: i32) -> vec3<i32> { return tap_at(s, k); }
fn b_at_n(s: i32, n: i32) -> vec3<i32> { return place_at(n); }
fn load_b(at_k: vec3<i32>, at_n: vec3<i32>) -> f32 { return load_x(at_k, at_n); }
fn store(s: i32, m: i32, n: i32, value: f32) { c[offset_y(n) + (s * p.m + m) * p.y_1] = value; }`;

/** The convolution of input 0, x [N, C, H, W], with input 1, w [O, C / groups, KH, KW], into output 0. f32 only. */
export const conv2dGpu: GpuRoutine = (inputs, outputs, attr) => {
  const geometry = attr as Geometry;
  const [x, w] = inputs;
  const [y] = outputs;
  if (y.dtype !== "f32") return null;
  const [images, outChannels, outH, outW] = y.shape;
  const [, inChannels, kernelH, kernelW] = w.shape;
  const sizes = {
    batch: geometry.groups,
    m: outChannels / geometry.groups,
    n: images * outH * outW,
    k: inChannels * kernelH * kernelW,
  };
  const shader: ProductShader = {
    name: "conv2d",
    params: `${GEOMETRY} ${placeNames("x")} ${placeNames("w")} ${placeNames("y")}`.split(" "),
    text: FORWARD,
    contiguous: false,
    aAlongK: true,
    bAlongK: false,
  };
  const params = [...geometryParams(geometry, x, w, y), ...placeParams(x), ...placeParams(w), ...placeParams(y)];
  const bindings = [{ input: 0 }, { input: 1 }, { output: 0 }];
  return { temps: [], dispatches: [productDispatch(shader, sizes, chooseTile(sizes), 1, params, bindings)] };
};

const WEIGHT_GRADIENT = `@group(0) @binding(1) var<storage, read> x_data: array<f32>;
@group(0) @binding(2) var<storage, read> y_data: array<f32>;
@group(0) @binding(3) var<storage, read_write> c: array<f32>;
${INPUT}
${OUTPUT}
fn a_at_m(s: i32, m: i32) -> i32 { return (s * p.m + m) * p.y_1; }
fn a_at_k(s: i32, k: i32) -> i32 { return offset_y(k); }
fn load_a(at_m: i32, at_k: i32) -> f32 { return y_data[at_m + at_k]; }
fn b_at_k(s: i32, k: i32) -> vec3<i32> { return place_at(k); }
fn b_at_n(s: i32, n: i32) -> vec3<i32> { return tap_at(s, n); }
fn load_b(at_k: vec3<i32>, at_n: vec3<i32>) -> f32 { return load_x(at_n, at_k); }`;

/**
 * The gradient of a convolution with respect to its weights: from input 0, x [N, C, H, W], and input 1, the gradient of
 * the output [N, O, H', W'], into output 0, contiguous [O, C / groups, KH, KW]. f32 only.
 */
export const conv2dWeightGradientGpu: GpuRoutine = (inputs, outputs, attr) => {
  const geometry = attr as Geometry;
  const [x, y] = inputs;
  const [w] = outputs;
  if (w.dtype !== "f32") return null;
  const [images, outChannels, outH, outW] = y.shape;
  const [, inChannels, kernelH, kernelW] = w.shape;
  const sizes = {
    batch: geometry.groups,
    m: outChannels / geometry.groups,
    n: inChannels * kernelH * kernelW,
    k: images * outH * outW,
  };
  const shader: ProductShader = {
    name: "conv2dWeightGradient",
    params: `${GEOMETRY} ${placeNames("x")} ${placeNames("y")} c_offset`.split(" "),
    text: WEIGHT_GRADIENT,
    contiguous: true,
    aAlongK: true,
    bAlongK: true,
  };
  const params = [...geometryParams(geometry, x, w, y), ...placeParams(x), ...placeParams(y)];
  return splitProduct(shader, sizes, params, [{ input: 0 }, { input: 1 }], w.offset);
};
