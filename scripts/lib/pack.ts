/** Packs the published packages into the tarballs that would be uploaded. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { run, runOrThrow } from "./run.ts";
import { publicPackages, readManifest, rootFolder } from "./workspace.ts";
import type { Package } from "./workspace.ts";

/** A packed package: where its tarball lies. */
export interface Packed extends Package {
  readonly tarball: string;
}

/** The command that starts pnpm: the one on the PATH, else the pinned version through npx. */
async function pnpm(): Promise<readonly [string, ...string[]]> {
  const found = await run("pnpm", ["--version"]).catch(() => undefined);
  if (found?.code === 0) return ["pnpm"];
  const { packageManager } = readManifest(rootFolder) as unknown as { packageManager: string };
  return ["npx", "-y", packageManager];
}

/** Packs every published package (already built) into `target`. */
export async function packAll(target: string): Promise<Packed[]> {
  const [command, ...before] = await pnpm();
  const packed: Packed[] = [];
  for (const item of publicPackages()) {
    const known = new Set(readdirSync(target));
    await runOrThrow(command, [...before, "pack", "--pack-destination", target], { cwd: item.folder });
    const added = readdirSync(target).filter((name) => name.endsWith(".tgz") && !known.has(name));
    if (added.length !== 1) {
      throw new Error(`${item.manifest.name}: packing wrote ${added.length} tarballs, expected 1.`);
    }
    packed.push({ ...item, tarball: join(target, added[0] as string) });
  }
  return packed;
}
