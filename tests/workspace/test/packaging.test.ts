/**
 * Builds and packs the published packages, installs the tarballs in an empty project and uses them there
 * as a user would: under every supported Node, without code generation from strings, and from TypeScript.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildAll } from "../../../scripts/lib/build.ts";
import { packAll } from "../../../scripts/lib/pack.ts";
import type { Packed } from "../../../scripts/lib/pack.ts";
import { run, runOrThrow } from "../../../scripts/lib/run.ts";
import { publicPackages, rootFolder, subpaths } from "../../../scripts/lib/workspace.ts";
import { writeFiles } from "./temporary.ts";

const packages = publicPackages();
const everySubpath = packages.flatMap(({ manifest }) => subpaths(manifest));

/** Node binaries by major version: 20 and 22 come from the registry, 24 is the one that runs the tests. */
const nodes: Readonly<Record<string, string>> = {
  20: join(rootFolder, "tests/workspace/node_modules/node20/bin/node"),
  22: join(rootFolder, "tests/workspace/node_modules/node22/bin/node"),
  24: process.execPath,
};

let project: string;
let packed: Packed[];

beforeAll(async () => {
  project = realpathSync(mkdtempSync(join(tmpdir(), "ansatz-consumer-")));
  const tarballs = join(project, "tarballs");
  mkdirSync(tarballs);
  await buildAll();
  packed = await packAll(tarballs);
  writeFiles(project, { "package.json": JSON.stringify({ name: "consumer", private: true, type: "module" }) });
  const files = packed.map(({ tarball }) => tarball);
  await runOrThrow("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", ...files], { cwd: project });
}, 300_000);

afterAll(() => rmSync(project, { recursive: true, force: true }));

describe.each(packages.map(({ manifest }) => manifest.name))("the tarball of %s", (name) => {
  const listing = (): string[] => {
    const { tarball } = packed.find(({ manifest }) => manifest.name === name) as Packed;
    return execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" }).trim().split("\n");
  };

  test("holds the licence, a README, sources and built files, and no tests", () => {
    const files = listing();
    expect(files).toEqual(
      expect.arrayContaining(["package/LICENSE", "package/README.md", "package/src/index.ts", "package/dist/index.js"]),
    );
    expect(files.filter((file) => /(^|\/)test\/|\.test\.|golden|tsbuildinfo/.test(file))).toEqual([]);
  });

  test("names its workspace dependencies by version", async () => {
    const manifest = await import(join(project, "node_modules", name, "package.json"), { with: { type: "json" } });
    expect(JSON.stringify(manifest.default.dependencies ?? {})).not.toContain("workspace:");
  });
});

describe.each(Object.entries(nodes))("Node %s", (major, binary) => {
  test("is the expected version", () => {
    const version = execFileSync(binary, ["--version"], { encoding: "utf8" });
    expect(version.split(".")[0]).toBe(`v${major}`);
  });

  test.each(everySubpath)("imports %s without code generation from strings", async (specifier) => {
    const script =
      `const names = Object.keys(await import(${JSON.stringify(specifier)}));` +
      "if (names.length === 0) throw new Error('nothing is exported');" +
      "if (names.includes('default')) throw new Error('there is a default export');";
    const { code, output } = await run(
      binary,
      ["--disallow-code-generation-from-strings", "--input-type=module", "--eval", script],
      { cwd: project, env: { NODE_OPTIONS: undefined } },
    );
    expect(output).toBe("");
    expect(code).toBe(0);
  });
});

test.each(["NodeNext", "Bundler"])("the declarations compile without other types (%s resolution)", async (resolution) => {
  const folder = join(project, resolution);
  const lines = everySubpath.map((specifier, i) => `export * as part${i} from ${JSON.stringify(specifier)};`);
  writeFiles(folder, {
    "index.ts": `${lines.join("\n")}\n`,
    "tsconfig.json": JSON.stringify({
      compilerOptions: {
        target: "ES2022",
        lib: ["ES2023", "ESNext.Disposable", "DOM"],
        module: resolution === "Bundler" ? "ESNext" : "NodeNext",
        moduleResolution: resolution,
        strict: true,
        noEmit: true,
        skipLibCheck: false,
        types: [],
      },
    }),
  });
  const { code, output } = await run("tsc", ["-p", folder]);
  expect(output).toBe("");
  expect(code).toBe(0);
});

test("every export leads to files that exist in the tarball, source included", () => {
  for (const { manifest } of packages) {
    for (const [subpath, conditions] of Object.entries(manifest.exports ?? {})) {
      for (const [condition, file] of Object.entries(conditions)) {
        const path = join(project, "node_modules", manifest.name, file);
        expect(existsSync(path), `${manifest.name} ${subpath} ${condition}: ${file}`).toBe(true);
      }
    }
  }
});
