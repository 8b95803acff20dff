/** What the shaders of linear algebra share: elements, real or complex, in buffers of floats, and the text around an entry point. */
import type { GpuDispatch, RoutineOperand } from "../../backend/backend.ts";
import { grid } from "../../backend/webgpu/grid.ts";

/** A buffer of a routine. */
export type Binding = GpuDispatch["bindings"][number];

/** A stack of matrices in a buffer; elements lie in rows, row i of matrix s beginning at element `s * each + i * step`. */
export interface Matrices {
  readonly buffer: Binding;
  /** Where the first element lies, in floats. */
  readonly offset: number;
  readonly each: number;
  readonly step: number;
}

/** Floats of an element. */
export const partsOf = (complex: boolean): 1 | 2 => (complex ? 2 : 1);

/** The matrices of a contiguous operand, whose complex elements are pairs along a last axis. */
export function operandMatrices(operand: RoutineOperand, buffer: Binding, complex: boolean): Matrices {
  const [m, n] = shapeOf(operand, complex).slice(-2);
  return { buffer, offset: operand.offset, each: m * n, step: n };
}

/** The shape of an operand without the axis of the parts. */
export function shapeOf(operand: RoutineOperand, complex: boolean): readonly number[] {
  return complex ? operand.shape.slice(0, -1) : operand.shape;
}

/** Number of matrices of a stack. */
export function countOf(shape: readonly number[]): number {
  return shape.slice(0, -2).reduce((a, b) => a * b, 1);
}

/** A NaN: shaders get it as a number, since WGSL cannot write it. */
export const NAN_BITS = 0x7fc00000;

/** Arithmetic of elements of type T. */
function arithmetic(complex: boolean): string {
  if (!complex) {
    return `alias T = f32;
fn of_real(x: f32) -> T { return x; }
fn all_parts(x: f32) -> T { return x; }
fn conjugate(x: T) -> T { return x; }
fn real_of(x: T) -> f32 { return x; }
fn mul(x: T, y: T) -> T { return x * y; }
fn divide(x: T, y: T) -> T { return x / y; }
fn squared(x: T) -> f32 { return x * x; }
fn is_zero(x: T) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) == 0u; }
fn key_of(x: T) -> u32 { return bitcast<u32>(x) & 0x7fffffffu; }
fn magnitude_key(x: T) -> u32 { return key_of(x); }`;
  }
  return `alias T = vec2<f32>;
fn of_real(x: f32) -> T { return T(x, 0.0f); }
fn all_parts(x: f32) -> T { return T(x, x); }
fn conjugate(x: T) -> T { return T(x.x, -x.y); }
fn real_of(x: T) -> f32 { return x.x; }
fn mul(x: T, y: T) -> T { return T(x.x * y.x - x.y * y.y, x.x * y.y + x.y * y.x); }
fn divide(x: T, y: T) -> T {
  let a = abs(y);
  let by_real = a.x >= a.y;
  let ratio = select(y.x / y.y, y.y / y.x, by_real);
  let size = select(y.y + y.x * ratio, y.x + y.y * ratio, by_real);
  let direct = T(x.x + x.y * ratio, x.y - x.x * ratio);
  let turned = T(x.x * ratio + x.y, x.y * ratio - x.x);
  return select(turned, direct, by_real) / size;
}
fn squared(x: T) -> f32 { return x.x * x.x + x.y * x.y; }
fn bits_of(x: T) -> vec2<u32> { return bitcast<vec2<u32>>(x) & vec2<u32>(0x7fffffffu); }
fn is_zero(x: T) -> bool { let bits = bits_of(x); return (bits.x | bits.y) == 0u; }
fn key_of(x: T) -> u32 { let bits = bits_of(x); return max(bits.x, bits.y); }
fn magnitude_key(x: T) -> u32 {
  let most = key_of(x);
  if (most == 0u || most >= 0x7f800000u) { return most; }
  let size = bitcast<f32>(most);
  let scaled = x / size;
  return bitcast<u32>(size * sqrt(squared(scaled)));
}`;
}

/** A buffer as a shader sees it: `x` gives `load_x(i)` and, unless it is only read, `store_x(i, value)`, i counting elements. */
export interface Buffer {
  readonly name: string;
  readonly type: "elements" | "f32" | "i32" | "u32" | "atomic<u32>";
  readonly writes: boolean;
}

