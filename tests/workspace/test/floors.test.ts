/** Plants violations of the import rules in a small workspace and sees each of them reported. */
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../../../scripts/lib/run.ts";
import { rootFolder } from "../../../scripts/lib/workspace.ts";
import { temporaryFolder, writeFiles } from "./temporary.ts";

/** A workspace with two floors, tensor below nn, where each may find the other by name. */
function smallWorkspace(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  const manifest = (name: string, dependencies: Readonly<Record<string, string>>): string =>
    JSON.stringify({
      name: `@ansatz/${name}`,
      type: "module",
      exports: { ".": { "@ansatz/source": "./src/index.ts", default: "./dist/index.js" } },
      dependencies,
    });
  writeFiles(folder, {
    "package.json": JSON.stringify({ name: "small", type: "module" }),
    "tsconfig.json": "{}",
    "packages/tensor/package.json": manifest("tensor", { "@ansatz/nn": "*" }),
    "packages/tensor/src/index.ts": "export const one = 1;\n",
    "packages/nn/package.json": manifest("nn", { "@ansatz/tensor": "*" }),
    "packages/nn/src/index.ts": 'export { one } from "@ansatz/tensor";\n',
    ...files,
  });
  for (const [from, to] of [
    ["tensor", "nn"],
    ["nn", "tensor"],
  ] as const) {
    const scope = join(folder, "packages", from, "node_modules", "@ansatz");
    mkdirSync(scope, { recursive: true });
    symlinkSync(join(folder, "packages", to), join(scope, to), "junction");
  }
  return folder;
}

async function cruise(folder: string): Promise<{ rules: string[]; code: number | null; output: string }> {
  const config = join(rootFolder, ".dependency-cruiser.mjs");
  const { code, output } = await run("depcruise", ["--config", config, "--no-progress", "packages"], { cwd: folder });
  const rules = [...output.matchAll(/error ([\w-]+):/g)].map((match) => match[1] as string);
  return { rules: [...new Set(rules)].sort(), code, output };
}

test("the allowed direction passes", async () => {
  const { rules, code, output } = await cruise(smallWorkspace({}));
  expect(rules, output).toEqual([]);
  expect(code).toBe(0);
});

const violations: readonly [rule: string, what: string, file: string, text: string][] = [
  ["floor-tensor", "a lower floor imports a higher one", "packages/tensor/src/up.ts", 'export * from "@ansatz/nn";\n'],
  [
    "no-foreign-source",
    "a path into another package",
    "packages/nn/src/path.ts",
    'export { one } from "../../tensor/src/index.ts";\n',
  ],
  [
    "resolvable",
    "a file that the other package does not export",
    "packages/nn/src/deep.ts",
    'export { one } from "@ansatz/tensor/src/index.ts";\n',
  ],
  [
    "no-node-at-the-top",
    "a module of Node imported statically",
    "packages/nn/src/file.ts",
    'import { readFileSync } from "node:fs";\nexport const read: typeof readFileSync = readFileSync;\n',
  ],
];

test.each(violations)("%s: %s is reported", async (rule, _what, file, text) => {
  const { rules, code, output } = await cruise(smallWorkspace({ [file]: text }));
  expect(rules, output).toEqual([rule]);
  expect(code).not.toBe(0);
});

test("no-cycles: two modules that import each other are reported", async () => {
  const folder = smallWorkspace({
    "packages/nn/src/a.ts": 'import { b } from "./b.ts";\nexport const a = (): number => b();\n',
    "packages/nn/src/b.ts": 'import { a } from "./a.ts";\nexport const b = (): number => a();\n',
  });
  const { rules, output } = await cruise(folder);
  expect(rules, output).toEqual(["no-cycles"]);
});

test("floor-unknown: a package without a floor may import none of ours", async () => {
  const folder = smallWorkspace({
    "packages/extra/package.json": JSON.stringify({ name: "@ansatz/extra", dependencies: { "@ansatz/nn": "*" } }),
    "packages/extra/src/index.ts": 'export { one } from "@ansatz/nn";\n',
  });
  const scope = join(folder, "packages", "extra", "node_modules", "@ansatz");
  mkdirSync(scope, { recursive: true });
  symlinkSync(join(folder, "packages", "nn"), join(scope, "nn"), "junction");
  const { rules, output } = await cruise(folder);
  expect(rules, output).toEqual(["floor-unknown"]);
});
