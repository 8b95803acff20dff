/**
 * Size budgets: bundles what a user would import with esbuild, minifies it with terser as webpack does,
 * compresses it with gzip and compares.
 * `node scripts/size.ts` prints the sizes; where a budget is exceeded it lists the largest modules and exits with 1.
 */
import { join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { minify } from "terser";
import { rootFolder, sourceCondition } from "./lib/workspace.ts";

/** One budget: a name, the code that a user writes, and the bytes after gzip that are never exceeded. */
interface Budget {
  readonly name: string;
  readonly code: string;
  readonly limit: number;
}

/** A measured bundle: bytes after minification and gzip, and the minified bytes of each module, largest first. */
interface Bundle {
  readonly size: number;
  readonly modules: readonly (readonly [path: string, bytes: number])[];
}

/** kB as the budgets mean it: 1000 bytes. */
const kB = 1000;

const budgets: readonly Budget[] = [
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

async function bundle(code: string): Promise<Bundle> {
  const result = await build({
    // Resolved as from a package that depends on the tensor core.
    stdin: { contents: code, resolveDir: join(rootFolder, "packages", "samplers"), sourcefile: "budget.ts" },
    absWorkingDir: rootFolder,
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2023",
    conditions: [sourceCondition],
    external: ["node:*", "webgpu", "ndarray"],
    logLevel: "silent",
  });
  const [output] = result.outputFiles;
  const [meta] = Object.values(result.metafile.outputs);
  if (output === undefined || meta === undefined) {
    throw new Error("size: the bundler wrote nothing (got 0 files, expected 1).");
  }
  const modules = Object.entries(meta.inputs)
    .map(([path, { bytesInOutput }]) => [relative(rootFolder, join(rootFolder, path)), bytesInOutput] as const)
    .sort(([, a], [, b]) => b - a);
  const { code: small } = await minify(output.text, { module: true, toplevel: true, compress: { passes: 5 } });
  return { size: gzipSync(small ?? "", { level: 9 }).length, modules };
}

try {
  for (const { name, code, limit } of budgets) {
    const { size, modules } = await bundle(code);
    const verdict = size <= limit ? "ok" : "too large; its largest modules, minified:";
    process.stdout.write(`${name}: ${(size / kB).toFixed(2)} kB of ${(limit / kB).toFixed(1)} kB, ${verdict}\n`);
    if (size <= limit) continue;
    process.exitCode = 1;
    for (const [path, bytes] of modules.slice(0, 15)) process.stdout.write(`${String(bytes).padStart(8)}  ${path}\n`);
  }
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
