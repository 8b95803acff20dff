/**
 * Bodies of reduction kernels. Every output is reduced by `lanes` invocations of one workgroup: lane l takes the
 * positions l, l + lanes, ... of the reduction loops (last loop fastest), or groups of four positions in the same way, one
 * position after the other; and the lanes are merged in a binary tree. An invocation that has outputs of its own may have
 * four neighbouring ones.
 * The order of accumulation depends on the kernel's shape and sizes alone.
 */
import type { RealDType as DType } from "../../dtype.ts";
import { InternalError } from "../../errors.ts";
import type { Expr } from "../../kernel/expr.ts";
import type { Reduction } from "../../kernel/kernel.ts";
import { address, addressesAt, isWide, leavesAt, splitIndex, storeLines, vectorLoads } from "./wgslAccess.ts";
import { WORKGROUP } from "./grid.ts";
import { bufferType, countWord, type ShaderContext } from "./wgslContext.ts";
import { emitExprs, literal, wgslType } from "./wgslExpr.ts";

function reductionOf(context: ShaderContext): Reduction {
  const reduce = context.kernel.reduce;
  if (reduce === undefined) throw new InternalError("wgsl: not a reduction.");
  return reduce;
}

/** Workgroup memory in which lanes exchange their accumulators; bools are kept as u32. */
export function workgroupDeclarations(context: ShaderContext): string[] {
  if (context.shape.lanes === 1) return [];
  return reductionOf(context).types.map((ty, k) => {
    const stored = wgslType(ty) === "bool" ? "u32" : wgslType(ty);
    return `var<workgroup> shared${k}: array<${stored}, ${WORKGROUP}>;`;
  });
}

/** Statements that replace the accumulators, whose names end with `suffix`, by the values of `roots`. */
function update(
  context: ShaderContext,
  roots: readonly Expr[],
  prefix: string,
  vectors?: { readonly prefix: string; readonly at: number },
  suffix = "",
): string[] {
  const lines: string[] = [];
  const values = emitExprs(roots, leavesAt(context, prefix, vectors, suffix), lines, context.helpers, true);
  // All new values before the first assignment: a value may be the bare name of another accumulator.
  values.forEach((value, k) => lines.push(`let next${k} = ${value};`));
  values.forEach((_, k) => lines.push(`acc${k}${suffix} = next${k};`));
  return lines;
}

/** Statements that define the sizes `m0`, ... (u32) of the reduction loops, honouring the block bounds of `split`. */
function boundLines(context: ShaderContext): string[] {
  const { kernel, layout, word } = context;
  const lines: string[] = [];
  for (let d = 0; d < kernel.reduceDims; d++) lines.push(`let m${d} = ${word(kernel.dims + d)};`);
  if (kernel.split) {
    const block = word(layout.block);
    const first = `u32(i0) * ${block}`;
    lines[0] = `let m0 = min(${block}, max(${word(kernel.dims)}, ${first}) - ${first});`;
  }
  return lines;
}

/** The loops over this lane's positions, with `body` inside. */
function loopLines(context: ShaderContext, body: readonly string[]): string[] {
  const { kernel, shape } = context;
  const { dims, reduceDims } = kernel;
  if (shape.lanes === 1) {
    const heads = Array.from(
      { length: reduceDims },
      (_, d) => `for (var i${dims + d} = 0; i${dims + d} < i32(m${d}); i${dims + d}++) {`,
    );
    return [...heads, ...body, "}".repeat(reduceDims)];
  }
  const sizes = Array.from({ length: reduceDims }, (_, d) => `m${d}`);
  const first = shape.unit === 1 ? "lane" : `${shape.unit}u * lane`;
  return [
    `for (var at = ${first}; at < ${sizes.join(" * ")}; at += ${shape.unit * shape.lanes}u) {`,
    ...splitIndex("at", sizes, dims),
    ...body,
    "}",
  ];
}

/** Merges the lanes of every output: lane l takes in lane l + span, for span = lanes / 2, ..., 1. */
function treeLines(context: ShaderContext): string[] {
  const { types, merge } = reductionOf(context);
  const { lanes } = context.shape;
  const put = types.map((ty, k) => `shared${k}[local] = ${ty === "bool" ? `u32(acc${k})` : `acc${k}`};`);
  const take = types.map((ty, k) => `let other${k} = shared${k}[local + span]${ty === "bool" ? " != 0u" : ""};`);
  return [
    ...put,
    `for (var span = ${lanes / 2}u; span > 0u; span >>= 1u) {`,
    "workgroupBarrier();",
    "if (lane < span) {",
    ...take,
    ...update(context, merge, "c"),
    ...put,
    "}",
    "}",
  ];
}

