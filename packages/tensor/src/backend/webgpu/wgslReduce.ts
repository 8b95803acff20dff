/**
 * Bodies of reduction kernels. Every output is reduced by `lanes` invocations of one workgroup: lane l takes the
 * positions l, l + lanes, ... of the reduction loops (last loop fastest), or groups of four positions in the same way, one
 * position after the other; and the lanes are merged in a binary tree.
 * The order of accumulation depends on the kernel's shape and sizes alone.
 */
import { InternalError } from "../../errors.ts";
import type { Expr } from "../../kernel/expr.ts";
import type { Reduction } from "../../kernel/kernel.ts";
import { address, addressesAt, leavesAt, splitIndex, storeLines, vectorLoads } from "./wgslAccess.ts";
import { WORKGROUP } from "./grid.ts";
import { countWord, type ShaderContext } from "./wgslContext.ts";
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

/** Statements that replace the accumulators by the values of `roots`. */
function update(
  context: ShaderContext,
  roots: readonly Expr[],
  prefix: string,
  vectors?: { readonly prefix: string; readonly at: number },
): string[] {
  const lines: string[] = [];
  const values = emitExprs(roots, leavesAt(context, prefix, vectors), lines, context.helpers, true);
  // All new values before the first assignment: a value may be the bare name of another accumulator.
  values.forEach((value, k) => lines.push(`let next${k} = ${value};`));
  values.forEach((_, k) => lines.push(`acc${k} = next${k};`));
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

/** Statements of a reduction kernel's entry point. */
export function reduceBody(context: ShaderContext): string[] {
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
    ...[0, 1, 2, 3].flatMap((at) => [
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
