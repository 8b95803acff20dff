/** Builds packages with the TypeScript compiler alone: one .js, .d.ts and two maps per source file. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { runOrThrow } from "./run.ts";
import { publicPackages } from "./workspace.ts";

/** Rebuilds the `dist` folder of one package from nothing, so that no file of a deleted source stays. */
export async function buildPackage(folder: string): Promise<void> {
  await rm(join(folder, "dist"), { recursive: true, force: true });
  await runOrThrow("tsc", ["-p", join(folder, "tsconfig.build.json")]);
}

/** Builds every published package after those it depends on. */
export async function buildAll(): Promise<void> {
  for (const { folder } of publicPackages()) await buildPackage(folder);
}
