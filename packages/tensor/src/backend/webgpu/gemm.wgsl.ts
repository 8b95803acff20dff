/** Matrix products on the GPU: [m, k] x [k, n] or batches of them in f32, operands of any strides. */
import type { GpuRoutine, RoutineOperand } from "../backend.ts";
import { splitProduct } from "./product.wgsl.ts";
import type { ProductShader } from "./productShader.wgsl.ts";

const TEXT = `@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> c: array<f32>;
fn a_at_m(s: i32, m: i32) -> i32 { return p.a_offset + s * p.a_s + m * p.a_m; }
fn a_at_k(s: i32, k: i32) -> i32 { return k * p.a_k; }
fn load_a(at_m: i32, at_k: i32) -> f32 { return a[at_m + at_k]; }
fn b_at_n(s: i32, n: i32) -> i32 { return p.b_offset + s * p.b_s + n * p.b_n; }
fn b_at_k(s: i32, k: i32) -> i32 { return k * p.b_k; }
fn load_b(at_k: i32, at_n: i32) -> f32 { return b[at_n + at_k]; }`;

const PARAMS = ["a_offset", "a_s", "a_m", "a_k", "b_offset", "b_s", "b_k", "b_n", "c_offset"] as const;

/** Sizes and strides with a leading axis. */
function batched({ shape, strides }: RoutineOperand): { readonly shape: number[]; readonly strides: number[] } {
  return shape.length === 3
    ? { shape: [...shape], strides: [...strides] }
    : { shape: [1, ...shape], strides: [0, ...strides] };
}

/** The product of inputs 0 ([m, k], or [batch, m, k]) and 1 ([k, n], or [batch, k, n]) into output 0, which is contiguous. f32 only. */
export const gemmGpu: GpuRoutine = (inputs, outputs) => {
  const [a, b] = inputs.map(batched);
  const [c] = outputs;
  if (c.dtype !== "f32") return null;
  const [batch, m, k] = a.shape;
  const sizes = { batch, m, k, n: b.shape[2] };
  const shader: ProductShader = {
    name: "gemm",
    params: PARAMS,
    text: TEXT,
    contiguous: true,
    aAlongK: Math.abs(a.strides[2]) < Math.abs(a.strides[1]),
    bAlongK: Math.abs(b.strides[1]) < Math.abs(b.strides[2]),
  };
  const params = [inputs[0].offset, ...a.strides, inputs[1].offset, ...b.strides];
  return splitProduct(shader, sizes, params, [{ input: 0 }, { input: 1 }], c.offset);
};