function declaration({ name, type, writes }: Buffer, binding: number, complex: boolean): string {
  const element = type === "elements" ? "f32" : type;
  const access = writes ? "read_write" : "read";
  const lines = [`@group(0) @binding(${binding}) var<storage, ${access}> ${name}: array<${element}>;`];
  if (type !== "elements") return lines[0];
  const at = `p.${name}_offset + ${complex ? "2 * i" : "i"}`;
  lines.push(
    complex
      ? `fn load_${name}(i: i32) -> T { let at = ${at}; return T(${name}[at], ${name}[at + 1]); }`
      : `fn load_${name}(i: i32) -> T { return ${name}[${at}]; }`,
  );
  if (writes) {
    lines.push(
      complex
        ? `fn store_${name}(i: i32, value: T) { let at = ${at}; ${name}[at] = value.x; ${name}[at + 1] = value.y; }`
        : `fn store_${name}(i: i32, value: T) { ${name}[${at}] = value; }`,
    );
  }
  return lines.join("\n");
}

/** A shader: what differs between those of linear algebra. */
export interface LinalgShader {
  /** Names the shader; equal names mean equal texts, for either kind of elements. */
  readonly name: string;
  /** Buffers from binding 1 on; every one of elements has its offset, in floats, among the parameters. */
  readonly buffers: readonly Buffer[];
  /** Names of the other parameters, which are i32. */
  readonly params: readonly string[];
  readonly workgroup: number;
  /** Declarations of workgroup memory and functions. */
  readonly before?: string;
  /** Statements; `block` and `local` number workgroups and invocations in them (i32). */
  readonly body: string;
}

function shaderText({ buffers, params, workgroup, before = "", body }: LinalgShader, complex: boolean): string {
  const offsets = buffers.filter((b) => b.type === "elements").map((b) => `${b.name}_offset`);
  return `struct Params { ${[...offsets, ...params].map((name) => `${name}: i32`).join(", ")} }
@group(0) @binding(0) var<uniform> p: Params;
${arithmetic(complex)}
${buffers.map((b, i) => declaration(b, i + 1, complex)).join("\n")}
${before}
@compute @workgroup_size(${workgroup})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>,
    @builtin(local_invocation_index) local_index: u32) {
  let block = i32(group.y * grid.x + group.x);
  let local = i32(local_index);
${body}
}
`;
}

/** A dispatch of `groups` workgroups, perhaps a few more. `offsets` are those of the buffers of elements, in their order. */
export function dispatchOf(
  shader: LinalgShader,
  complex: boolean,
  bindings: readonly Binding[],
  offsets: readonly number[],
  params: readonly number[],
  groups: number,
): GpuDispatch {
  return {
    key: `linalg ${shader.name}${complex ? "/complex" : ""}`,
    wgsl: () => shaderText(shader, complex),
    words: [...offsets, ...params],
    bindings,
    workgroups: grid(groups),
  };
}

/** Invocations of a workgroup of shaders with one invocation per element or column. */
export const FLAT = 64;

/** Workgroups for `count` invocations. */
export const flatGroups = (count: number): number => Math.ceil(count / FLAT);

/** The number of a flat invocation, as `at`; those from `count` on return. */
export const FLAT_HEAD: string = `  let at = block * ${FLAT} + local;
  if (at >= p.count) { return; }`;

const SPOIL: LinalgShader = {
  name: "spoil",
  buffers: [
    { name: "x", type: "elements", writes: true },
    { name: "bad", type: "u32", writes: false },
  ],
  params: ["count", "each", "nan"],
  workgroup: FLAT,
  body: `${FLAT_HEAD}
  if (bad[at / p.each] != 0u) { store_x(at, all_parts(bitcast<f32>(p.nan))); }`,
};

/** Makes NaN of all elements of those of `count` parts, `each` elements long, for which the buffer `bad` has no zero. */
export function spoil(
  complex: boolean,
  x: Pick<Matrices, "buffer" | "offset">,
  each: number,
  count: number,
  bad: Binding,
): GpuDispatch {
  const total = each * count;
  return dispatchOf(SPOIL, complex, [x.buffer, bad], [x.offset], [total, each, NAN_BITS], flatGroups(total));
}
