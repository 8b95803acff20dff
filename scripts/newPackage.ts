/**
 * `pnpm new:package NAME "What it is." [--depends tensor,optim]` makes packages/NAME: manifest, TypeScript
 * configurations, README, a registry with its test, a harness for golden files, and a changeset.
 * NAME and what it may depend on must stand in floors.json.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import floors from "../floors.json" with { type: "json" };
import { rootFolder } from "./lib/workspace.ts";
import { packageFiles } from "./lib/packageTemplate.ts";
import type { NewPackage } from "./lib/packageTemplate.ts";

/** Writes a new package below `root` and returns the paths of the files made, relative to `root`. */
export function createPackage(root: string, wanted: NewPackage): string[] {
  const { name, depends, description } = wanted;
  const folder = `packages/${name}`;
  const allowed = (floors as Readonly<Record<string, readonly string[]>>)[name];
  if (allowed === undefined) {
    const names = Object.keys(floors).join(", ");
    throw new Error(
      `new:package: "${name}" has no floor (got ${name}, expected one of ${names}). Add it to floors.json first.`,
    );
  }
  const forbidden = depends.filter((item) => !allowed.includes(item));
  if (forbidden.length > 0) {
    throw new Error(
      `new:package: ${name} lies below a dependency (got ${forbidden.join(", ")}, expected some of ` +
        `${allowed.join(", ") || "none"}). The floors are in floors.json.`,
    );
  }
  if (!/^[A-Z].*\.$/.test(description)) {
    throw new Error(`new:package: the description is no sentence (got "${description}", expected e.g. "Fast sums.").`);
  }
  if (existsSync(join(root, folder))) {
    throw new Error(`new:package: the folder exists (got ${folder}, expected a new one).`);
  }

  const files = { ...packageFiles(wanted), ...releaseGroup(root, name) };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return Object.keys(files);
}

/** The changeset configuration with the package added to the group that is released under one version. */
function releaseGroup(root: string, name: string): Record<string, string> {
  const path = ".changeset/config.json";
  const text = readFileSync(join(root, path), "utf8");
  const group = (JSON.parse(text) as { fixed: string[][] }).fixed[0];
  if (group === undefined) throw new Error(`new:package: ${path} has no group (got no "fixed", expected one).`);
  const list = [...group, `@ansatz/${name}`].map((item) => JSON.stringify(item)).join(", ");
  return { [path]: text.replace(/"fixed": \[\[[^\]]*\]\]/, `"fixed": [[${list}]]`) };
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    options: { depends: { type: "string", default: "tensor" } },
    allowPositionals: true,
  });
  const [name, description, ...rest] = positionals;
  if (name === undefined || description === undefined || rest.length > 0) {
    process.stderr.write('Usage: pnpm new:package NAME "What it is." [--depends tensor,optim]\n');
    process.exit(2);
  }
  try {
    const depends = values.depends.split(",").filter((item) => item !== "");
    for (const path of createPackage(rootFolder, { name, description, depends })) process.stdout.write(`${path}\n`);
    process.stdout.write("Now run `pnpm install`, then write the first method.\n");
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(1);
  }
}
