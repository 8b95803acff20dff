/**
 * Kernels as WGSL compute shaders.
 *
 * Binding 0 is the parameter block: the words of `layoutOf(kernel)` with offsets and strides in elements, followed by
 * the number of outputs (positions of the parallel loops), a zero and the kernel's float constants. Bindings 1, 2, ... are the buffers; accesses to one slot
 * share a binding, because WebGPU forbids binding a buffer twice when one use writes.
 */
import { InternalError } from "../../errors.ts";
import type { Ty } from "../../kernel/expr.ts";
import { layoutOf, type Kernel } from "../../kernel/kernel.ts";
import { WORKGROUP } from "./grid.ts";
import {
  blockWords,
  bufferType,
  constantWord,
  floatConstants,
  zeroWord,
  type ShaderContext,
  type ShaderShape,
} from "./wgslContext.ts";
import { wgslType } from "./wgslExpr.ts";
import { helperText, type Helper } from "./wgslHelpers.ts";
import { mapBody } from "./wgslMap.ts";
import { reduceBody, workgroupDeclarations } from "./wgslReduce.ts";

/** Equal keys mean equal shader text. */
export function shaderKey(kernel: Kernel, shape: ShaderShape): string {
  const wide = shape.wide.map(Number).join("");
  return `${kernel.key}@${shape.buffers.join(",")}/${shape.lanes}${shape.unit === 1 ? "" : `/${wide}`}`;
}

function bufferDeclarations(kernel: Kernel, shape: ShaderShape): string[] {
  const types: string[] = [];
  const written: boolean[] = [];
  kernel.accesses.forEach((access, i) => {
    const at = shape.buffers[i];
    if (access.dtype === null) return;
    const type = bufferType(access.dtype);
    if (types[at] !== undefined && types[at] !== type) {
      throw new InternalError(`wgsl: one buffer is read as ${types[at]} and as ${type}.`);
    }
    types[at] = type;
    written[at] = (written[at] ?? false) || access.use === "store";
  });
  return types.map(
    (type, i) =>
      `@group(0) @binding(${i + 1}) var<storage, ${written[i] ? "read_write" : "read"}> b${i}: array<${shape.wide[i] ? `vec4<${type}>` : type}>;`,
  );
}

/** The value of a scalar parameter from its word. */
function paramValue(ty: Ty, word: string): string {
  switch (wgslType(ty)) {
    case "f32":
      return `bitcast<f32>(${word})`;
    case "i32":
      return `bitcast<i32>(${word})`;
    case "bool":
      return `${word} != 0u`;
    default:
      return word;
  }
}

/** The shader of a kernel. Its entry point is `main`. */
export function kernelToWgsl(kernel: Kernel, shape: ShaderShape): string {
  const layout = layoutOf(kernel);
  const helpers = new Set<Helper>();
  const constants = floatConstants(kernel);
  const context: ShaderContext = {
    kernel,
    layout,
    shape,
    helpers,
    constants,
    word: (i) => `params.w[${i >> 2}].${"xyzw"[i & 3]}`,
  };
  const body = kernel.reduce ? reduceBody(context) : mapBody(context);
  const scalars = kernel.params.map(
    (ty, i) => `  let p${i}: ${wgslType(ty)} = ${paramValue(ty, context.word(layout.params[i]))};`,
  );
  const floats = constants.map((_, i) => `  let k${i} = bitcast<f32>(${context.word(constantWord(layout) + i)});`);
  return [
    `struct Params { w: array<vec4<u32>, ${blockWords(layout, constants.length) / 4}> }`,
    "@group(0) @binding(0) var<uniform> params: Params;",
    ...bufferDeclarations(kernel, shape),
    ...(kernel.reduce ? workgroupDeclarations(context) : []),
    `fn zero_word() -> u32 { return ${context.word(zeroWord(layout))}; }`,
    helperText(helpers),
    `@compute @workgroup_size(${WORKGROUP})`,
    "fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>,",
    "    @builtin(local_invocation_index) local: u32) {",
    "  let block = group.y * grid.x + group.x;",
    ...scalars,
    ...floats,
    ...body.map((line) => `  ${line}`),
    "}",
    "",
  ].join("\n");
}
