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

type Vectors = NonNullable<ProductShader["vectors"]>;

/** Names a variant of a shader. */
function nameOf(base: string, vectors: Vectors): string {
  const flags = (["a", "b", "c"] as const).filter((name) => vectors[name]).join("");
  return flags === "" ? base : `${base}/${flags}`;
}

/** The declaration of a buffer of floats, or of vectors of four. */
function buffer(binding: number, access: "read" | "read_write", name: string, vectors: boolean): string {
  return `@group(0) @binding(${binding}) var<storage, ${access}> ${name}: array<${vectors ? "vec4<f32>" : "f32"}>;`;
}

/** The element of a buffer at an offset, which is evaluated twice where the buffer has vectors. */
function element(name: string, at: string, vectors: boolean): string {
  return vectors ? `${name}[(${at}) >> 2u][(${at}) & 3]` : `${name}[${at}]`;
}

/**
 * Functions shared by both shaders. `tap_at` and `place_at` prepare a kernel position (channel, row, column) and an
 * output position (image, row, column): an offset in x, and what they add to the row and column in the input. `load_x`
 * reads the input element under them, or 0 outside; `load_x4` those under four neighbouring columns of the output, which
 * are neighbours in the input and begin anywhere in the two vectors that it reads.
 */
function inputText(vectors: boolean): string {
  const one = "tap.x + place.x + y * p.x_2 + x * p.x_3";
  const four = `
fn load_x4(tap: vec3<i32>, place: vec3<i32>) -> vec4<f32> {
  let h = tap.y + place.y;
  let w = tap.z + place.z;
  if (h < 0 || h >= p.in_h || w <= -4 || w >= p.in_w) { return vec4<f32>(); }
  let at = tap.x + place.x + h * p.x_2 + w;
  let first = at >> 2u;
  let low = x_data[max(first, 0)];
  let shift = at & 3;
  var value = low;
  if (shift != 0) {
    // Past the end of the buffer there is nothing that counts.
    let high = x_data[min(first + 1, i32(arrayLength(&x_data)) - 1)];
    if (shift == 1) { value = vec4<f32>(low.yzw, high.x); }
    else if (shift == 2) { value = vec4<f32>(low.zw, high.xy); }
    else { value = vec4<f32>(low.w, high.xyz); }
  }
  let columns = vec4<i32>(w, w + 1, w + 2, w + 3);
  return select(vec4<f32>(), value, (columns >= vec4<i32>(0)) & (columns < vec4<i32>(p.in_w)));
}`;
  return `fn tap_at(group: i32, tap: i32) -> vec3<i32> {
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
  return ${element("x_data", one, vectors)};
}${vectors ? four : ""}`;
}

/** Whether four neighbouring output columns are neighbours in the input, and always in one row. */
function inputVectors({ stride, inputDilation }: Geometry, x: RoutineOperand, outW: number): boolean {
  const plain = stride[1] === 1 && inputDilation[0] === 1 && inputDilation[1] === 1;
  return plain && x.strides[3] === 1 && x.shape[3] >= 4 && outW % 4 === 0;
}

/** Whether four neighbouring columns always fill one vector. */
function rowVectors({ shape, strides, offset }: RoutineOperand): boolean {
  const others = strides.slice(0, 3).every((s, d) => shape[d] === 1 || s % 4 === 0);
  return strides[3] === 1 && shape[3] % 4 === 0 && offset % 4 === 0 && others;
}

/** Offset in the tensor y of output position `at` (image, row, column), without the channel. */
const OUTPUT = `fn offset_y(at: i32) -> i32 {
  let column = at % p.out_w;
  let row = at / p.out_w % p.out_h;
  let image = at / p.out_w / p.out_h;
  return p.y_offset + image * p.y_0 + row * p.y_2 + column * p.y_3;
}`;

