/** Every TypeScript example of the README and of `docs` runs, and prints numbers. */
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, test, vi } from "vitest";

const docs = fileURLToPath(new URL("../docs", import.meta.url));
const pages = existsSync(docs) ? readdirSync(docs).map((name) => `../docs/${name}`) : [];

const examples = ["../README.md", ...pages].flatMap((path) => {
  const text = readFileSync(new URL(path, import.meta.url), "utf8");
  return [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code], i) => [`${path.slice(3)} ${i + 1}`, code] as const);
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
