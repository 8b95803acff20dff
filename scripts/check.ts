/**
 * `pnpm check`: every check of the workspace that is no test. `pnpm check NAME …` runs only the named ones.
 * One line per check; the output of a check is shown when it fails. All of them run, whatever fails before.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packAll } from "./lib/pack.ts";
import { run } from "./lib/run.ts";
import type { Outcome } from "./lib/run.ts";
import { listPackages } from "./lib/workspace.ts";

const tool =
  (command: string, ...args: string[]): (() => Promise<Outcome>) =>
  () =>
    run(command, args);

/** Packs the packages (after `build`) and runs `command` with each tarball. */
async function withTarballs(command: string, args: readonly string[]): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "ansatz-pack-"));
  try {
    let code: number | null = 0;
    let output = "";
    for (const { manifest, tarball } of await packAll(folder)) {
      const one = await run(command, [...args, tarball]);
      output += `${manifest.name}\n${one.output}\n`;
      if (one.code !== 0) code = one.code;
    }
    return { code, output };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Type-checks the root's own files and every package from sources, without a build. */
async function typecheck(): Promise<Outcome> {
  const projects = [".", ...listPackages().map(({ folder }) => folder)];
  const outcomes: Outcome[] = [];
  for (const project of projects) outcomes.push(await run("tsc", ["--noEmit", "-p", project]));
  // An error in a source appears once for every package that reaches it.
  const lines = new Set(outcomes.flatMap(({ output }) => output.split("\n")));
  return { code: outcomes.find(({ code }) => code !== 0)?.code ?? 0, output: [...lines].join("\n") };
}

/** The checks in the order they run; `publint` and `attw` look at what `build` made. */
const checks: Readonly<Record<string, () => Promise<Outcome>>> = {
  format: tool("oxfmt", "--check"),
  lint: tool("oxlint", "--deny-warnings"),
  typecheck,
  imports: tool("depcruise", "--no-progress", "packages", "apps", "tools", "tests", "scripts"),
  unused: tool("knip", "--no-progress", "--no-config-hints"),
  build: tool("turbo", "run", "build", "--output-logs=errors-only"),
  publint: () => withTarballs("publint", ["--strict"]),
  types: () => withTarballs("attw", ["--profile", "esm-only", "--no-emoji"]),
  size: tool("node", "scripts/size.ts"),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in checks));
if (unknown.length > 0) {
  const names = Object.keys(checks).join(", ");
  process.stderr.write(`check: unknown check (got ${unknown.join(", ")}, expected some of ${names}).\n`);
  process.exit(2);
}

const failed: string[] = [];
for (const [name, check] of Object.entries(checks)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const start = performance.now();
  const { code, output } = await check().catch((error: unknown) => ({ code: 1, output: String(error) }));
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  process.stdout.write(`${code === 0 ? "ok    " : "FAILED"} ${name.padEnd(10)} ${seconds.padStart(5)} s\n`);
  if (code !== 0) {
    process.stdout.write(`${output.trim()}\n\n`);
    failed.push(name);
  }
}
if (failed.length > 0) {
  process.stdout.write(`Failed: ${failed.join(", ")}.\n`);
  process.exitCode = 1;
}
