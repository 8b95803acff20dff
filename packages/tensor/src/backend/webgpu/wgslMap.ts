/** Bodies of map kernels: one invocation per position of the parallel loops, or per four neighbours of the last loop. */
import type { RealDType as DType } from "../../dtype.ts";
import { address, addressesAt, isWide, leavesAt, splitIndex, storeLines, vectorLoads } from "./wgslAccess.ts";
import { WORKGROUP } from "./grid.ts";
import { bufferType, countWord, type ShaderContext } from "./wgslContext.ts";
import { emitExprs } from "./wgslExpr.ts";

/** Statements of a map kernel's entry point. */
export function mapBody(context: ShaderContext): string[] {
  const { kernel, layout, word, helpers, shape } = context;
  const sizes = Array.from({ length: kernel.dims }, (_, d) => word(d));
  const lines = [
    `let flat = ${shape.unit === 1 ? "" : `${shape.unit}u * `}(block * ${WORKGROUP}u + local);`,
    `if (flat >= ${word(countWord(layout))}) { return; }`,
    ...splitIndex("flat", sizes, 0),
  ];
  kernel.accesses.forEach((_, i) => {
    lines.push(`let a${i} = ${address(context, i, null, 0, kernel.dims)};`);
  });
  const roots = kernel.stores.map((s) => s.value);
  if (shape.unit === 1) {
    const values = emitExprs(roots, leavesAt(context, "a"), lines, helpers);
    lines.push(...storeLines(context, "a", values));
    return lines;
  }
  const stores = kernel.stores.flatMap(({ access }, k) => (isWide(context, access) ? [{ access, k }] : []));
  lines.push(...vectorLoads(context, "a", "q"));
  for (const { access, k } of stores) {
    lines.push(`var out${k}: vec4<${bufferType(kernel.accesses[access].dtype as DType)}>;`);
  }
  for (let at = 0; at < shape.unit; at++) {
    lines.push("{", ...addressesAt(context, "a", "e", kernel.dims - 1, at));
    const values = emitExprs(roots, leavesAt(context, "e", { prefix: "q", at }), lines, helpers);
    lines.push(...storeLines(context, "e", values, "xyzw"[at]), "}");
  }
  for (const { access, k } of stores) lines.push(`b${shape.buffers[access]}[a${access} >> 2u] = out${k};`);
  return lines;
}
