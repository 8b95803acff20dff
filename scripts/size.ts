/**
 * Size budgets: bundles and minifies what a user would import, compresses it with gzip and compares.
 * `node scripts/size.ts` prints the table; the exit code is 1 when a budget is exceeded.
 */
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { rootFolder, sourceCondition } from "./lib/workspace.ts";

/** One budget: a name, the code that a user writes, and the most bytes it may cost after gzip. */
export interface Budget {
  readonly name: string;
  readonly code: string;
  readonly limit: number;
}

/** kB as the budgets mean it: 1000 bytes. */
const kB = 1000;

/** The budgets of this repository. */
export const budgets: readonly Budget[] = [
  {
    name: "@ansatz/tensor, whole",
    code: 'export * from "@ansatz/tensor";',
    limit: 70 * kB,
  },
  {
    name: "@ansatz/tensor/core, only zeros, add and data",
    code: 'import { add, zeros } from "@ansatz/tensor/core"; export const numbers = await add(zeros([2]), 1).data();',
    limit: 25 * kB,
  },
];

/** The size in bytes, after minification and gzip, of a module with the given code. */
export async function bundleSize(code: string): Promise<number> {
  const result = await build({
    // Resolved as from a package that depends on the tensor core.
    stdin: { contents: code, resolveDir: join(rootFolder, "packages", "samplers"), sourcefile: "budget.ts" },
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2023",
    conditions: [sourceCondition],
    external: ["node:*", "webgpu", "ndarray"],
    logLevel: "silent",
  });
  const [output] = result.outputFiles;
  if (output === undefined) throw new Error("size: the bundler wrote nothing (got 0 files, expected 1).");
  return gzipSync(output.contents, { level: 9 }).length;
}

/** Measures every budget. */
export async function measureBudgets(list: readonly Budget[] = budgets): Promise<(Budget & { size: number })[]> {
  const sizes = await Promise.all(list.map(({ code }) => bundleSize(code)));
  return list.map((budget, i) => ({ ...budget, size: sizes[i] as number }));
}

async function main(): Promise<void> {
  for (const { name, size, limit } of await measureBudgets()) {
    const verdict = size <= limit ? "ok" : "too large";
    process.stdout.write(`${name}: ${(size / kB).toFixed(1)} kB of ${(limit / kB).toFixed(1)} kB, ${verdict}\n`);
    if (size > limit) process.exitCode = 1;
  }
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
  });
}
