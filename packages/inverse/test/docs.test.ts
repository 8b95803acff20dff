/** Every TypeScript example of the README and of `docs` runs, and prints numbers. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, test, vi } from "vitest";

const examples = [
  "../README.md",
  "../docs/choosing.md",
  "../docs/coming.md",
  "../docs/deep-priors.md",
  "../docs/operators.md",
  "../docs/posterior.md",
  "../docs/priors.md",
].flatMap((path) => {
  const text = readFileSync(new URL(path, import.meta.url), "utf8");
  return [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code], i) => [`${path.slice(3)} ${i + 1}`, code] as const);
});

test("there are examples", () => {
  expect(examples.length).toBeGreaterThan(3);
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
  expect(printed.length).toBeGreaterThan(0);
  for (const value of printed) if (typeof value === "number") expect(value).toBeGreaterThan(0);
});
