/** Makes a package in a copy of the workspace's frame and puts it through the tools. */
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../../../scripts/lib/run.ts";
import { rootFolder } from "../../../scripts/lib/workspace.ts";
import { createPackage } from "../../../scripts/newPackage.ts";
import { temporaryFolder, writeFiles } from "./temporary.ts";

/** An empty workspace with this one's configuration and tools. */
function frame(): string {
  const folder = temporaryFolder();
  for (const path of [
    ".changeset/config.json",
    ".oxfmtrc.json",
    ".oxlintrc.json",
    "package.json",
    "tsconfig.base.json",
  ]) {
    cpSync(join(rootFolder, path), join(folder, path));
  }
  symlinkSync(join(rootFolder, "node_modules"), join(folder, "node_modules"), "junction");
  return folder;
}

const wanted = { name: "qmc", description: "Low-discrepancy sequences.", depends: [] };

test("a new package passes the type check, its tests, the linter, the formatter and the build", async () => {
  const root = frame();
  const paths = createPackage(root, wanted);
  expect(paths).toEqual(
    expect.arrayContaining(["packages/qmc/README.md", "packages/qmc/src/index.ts", ".changeset/new-qmc.md"]),
  );
  const cwd = join(root, "packages/qmc");
  const tests = ["run", "--root", cwd, "--config", "vitest.config.mjs"];
  // What an install would link.
  mkdirSync(join(cwd, "node_modules/@ansatz"), { recursive: true });
  symlinkSync(join(rootFolder, "tools/golden"), join(cwd, "node_modules/@ansatz/golden"), "junction");
  writeFiles(cwd, {
    "vitest.config.mjs": 'export default { ssr: { resolve: { conditions: ["@ansatz/source"] } } };\n',
  });
  for (const [command, args] of [
    ["tsc", ["-p", "tsconfig.json"]],
    ["vitest", tests],
    ["oxlint", ["--deny-warnings", "src", "test"]],
    ["oxfmt", ["--check", "package.json", "tsconfig.json", "tsconfig.build.json", "README.md", "src", "test"]],
    ["tsc", ["-p", "tsconfig.build.json"]],
  ] as const) {
    const { code, output } = await run(command, args, { cwd, env: { GOLDEN_DIR: undefined } });
    expect(code, `${command} ${args.join(" ")}\n${output}`).toBe(0);
  }
  expect(existsSync(join(cwd, "dist/index.d.ts"))).toBe(true);

  writeFiles(cwd, { "test/golden/unknown.json": "{}\n" });
  const { code, output } = await run("vitest", tests, { cwd, env: { GOLDEN_DIR: undefined } });
  expect(code).not.toBe(0);
  expect(output).toContain("unknown.json");
});

test("the new package joins the group of packages that share a version", () => {
  const root = frame();
  createPackage(root, wanted);
  const { fixed } = JSON.parse(readFileSync(join(root, ".changeset/config.json"), "utf8"));
  expect(fixed[0]).toContain("@ansatz/tensor");
  expect(fixed[0]).toContain("@ansatz/qmc");
});

test.each([
  ["a package without a floor", { ...wanted, name: "attic" }, /^new:package: "attic" has no floor \(got attic/],
  ["a dependency from a higher floor", { ...wanted, depends: ["quant"] }, /^new:package: qmc lies below .*got quant/],
  ["a description that is no sentence", { ...wanted, description: "sums" }, /^new:package: the description is no/],
])("%s is refused", (_name, options, message) => {
  const root = frame();
  expect(() => createPackage(root, options)).toThrow(message);
  expect(existsSync(join(root, "packages"))).toBe(false);
});

test("an existing package is not overwritten", () => {
  const root = frame();
  createPackage(root, wanted);
  expect(() => createPackage(root, wanted)).toThrow(/^new:package: the folder exists \(got packages\/qmc/);
});
