/** The examples of the page on linear algebra run. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { examplesOf, runTogether } from "@ansatz/examples";

const folder = new URL("../../", import.meta.url);
const text = readFileSync(new URL("docs/linear-algebra.md", folder), "utf8");
const examples = examplesOf(text);

test("the examples run and print numbers", () => {
  const { outputs, errors } = runTogether(folder, examples);
  expect(errors).toBe("");
  expect(outputs).toHaveLength(examples.length);
  for (const output of outputs) {
    expect(output).toMatch(/\d/);
    expect(output).not.toMatch(/NaN|undefined/);
  }
});

test("there are examples, and every function is named", async () => {
  expect(examples.length).toBeGreaterThan(2);
  const linalg = (await import("@ansatz/tensor/linalg")) as object;
  expect(Object.keys(linalg).filter((name) => !text.includes(`\`${name}(`))).toEqual([]);
});