const FOUR = [0, 1, 2, 3] as const;

/** Statements of a kernel whose invocations have four neighbouring outputs each, see {@link ShaderShape.unit}. */
function acrossBody(context: ShaderContext): string[] {
  const { kernel, layout, word, helpers, shape } = context;
  const { types, init, step } = reductionOf(context);
  const loops = kernel.dims + kernel.reduceDims;
  const sizes = Array.from({ length: kernel.dims }, (_, d) => word(d));
  const leaves = leavesAt(context, "c");
  const lines = [
    `let flat = 4u * (block * ${WORKGROUP}u + local);`,
    `if (flat >= ${word(countWord(layout))}) { return; }`,
    ...splitIndex("flat", sizes, 0),
    ...kernel.accesses.map((_, i) => `let c${i} = ${address(context, i, null, 0, kernel.dims)};`),
    ...FOUR.flatMap((at) =>
      types.map((ty, k) => `var acc${k}_${at}: ${wgslType(ty)} = ${literal(ty, init[k].value as number, leaves)};`),
    ),
  ];
  const body = [
    ...kernel.accesses.map((_, i) => `let a${i} = ${address(context, i, `c${i}`, kernel.dims, loops)};`),
    ...vectorLoads(context, "a", "q"),
    ...FOUR.flatMap((at) => [
      "{",
      ...addressesAt(context, "a", "e", kernel.dims - 1, at),
      ...update(context, step, "e", { prefix: "q", at }, `_${at}`),
      "}",
    ]),
  ];
  lines.push(...boundLines(context), ...loopLines(context, body));
  const stores = kernel.stores.flatMap(({ access }, k) => (isWide(context, access) ? [{ access, k }] : []));
  for (const { access, k } of stores) {
    lines.push(`var out${k}: vec4<${bufferType(kernel.accesses[access].dtype as DType)}>;`);
  }
  for (const at of FOUR) {
    lines.push("{", ...addressesAt(context, "c", "e", kernel.dims - 1, at));
    const roots = kernel.stores.map((s) => s.value);
    const values = emitExprs(roots, leavesAt(context, "e", undefined, `_${at}`), lines, helpers);
    lines.push(...storeLines(context, "e", values, "xyzw"[at]), "}");
  }
  for (const { access, k } of stores) lines.push(`b${shape.buffers[access]}[c${access} >> 2u] = out${k};`);
  return lines;
}

/** Statements of a reduction kernel's entry point. */
export function reduceBody(context: ShaderContext): string[] {
  if (context.kernel.vector === "parallel" && context.shape.unit === 4) return acrossBody(context);
  const { kernel, layout, word, helpers, shape } = context;
  const { types, init, step } = reductionOf(context);
  const { lanes } = shape;
  const loops = kernel.dims + kernel.reduceDims;
  const leaves = leavesAt(context, "c");
  const stored = kernel.stores.map((s) => s.value);

  const lines =
    lanes === 1
      ? [`let flat = block * ${WORKGROUP}u + local;`]
      : [`let lane = local % ${lanes}u;`, `let flat = block * ${WORKGROUP / lanes}u + local / ${lanes}u;`];
  lines.push(`let live = flat < ${word(countWord(layout))};`);
  lines.push(
    ...splitIndex(
      "flat",
      Array.from({ length: kernel.dims }, (_, d) => word(d)),
      0,
    ),
  );
  kernel.accesses.forEach((_, i) => lines.push(`let c${i} = ${address(context, i, null, 0, kernel.dims)};`));
  types.forEach((ty, k) => {
    lines.push(`var acc${k}: ${wgslType(ty)} = ${literal(ty, init[k].value as number, leaves)};`);
  });

  const steps = (): string[] => [
    ...vectorLoads(context, "a", "q"),
    ...FOUR.flatMap((at) => [
      "{",
      ...addressesAt(context, "a", "e", loops - 1, at),
      ...update(context, step, "e", { prefix: "q", at }),
      "}",
    ]),
  ];
  const body = [
    ...kernel.accesses.map((_, i) => `let a${i} = ${address(context, i, `c${i}`, kernel.dims, loops)};`),
    ...(shape.unit === 1 ? update(context, step, "a") : steps()),
  ];
  lines.push("if (live) {", ...boundLines(context), ...loopLines(context, body), "}");
  if (lanes > 1) lines.push(...treeLines(context));

  const last: string[] = [];
  const values = emitExprs(stored, leaves, last, helpers);
  last.push(...storeLines(context, "c", values));
  lines.push(lanes === 1 ? "if (live) {" : "if (live & (lane == 0u)) {", ...last, "}");
  return lines;
}
