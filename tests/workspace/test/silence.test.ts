/** Runs small test files under the shared setup and sees those fail that print. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../../../scripts/lib/run.ts";
import { rootFolder } from "../../../scripts/lib/workspace.ts";
import { temporaryFolder, writeFiles } from "./temporary.ts";

async function runTest(text: string): Promise<{ code: number | null; output: string }> {
  const folder = temporaryFolder();
  const setup = join(rootFolder, "tests", "failOnConsole.ts");
  writeFiles(folder, {
    "package.json": JSON.stringify({ type: "module" }),
    "vitest.config.mjs": `export default { test: { globals: true, setupFiles: [${JSON.stringify(setup)}] } };\n`,
    "small.test.js": text,
  });
  return run("vitest", ["run", "--root", folder], { env: { NO_COLOR: "1", CI: undefined, NODE_OPTIONS: undefined } });
}

test("a silent test passes", async () => {
  const { code, output } = await runTest('test("silent", () => {});\n');
  expect(code, output).toBe(0);
});

test.each([
  ["console.log in a test", 'test("loud", () => console.log("some text"));\n'],
  ["console.warn while the file loads", 'console.warn("some text");\ntest("after", () => {});\n'],
  ["process.stderr in a test", 'test("loud", () => void process.stderr.write("some text"));\n'],
  ["console.info in a hook", 'afterAll(() => console.info("some text"));\ntest("quiet", () => {});\n'],
])("%s fails", async (_name, text) => {
  const { code, output } = await runTest(text);
  expect(code, output).not.toBe(0);
  expect(output).toContain("expected silence");
  expect(output).toContain("some text");
});
