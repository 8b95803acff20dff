/**
 * Builds and packs the published packages, installs the tarballs in an empty project and uses them there as a user
 * would: on every runtime, without code generation from strings, from TypeScript, and as the READMEs show.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildAll } from "../../../scripts/lib/build.ts";
import { emitDifferences } from "../../../scripts/lib/emitDifferences.ts";
import { packAll } from "../../../scripts/lib/pack.ts";
import type { Packed } from "../../../scripts/lib/pack.ts";
import { run, runOrThrow } from "../../../scripts/lib/run.ts";
import { publicPackages, rootFolder, subpaths } from "../../../scripts/lib/workspace.ts";
import { writeFiles } from "./temporary.ts";

const packages = publicPackages();
const everySubpath = packages.flatMap(({ manifest }) => subpaths(manifest));

/** A runtime: its program, the arguments before the module to run, and what it says to `--version`. */
interface Runtime {
  readonly program: string;
  readonly before: readonly string[];
  readonly version: RegExp;
}

const installed = join(rootFolder, "tests/workspace/node_modules");
const noEval = "--disallow-code-generation-from-strings";

/** The runtimes come from the registry; Node 24 is the one that runs the tests. */
const runtimes: Readonly<Record<string, Runtime>> = {
  "Node 20": { program: join(installed, "node20/bin/node"), before: [noEval], version: /^v20\./ },
  "Node 22": { program: join(installed, "node22/bin/node"), before: [noEval], version: /^v22\./ },
  "Node 24": { program: process.execPath, before: [noEval], version: /^v24\./ },
  Bun: { program: join(installed, ".bin/bun"), before: ["run"], version: /^1\./ },
  Deno: {
    program: join(installed, ".bin/deno"),
    before: ["run", "--quiet", "-A", `--v8-flags=${noEval}`],
    version: /^deno 2\./,
  },
};

/** The TypeScript examples of a package's README; a fence marked `ts fragment` is not meant to run. */
function examples(folder: string): string[] {
  const path = join(folder, "README.md");
  if (!existsSync(path)) return [];
  return [...readFileSync(path, "utf8").matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1] as string);
}

/** The packages that declaration files below a folder import. */
function importsOfDeclarations(folder: string): Set<string> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".d.ts"));
  const texts = files.map((path) => readFileSync(join(folder, path), "utf8"));
  return new Set(
    texts.flatMap((text) => [...text.matchAll(/(?:from|import\()\s*"([^".][^"]*)"/g)].map(([, name]) => name)),
  );
}

const everyExample = packages.flatMap(({ folder }) =>
  examples(folder).map((text, i) => ({ file: `examples/${basename(folder)}${i + 1}.ts`, text })),
);

const compilerOptions = {
  target: "ES2022",
  lib: ["ES2023", "ESNext.Disposable", "DOM"],
  module: "NodeNext",
  strict: true,
  noEmit: true,
  skipLibCheck: false,
  types: [],
};

const differences = new Map<string, readonly string[]>();
let project: string;
let packed: Packed[];

beforeAll(async () => {
  project = realpathSync(mkdtempSync(join(tmpdir(), "ansatz-consumer-")));
  const tarballs = join(project, "tarballs");
  mkdirSync(tarballs);
  await buildAll();
  for (const { folder, manifest } of packages) differences.set(manifest.name, await emitDifferences(folder));
  packed = await packAll(tarballs);
  writeFiles(project, {
    "package.json": JSON.stringify({ name: "consumer", private: true, type: "module" }),
    "import.mjs": [
      "const names = Object.keys(await import(process.argv[2]));",
      // What only registers itself has nothing to export.
      'if ((names.length === 0) !== process.argv[2].endsWith("/register")) throw new Error(`exported: ${names}`);',
      'if (names.includes("default")) throw new Error("there is a default export");',
    ].join("\n"),
    ...Object.fromEntries(everyExample.map(({ file, text }) => [file, text])),
  });
  const files = packed.map(({ tarball }) => tarball);
  await runOrThrow("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", ...files], { cwd: project });
}, 300_000);

afterAll(() => rmSync(project, { recursive: true, force: true }));

