/** What the scripts know about the workspace: its packages, their order and their entry points. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The parts of a package.json that the scripts read. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** A package of the workspace: its folder (absolute) and its manifest. */
export interface Package {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** The workspace's root folder. */
export const rootFolder: string = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** The condition under which `@ansatz/*` imports resolve to sources. */
export const sourceCondition = "@ansatz/source";

/** Reads a package.json. */
export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

/** The workspace's packages in the given groups of folders, sorted by folder. */
export function listPackages(
  groups: readonly string[] = ["packages", "apps", "tools", "tests"],
  root: string = rootFolder,
): Package[] {
  return groups.flatMap((group) =>
    readdirSync(join(root, group))
      .sort()
      .map((name) => join(root, group, name))
      .filter((folder) => existsSync(join(folder, "package.json")))
      .map((folder) => ({ folder, manifest: readManifest(folder) })),
  );
}

/** The packages that are published, every one after those it depends on. */
export function publicPackages(root: string = rootFolder): Package[] {
  const all = listPackages(["packages"], root).filter((item) => item.manifest.private !== true);
  const byName = new Map(all.map((item) => [item.manifest.name, item]));
  const sorted: Package[] = [];
  const visiting = new Set<string>();
  const visit = (item: Package): void => {
    if (sorted.includes(item)) return;
    const { name, dependencies = {} } = item.manifest;
    if (visiting.has(name)) throw new Error(`${name}: the packages depend on each other in a circle.`);
    visiting.add(name);
    for (const dependency of Object.keys(dependencies)) {
      const found = byName.get(dependency);
      if (found !== undefined) visit(found);
    }
    sorted.push(item);
  };
  for (const item of all) visit(item);
  return sorted;
}

/** The import specifiers that a package offers: `@ansatz/tensor`, `@ansatz/tensor/io`, … */
export function subpaths(manifest: Manifest): string[] {
  return Object.keys(manifest.exports ?? {})
    .filter((key) => key !== "./package.json")
    .map((key) => (key === "." ? manifest.name : `${manifest.name}${key.slice(1)}`));
}
