/** The machine and the versions that a result was obtained with. */
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { availableParallelism, cpus, loadavg, platform, release, totalmem, arch } from "node:os";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** Where and with what a result was obtained. */
export interface Environment {
  readonly cpu: string;
  /** Hardware threads. */
  readonly threads: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  readonly v8: string;
  /** Commit of the repository, with `+` when files were changed since; null outside of a repository. */
  readonly commit: string | null;
  /** One-minute load average at the beginning. */
  readonly load: number;
  /** Versions of packages that took part. */
  readonly packages: Readonly<Record<string, string>>;
}

const run = promisify(execFile);
const folder = new URL("../..", import.meta.url);

async function commit(): Promise<string | null> {
  try {
    const head = await run("git", ["rev-parse", "--short=12", "HEAD"], { cwd: folder });
    const changes = await run("git", ["status", "--porcelain", "--untracked-files=no"], { cwd: folder });
    return head.stdout.trim() + (changes.stdout.trim() === "" ? "" : "+");
  } catch {
    return null;
  }
}

/** The version of an installed package; undefined when it is not there. */
export async function versionOf(name: string): Promise<string | undefined> {
  // Some packages do not export their package.json: look for it in the folders that Node would look in.
  for (const path of createRequire(import.meta.url).resolve.paths(name) ?? []) {
    try {
      const manifest: unknown = JSON.parse(await readFile(`${path}/${name}/package.json`, "utf8"));
      return (manifest as { version: string }).version;
    } catch {
      continue;
    }
  }
  return undefined;
}

/** The one-minute load average now, to two digits. */
export function load(): number {
  return Math.round(loadavg()[0] * 100) / 100;
}

/** Looks at this machine. @param packages names whose versions belong to the result */
export async function environment(packages: readonly string[] = []): Promise<Environment> {
  const versions = await Promise.all(packages.map(async (name) => [name, await versionOf(name)] as const));
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    threads: availableParallelism(),
    memoryGiB: Math.round((totalmem() / 2 ** 30) * 10) / 10,
    system: `${platform()} ${release()} ${arch()}`,
    node: process.versions.node,
    v8: process.versions.v8,
    commit: await commit(),
    load: load(),
    packages: Object.fromEntries(versions.filter((v): v is readonly [string, string] => v[1] !== undefined)),
  };
}
