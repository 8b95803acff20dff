import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { asBlock, examplesOf, pagesOf, runTogether } from "../src/index.ts";

const here = new URL("../", import.meta.url);

test("blocks marked ts alone are examples", () => {
  const page = "a\n```ts\none\n```\n```ts fragment\ntwo\n```\n```sh\nthree\n```\n```ts\nfour\n```\n";
  expect(examplesOf(page)).toEqual(["one\n", "four\n"]);
});

test("examples in one process keep their names apart, and one that fails ends it", () => {
  const good =
    'import { sep as slash, type PathLike } from "node:path";\nconst x: number = slash.length;\nconsole.log(x);\n';
  expect(runTogether(here, [good, good])).toEqual({ outputs: ["1\n", "1\n"], errors: "" });
  const { outputs, errors } = runTogether(here, [good, 'throw new Error("no");\n', good]);
  expect(outputs).toEqual(["1\n"]);
  expect(errors).toContain("Error: no");
  const before = "globalThis.y = 5;";
  expect(runTogether(here, ["console.log(y);\n"], { before, after: 'console.error("end");' })).toEqual({
    outputs: ["5\n"],
    errors: "end\n",
  });
});

test("imports of another form are refused", () => {
  expect(() => asBlock('import * as path from "node:path";\n')).toThrow('(got "import * as path from');
});

test("the pages of a package are its README and its docs", () => {
  const folder = mkdtempSync(join(tmpdir(), "ansatz-"));
  const url = pathToFileURL(`${folder}/`);
  expect(pagesOf(url)).toEqual(["README.md"]);
  mkdirSync(join(folder, "docs"));
  for (const name of ["b.md", "a.md", "picture.svg"]) writeFileSync(join(folder, "docs", name), "");
  expect(pagesOf(url)).toEqual(["README.md", "docs/a.md", "docs/b.md"]);
});
