import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** How {@link bundle} builds. */
export interface BundleOptions {
  /** Names replaced by constant expressions, as in esbuild's `define`. */
  readonly define?: Readonly<Record<string, string>>;
  /** Import specifiers that stay as they are. */
  readonly external?: readonly string[];
}

/**
 * Bundles TypeScript modules for the browser, one self-contained ES module for each, with its source map inside.
 * Packages of this workspace are taken from their sources (condition `@ansatz/source`); nothing has to be built before.
 *
 * @param entries - the module for each path to serve it at: `{ "/main.js": new URL("./main.ts", import.meta.url) }`.
 * @returns the code by path, ready for `openPage({ files })`.
 * @throws Error with esbuild's messages when an import cannot be resolved or a file cannot be parsed.
 */
export async function bundle(
  entries: Readonly<Record<string, string | URL>>,
  options: BundleOptions = {},
): Promise<Record<string, string>> {
  const built = Object.entries(entries).map(async ([path, entry]) => [path, await bundleOne(entry, options)] as const);
  return Object.fromEntries(await Promise.all(built));
}

async function bundleOne(entry: string | URL, options: BundleOptions): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry instanceof URL ? fileURLToPath(entry) : entry],
    bundle: true,
    write: false,
    platform: "browser",
    format: "esm",
    target: "esnext",
    // Naming conditions switches off esbuild's own "module", so it is named too.
    conditions: ["@ansatz/source", "module"],
    sourcemap: "inline",
    define: { ...options.define },
    external: [...(options.external ?? [])],
    logLevel: "silent",
  });
  return outputFiles[0].text;
}