function forward(vectors: Vectors): string {
  const at = "offset_y(n) + (s * p.m + m) * p.y_1";
  const w4 = "fn load_a4(at_m: i32, at_k: i32) -> vec4<f32> { return w_data[(at_m + at_k) >> 2u]; }";
  const b4 = "fn load_b4(at_k: vec3<i32>, at_n: vec3<i32>) -> vec4<f32> { return load_x4(at_k, at_n); }";
  const c4 = `fn store4(s: i32, m: i32, n: i32, value: vec4<f32>) { c[(${at}) >> 2u] = value; }`;
  return `${buffer(1, "read", "x_data", vectors.b)}
${buffer(2, "read", "w_data", vectors.a)}
${buffer(3, "read_write", "c", vectors.c)}
${inputText(vectors.b)}
${OUTPUT}
fn a_at_m(s: i32, m: i32) -> i32 { return p.w_offset + (s * p.m + m) * p.w_0; }
fn a_at_k(s: i32, k: i32) -> i32 {
  let v = k % p.kernel_w;
  let u = k / p.kernel_w % p.kernel_h;
  let channel = k / p.kernel_w / p.kernel_h;
  return channel * p.w_1 + u * p.w_2 + v * p.w_3;
}
fn load_a(at_m: i32, at_k: i32) -> f32 { let at = at_m + at_k; return ${element("w_data", "at", vectors.a)}; }
fn b_at_k(s: i32, k: i32) -> vec3<i32> { return tap_at(s, k); }
fn b_at_n(s: i32, n: i32) -> vec3<i32> { return place_at(n); }
fn load_b(at_k: vec3<i32>, at_n: vec3<i32>) -> f32 { return load_x(at_k, at_n); }
fn store(s: i32, m: i32, n: i32, value: f32) { let at = ${at}; ${element("c", "at", vectors.c)} = value; }
${[vectors.a ? w4 : "", vectors.b ? b4 : "", vectors.c ? c4 : ""].join("\n")}`;
}

/** Whether the weights of an output channel, which lie in one piece, begin with a vector and end with one. */
function weightVectors({ shape, strides, offset }: RoutineOperand): boolean {
  const [, channels, height, width] = shape;
  const plain = [channels * height * width, height * width, width, 1];
  const inOrder = strides.every((s, d) => shape[d] === 1 || s === plain[d]);
  return inOrder && plain[0] % 4 === 0 && offset % 4 === 0;
}

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
  const tile = chooseTile(sizes);
  const vectors: Vectors = {
    // Without workgroup memory every invocation has one k at a time: vectors along k are of no use there.
    a: tile.staged && weightVectors(w),
    b: tile.cols === 4 && inputVectors(geometry, x, outW),
    c: tile.cols === 4 && rowVectors(y),
  };
  const shader: ProductShader = {
    name: nameOf("conv2d", vectors),
    params: `${GEOMETRY} ${placeNames("x")} ${placeNames("w")} ${placeNames("y")}`.split(" "),
    text: forward(vectors),
    contiguous: false,
    aAlongK: true,
    bAlongK: false,
    vectors,
  };
  const params = [...geometryParams(geometry, x, w, y), ...placeParams(x), ...placeParams(w), ...placeParams(y)];
  const bindings = [{ input: 0 }, { input: 1 }, { output: 0 }];
  return { temps: [], dispatches: [productDispatch(shader, sizes, tile, 1, params, bindings)] };
};

function weightGradient(vectors: Vectors): string {
  const a4 = "fn load_a4(at_m: i32, at_k: i32) -> vec4<f32> { return y_data[(at_m + at_k) >> 2u]; }";
  const b4 = "fn load_b4(at_k: vec3<i32>, at_n: vec3<i32>) -> vec4<f32> { return load_x4(at_n, at_k); }";
  return `${buffer(1, "read", "x_data", vectors.b)}
${buffer(2, "read", "y_data", vectors.a)}
${buffer(3, "read_write", "c", vectors.c)}
${inputText(vectors.b)}
${OUTPUT}
fn a_at_m(s: i32, m: i32) -> i32 { return (s * p.m + m) * p.y_1; }
fn a_at_k(s: i32, k: i32) -> i32 { return offset_y(k); }
fn load_a(at_m: i32, at_k: i32) -> f32 { let at = at_m + at_k; return ${element("y_data", "at", vectors.a)}; }
fn b_at_k(s: i32, k: i32) -> vec3<i32> { return place_at(k); }
fn b_at_n(s: i32, n: i32) -> vec3<i32> { return tap_at(s, n); }
fn load_b(at_k: vec3<i32>, at_n: vec3<i32>) -> f32 { return load_x(at_n, at_k); }
${[vectors.a ? a4 : "", vectors.b ? b4 : ""].join("\n")}`;
}

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
  const tile = chooseTile(sizes);
  // Both lie along k; staged products are not split, so that all their slabs begin with a vector.
  const vectors: Vectors = {
    a: tile.staged && rowVectors(y),
    b: tile.staged && inputVectors(geometry, x, outW),
    c: tile.cols === 4 && sizes.n % 4 === 0 && w.offset % 4 === 0,
  };
  const shader: ProductShader = {
    name: nameOf("conv2dWeightGradient", vectors),
    params: `${GEOMETRY} ${placeNames("x")} ${placeNames("y")} c_offset`.split(" "),
    text: weightGradient(vectors),
    contiguous: true,
    aAlongK: true,
    bAlongK: true,
    vectors,
  };
  const params = [...geometryParams(geometry, x, w, y), ...placeParams(x), ...placeParams(y)];
  return splitProduct(shader, sizes, params, [{ input: 0 }, { input: 1 }], w.offset);
};