test.each(packages)("the built files of $manifest.name say what its sources say", ({ manifest }) => {
  expect(differences.get(manifest.name)).toEqual([]);
});

describe.each(packages.map(({ manifest }) => manifest.name))("the tarball of %s", (name) => {
  test("holds the licence, a README, sources and built files, and no tests", () => {
    const { tarball } = packed.find(({ manifest }) => manifest.name === name) as Packed;
    const files = execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" }).trim().split("\n");
    expect(files).toEqual(
      expect.arrayContaining(["package/LICENSE", "package/README.md", "package/src/index.ts", "package/dist/index.js"]),
    );
    expect(files.filter((file) => /(^|\/)test\/|\.test\.|golden|tsbuildinfo/.test(file))).toEqual([]);
  });

  test("names its workspace dependencies by version", () => {
    expect(readFileSync(join(project, "node_modules", name, "package.json"), "utf8")).not.toContain("workspace:");
  });

  test("exports files that exist", () => {
    const { manifest } = packed.find((item) => item.manifest.name === name) as Packed;
    const files = Object.values(manifest.exports ?? {}).flatMap((conditions) => Object.values(conditions));
    expect(files.filter((file) => !existsSync(join(project, "node_modules", name, file)))).toEqual([]);
  });

  test("has a README with a runnable example", () => {
    const { folder } = packed.find(({ manifest }) => manifest.name === name) as Packed;
    expect(examples(folder).length).toBeGreaterThan(0);
  });
});

describe.each(Object.entries(runtimes))("%s", (_name, { program, before, version }) => {
  test("is the expected version", () => {
    expect(execFileSync(program, ["--version"], { encoding: "utf8" })).toMatch(version);
  });

  test.each(everySubpath)("imports %s", async (specifier) => {
    const { code, output } = await run(program, [...before, "import.mjs", specifier], {
      cwd: project,
      env: { NODE_OPTIONS: undefined },
    });
    expect(output).toBe("");
    expect(code).toBe(0);
  });
});

test("code generation from strings is really off", async () => {
  writeFiles(project, { "eval.mjs": 'new Function("return 1")();\n' });
  for (const name of ["Node 20", "Node 22", "Node 24", "Deno"]) {
    const { program, before } = runtimes[name] as Runtime;
    const { code, output } = await run(program, [...before, "eval.mjs"], { cwd: project });
    expect(output, name).toContain("EvalError");
    expect(code, name).not.toBe(0);
  }
});

test.each(["NodeNext", "Bundler"])("the declarations compile with nothing but peers (%s)", async (moduleResolution) => {
  const wanted = packages.flatMap(({ folder, manifest }) => {
    const imported = importsOfDeclarations(join(folder, "dist"));
    return Object.entries(manifest.peerDependencies ?? {})
      .filter(([name]) => imported.has(name.replace(/^@types\//, "")))
      .map(([name, range]) => `${name}@${range}`);
  });
  const quiet = ["--no-audit", "--no-fund", "--prefer-offline", "--ignore-scripts"];
  await runOrThrow("npm", ["install", ...quiet, ...wanted], { cwd: project });
  const folder = join(project, moduleResolution);
  const lines = everySubpath.map((specifier, i) => `export * as part${i} from ${JSON.stringify(specifier)};\n`);
  const module = moduleResolution === "Bundler" ? "ESNext" : "NodeNext";
  writeFiles(folder, {
    "index.ts": lines.join(""),
    "tsconfig.json": JSON.stringify({ compilerOptions: { ...compilerOptions, module, moduleResolution } }),
  });
  const { code, output } = await run("tsc", ["-p", folder]);
  expect(output).toBe("");
  expect(code).toBe(0);
});

test("the examples of the READMEs compile", async () => {
  writeFiles(project, { "examples/tsconfig.json": JSON.stringify({ compilerOptions }) });
  const { code, output } = await run("tsc", ["-p", join(project, "examples")]);
  expect(output).toBe("");
  expect(code).toBe(0);
});

test.each(everyExample)("the example $file runs", { timeout: 120_000 }, async ({ file }) => {
  const { code, output } = await run(process.execPath, [file], { cwd: project, env: { NODE_OPTIONS: undefined } });
  expect(code, output).toBe(0);
});
