/**
 * Compares what the compiler wrote with its sources by a second, independent way: both are reduced to minified
 * JavaScript, where only meaning is left. It guards against faults of the compiler's output, such as TypeScript 7.0.2
 * turning `new (f().x as T)()` into `new f().x()`.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { transform } from "esbuild";

async function essence(text: string, loader: "ts" | "js"): Promise<string> {
  const { code } = await transform(text, {
    loader,
    minifySyntax: true,
    minifyWhitespace: true,
    format: "esm",
    target: "es2023",
    legalComments: "none",
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true, useDefineForClassFields: true } },
  });
  return code.replace(/(["'])(\.{1,2}\/[^"']*)\.ts\1/g, "$1$2.js$1");
}

/** The sources of a package (built before) whose built file is missing or means something else, and where. */
export async function emitDifferences(folder: string): Promise<string[]> {
  const differences: string[] = [];
  for (const path of readdirSync(join(folder, "src"), { recursive: true, encoding: "utf8" }).sort()) {
    if (!path.endsWith(".ts") || path.endsWith(".d.ts")) continue;
    const built = join(folder, "dist", path.replace(/\.ts$/, ".js"));
    if (!existsSync(built)) {
      differences.push(`${path}: was not built`);
      continue;
    }
    const output = await essence(readFileSync(built, "utf8"), "js");
    if (output.includes("__addDisposableResource")) {
      differences.push(
        `${path}: \`using\` becomes a page of helpers in the built file; dispose explicitly or in a scope`,
      );
      continue;
    }
    const source = await essence(readFileSync(join(folder, "src", path), "utf8"), "ts");
    if (source === output) continue;
    let at = 0;
    while (source[at] === output[at]) at += 1;
    const near = (text: string): string => text.slice(Math.max(0, at - 40), at + 40);
    differences.push(`${path}: the source says …${near(source)}…, the built file …${near(output)}…`);
  }
  return differences;
}
