/** Bodies of map kernels: one invocation per position of the parallel loops. */
import { address, leavesAt, splitIndex, storeLines } from "./wgslAccess.ts";
import { WORKGROUP } from "./grid.ts";
import { countWord, type ShaderContext } from "./wgslContext.ts";
import { emitExprs } from "./wgslExpr.ts";

/** Statements of a map kernel's entry point. */
export function mapBody(context: ShaderContext): string[] {
  const { kernel, layout, word, helpers } = context;
  const sizes = Array.from({ length: kernel.dims }, (_, d) => word(d));
  const lines = [
    `let flat = block * ${WORKGROUP}u + local;`,
    `if (flat >= ${word(countWord(layout))}) { return; }`,
    ...splitIndex("flat", sizes, 0),
  ];
  kernel.accesses.forEach((_, i) => {
    lines.push(`let a${i} = ${address(context, i, null, 0, kernel.dims)};`);
  });
  const values = emitExprs(
    kernel.stores.map((s) => s.value),
    leavesAt(context, "a"),
    lines,
    helpers,
  );
  lines.push(...storeLines(context, "a", values));
  return lines;
}
