/** C -= A B for stacks of matrices in buffers, by the template of tiled products. */
import type { GpuDispatch } from "../../backend/backend.ts";
import { chooseTile, productDispatch } from "../../backend/webgpu/product.wgsl.ts";
import type { ProductShader } from "../../backend/webgpu/productShader.wgsl.ts";
import { partsOf, type Binding, type Matrices } from "./shader.wgsl.ts";

/** A factor: element (i, j) of matrix s lies at `at + s * each + i * down + j * across` (elements) of its buffer. */
export interface Factor {
  readonly buffer: Binding;
  readonly offset: number;
  readonly at: number;
  readonly each: number;
  readonly down: number;
  readonly across: number;
}

/** A block of matrices whose first element is (row, column). */
export function block({ buffer, offset, each, step }: Matrices, row: number, column: number): Factor {
  return { buffer, offset, at: row * step + column, each, down: step, across: 1 };
}

/** The transpose of a block. */
export function flipped(x: Factor): Factor {
  return { ...x, down: x.across, across: x.down };
}

/** What an update does beside the product. */
export interface UpdateOptions {
  /** B is conjugated. */
  readonly conjugate?: boolean;
  /** Elements above the diagonal of C stay as they are. */
  readonly lower?: boolean;
}

const PARAMS = ["a_at", "a_s", "a_m", "a_k", "b_at", "b_s", "b_k", "b_n", "c_at", "c_s", "c_m", "c_n"];

/**
 * A complex product is a real one of twice the terms and columns: those of A are its parts, and column 2 n + r of B has what they
 * contribute to part r of a result.
 */
function text(complex: boolean, own: readonly [boolean, boolean], { conjugate, lower }: UpdateOptions): string {
  const buffers = own.flatMap((shared, i) => (shared ? [] : ["ab"[i]]));
  const from = (which: 0 | 1): string => (own[which] ? "c" : "ab"[which]);
  const lines = [...buffers, "c"].map(
    (name, i) =>
      `@group(0) @binding(${i + 1}) var<storage, ${name === "c" ? "read_write" : "read"}> ${name}: array<f32>;`,
  );
  const column = complex ? "n >> 1u" : "n";
  lines.push(
    "fn a_at_m(s: i32, m: i32) -> i32 { return p.a_at + s * p.a_s + m * p.a_m; }",
    complex
      ? "fn a_at_k(s: i32, k: i32) -> i32 { return (k >> 1u) * p.a_k + (k & 1); }"
      : "fn a_at_k(s: i32, k: i32) -> i32 { return k * p.a_k; }",
    `fn load_a(at_m: i32, at_k: i32) -> f32 { return ${from(0)}[at_m + at_k]; }`,
  );
  if (complex) {
    const [upper, under] = conjugate === true ? ["-value", "value"] : ["value", "-value"];
    lines.push(
      "fn b_at_k(s: i32, k: i32) -> vec2<i32> { return vec2<i32>((k >> 1u) * p.b_k, k & 1); }",
      "fn b_at_n(s: i32, n: i32) -> vec2<i32> { return vec2<i32>(p.b_at + s * p.b_s + (n >> 1u) * p.b_n, n & 1); }",
      `fn load_b(at_k: vec2<i32>, at_n: vec2<i32>) -> f32 {
  let value = ${from(1)}[at_k.x + at_n.x + (at_k.y ^ at_n.y)];
  if (at_k.y == at_n.y) { return value; }
  return select(${upper}, ${under}, at_k.y == 1);
}`,
    );
  } else {
    lines.push(
      "fn b_at_k(s: i32, k: i32) -> i32 { return k * p.b_k; }",
      "fn b_at_n(s: i32, n: i32) -> i32 { return p.b_at + s * p.b_s + n * p.b_n; }",
      `fn load_b(at_k: i32, at_n: i32) -> f32 { return ${from(1)}[at_k + at_n]; }`,
    );
  }
  const at = complex
    ? "p.c_at + s * p.c_s + m * p.c_m + (n >> 1u) * p.c_n + (n & 1)"
    : "p.c_at + s * p.c_s + m * p.c_m + n * p.c_n";
  lines.push(
    "fn store(s: i32, m: i32, n: i32, value: f32) {",
    ...(lower === true ? [`if (i32(${column}) > m) { return; }`] : []),
    `let at = ${at};`,
    "c[at] = c[at] - value;",
    "}",
  );
  return lines.join("\n");
}

const same = (x: Binding, y: Binding): boolean => JSON.stringify(x) === JSON.stringify(y);

/**
 * C -= A B for `batch` matrices, A of m x k and B of k x n. Factors may lie in the buffer of C, where it is not written.
 */
export function update(
  complex: boolean,
  batch: number,
  [m, n, k]: readonly [m: number, n: number, k: number],
  [a, b, c]: readonly [Factor, Factor, Factor],
  options: UpdateOptions = {},
): GpuDispatch {
  const parts = partsOf(complex);
  const own = [same(a.buffer, c.buffer), same(b.buffer, c.buffer)] as const;
  const flags = [
    own[0] ? "a" : "",
    own[1] ? "b" : "",
    options.conjugate === true ? "h" : "",
    options.lower === true ? "l" : "",
  ];
  const shader: ProductShader = {
    name: `linalg update/${complex ? "complex" : "real"}${flags.join("")}`,
    params: PARAMS,
    text: text(complex, own, options),
    contiguous: false,
    aAlongK: a.across < a.down,
    bAlongK: b.down < b.across,
  };
  const sizes = { batch, m, n: n * parts, k: k * parts };
  const params = [a, b, c].flatMap((x) => [x.offset + parts * x.at, parts * x.each, parts * x.down, parts * x.across]);
  const bindings = [...(own[0] ? [] : [a.buffer]), ...(own[1] ? [] : [b.buffer]), c.buffer];
  return productDispatch(shader, sizes, chooseTile(sizes), 1, params, bindings);
}
