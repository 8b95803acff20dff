/** Short names of shaders, for messages and profiles. */
import { visitExprs } from "../../kernel/expr.ts";
import { kernelExprs, type Kernel } from "../../kernel/kernel.ts";

const LENGTH = 72;

/** At most 72 characters of a text. */
export function shorten(text: string): string {
  return text.length > LENGTH ? `${text.slice(0, LENGTH - 1)}…` : text;
}

/** What says little about a kernel. */
const SILENT = new Set(["const", "param", "load", "acc", "accOther"]);

/** A fused kernel by its operations in order: `map mul add`, or `copy`. */
export function kernelLabel(kernel: Kernel): string {
  const operations: string[] = [];
  visitExprs(kernelExprs(kernel), (e) => {
    if (!SILENT.has(e.op)) operations.push(e.op);
  });
  const kind = kernel.reduce === undefined ? "map" : "reduce";
  return shorten([kind, ...(operations.length === 0 ? ["copy"] : operations)].join(" "));
}
