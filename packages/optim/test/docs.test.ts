/** Every TypeScript example of the README and of `docs` runs, and prints. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, test, vi } from "vitest";

const folder = new URL("../docs/", import.meta.url);
const texts = [
  ["README.md", readFileSync(new URL("../README.md", import.meta.url), "utf8")],
  ...readdirSync(folder).map((name) => [name, readFileSync(new URL(name, folder), "utf8")]),
];
const examples = texts.flatMap(([name, text]) =>
  [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code], i) => [`${name} ${i + 1}`, code] as const),
);

test("there are examples", () => {
  expect(examples.length).toBeGreaterThan(4);
});

test.each(examples)("%s", async (name, code) => {
  const file = fileURLToPath(new URL(`example-${name.replaceAll(/\W/g, "-")}.generated.ts`, import.meta.url));
  const printed: unknown[] = [];
  const log = vi.spyOn(console, "log").mockImplementation((...values: unknown[]) => {
    printed.push(...values);
  });
  writeFileSync(file, code);
  try {
    await import(pathToFileURL(file).href);
  } finally {
    log.mockRestore();
    rmSync(file);
  }
  // Examples that only define things print nothing.
  expect(printed.length > 0).toBe(code.includes("console.log"));
  for (const value of printed) if (typeof value === "number") expect(Number.isFinite(value)).toBe(true);
});
