/** Matrix products on the GPU: [m, k] x [k, n] or batches of them in f32, operands of any strides. */
import type { GpuRoutine, RoutineOperand } from "../backend.ts";
import { chooseTile, splitProduct, type ProductSizes } from "./product.wgsl.ts";
import type { ProductShader } from "./productShader.wgsl.ts";

type Vectors = NonNullable<ProductShader["vectors"]>;

/** Loads of one operand, as `load_x` or, from a buffer of vectors, `load_x4`, with `load_x` for single elements. */
function loads(name: "a" | "b", vectors: boolean): string {
  const args = name === "a" ? "at_m: i32, at_k: i32" : "at_k: i32, at_n: i32";
  const at = name === "a" ? "at_m + at_k" : "at_n + at_k";
  if (!vectors) return `fn load_${name}(${args}) -> f32 { return ${name}[${at}]; }`;
  return `fn load_${name}(${args}) -> f32 { let at = ${at}; return ${name}[at >> 2u][at & 3]; }
fn load_${name}4(${args}) -> vec4<f32> { return ${name}[(${at}) >> 2u]; }`;
}

function text(vectors: Vectors): string {
  const type = (name: "a" | "b" | "c"): string => (vectors[name] ? "vec4<f32>" : "f32");
  return `@group(0) @binding(1) var<storage, read> a: array<${type("a")}>;
@group(0) @binding(2) var<storage, read> b: array<${type("b")}>;
@group(0) @binding(3) var<storage, read_write> c: array<${type("c")}>;
fn a_at_m(s: i32, m: i32) -> i32 { return p.a_offset + s * p.a_s + m * p.a_m; }
fn a_at_k(s: i32, k: i32) -> i32 { return k * p.a_k; }
${loads("a", vectors.a)}
fn b_at_n(s: i32, n: i32) -> i32 { return p.b_offset + s * p.b_s + n * p.b_n; }
fn b_at_k(s: i32, k: i32) -> i32 { return k * p.b_k; }
${loads("b", vectors.b)}`;
}

const PARAMS = ["a_offset", "a_s", "a_m", "a_k", "b_offset", "b_s", "b_k", "b_n", "c_offset"] as const;

/** An operand with a leading axis. */
interface Batched {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
}

function batched({ shape, strides, offset }: RoutineOperand): Batched {
  return shape.length === 3 ? { shape, strides, offset } : { shape: [1, ...shape], strides: [0, ...strides], offset };
}

/** Whether four neighbours along the axis of stride 1 always fill one vector. */
function inVectors({ shape, strides, offset }: Batched, axis: number): boolean {
  const others = strides.every((s, d) => d === axis || shape[d] === 1 || s % 4 === 0);
  return strides[axis] === 1 && shape[axis] % 4 === 0 && offset % 4 === 0 && others;
}

/** The product of inputs 0 ([m, k], or [batch, m, k]) and 1 ([k, n], or [batch, k, n]) into output 0, which is contiguous. f32 only. */
export const gemmGpu: GpuRoutine = (inputs, outputs) => {
  const [a, b] = inputs.map(batched);
  const [c] = outputs;
  if (c.dtype !== "f32") return null;
  const [batch, m, k] = a.shape;
  const sizes: ProductSizes = { batch, m, k, n: b.shape[2] };
  const aAlongK = Math.abs(a.strides[2]) < Math.abs(a.strides[1]);
  const bAlongK = Math.abs(b.strides[1]) < Math.abs(b.strides[2]);
  const tile = chooseTile(sizes);
  // Without workgroup memory every invocation has one k at a time: vectors along k are of no use there.
  const vectors: Vectors = {
    a: aAlongK ? tile.staged && inVectors(a, 2) : tile.rows === 4 && inVectors(a, 1),
    b: bAlongK ? tile.staged && inVectors(b, 1) : tile.cols === 4 && inVectors(b, 2),
    c: tile.cols === 4 && sizes.n % 4 === 0 && c.offset % 4 === 0,
  };
  const flags = (["a", "b", "c"] as const).filter((name) => vectors[name]).join("");
  const shader: ProductShader = {
    name: flags === "" ? "gemm" : `gemm/${flags}`,
    params: PARAMS,
    text: text(vectors),
    contiguous: true,
    aAlongK,
    bAlongK,
    vectors,
  };
  const params = [a.offset, ...a.strides, b.offset, ...b.strides];
  return splitProduct(shader, sizes, params, [{ input: 0 }, { input: 1 }], c.offset);
};
