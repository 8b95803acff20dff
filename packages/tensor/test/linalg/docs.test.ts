/** The examples of the page on linear algebra run. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const folder = new URL("../../", import.meta.url);
const text = readFileSync(new URL("docs/linear-algebra.md", folder), "utf8");
const examples = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map((m) => m[1]);

test.each(examples.map((code, i) => [i + 1, code] as const))("example %i runs", (_, code) => {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ["--conditions=@ansatz/source", "--input-type=module-typescript", "--eval", code],
    { cwd: folder, encoding: "utf8", timeout: 30_000 },
  );
  expect(stderr).toBe("");
  expect(status).toBe(0);
  expect(stdout).toMatch(/\d/);
  expect(stdout).not.toMatch(/NaN|undefined/);
});

test("there are examples, and every function is named", async () => {
  expect(examples.length).toBeGreaterThan(2);
  const linalg = (await import("@ansatz/tensor/linalg")) as object;
  expect(Object.keys(linalg).filter((name) => !text.includes(`\`${name}(`))).toEqual([]);
});
