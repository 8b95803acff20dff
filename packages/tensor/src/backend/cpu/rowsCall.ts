/** The call of a group of kernels that are run together. */
import { emitRows, rowsLayout } from "./emitRows.ts";
import { kernelCost, parameters, startBlock, type Build } from "./executable.ts";
import type { RowGroup } from "./rows.ts";

/** Adds kernels that are run together, from step `at` of the plan on. */
export function addRows(build: Build, group: RowGroup, at: number): void {
  const { kernels, steps, rows, block, places, bytes, own } = group;
  const word = startBlock(build);
  const layout = rowsLayout(kernels);
  const words = new Array<number>(layout.words).fill(0);
  words[0] = block;
  let unitCost = 0;
  steps.forEach((step, i) => {
    const perRow = step.sizes[0] / rows;
    words[1 + i] = perRow;
    parameters(build, step, kernels[i], word + layout.blocks[i], places).forEach(
      (w, k) => (words[layout.blocks[i] + k] = w),
    );
    unitCost += perRow * kernelCost(step.kernel, step);
  });
  build.words.push(...words);
  const last = at + steps.length - 1;
  for (let i = at; i <= last; i++) {
    build.firstOf.set(i, at);
    build.lastOf.set(i, last);
  }
  for (const slot of own) build.isPrivate.add(slot);
  build.scratch = Math.max(build.scratch, bytes);
  const key = `rows ${kernels.map((kernel) => kernel.key).join(" ")}`;
  const compiled = build.engine.compileLaunch({ key, bytes: (shared) => emitRows(kernels, { shared }) });
  build.calls.push({ compiled, word, units: rows, unitCost, perform: null });
}
