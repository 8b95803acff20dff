/** Examples in the test itself, one test each. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, test, vi } from "vitest";
import { examplesOf } from "./together.ts";

/** What {@link documentationSuite} checks. */
export interface DocumentationOptions {
  /** Numbers that are printed have to be above 0, and not only finite; true when left out. */
  readonly positive?: boolean;
  /** At least so many examples; 1 when left out. */
  readonly least?: number;
}

/** The README and the pages of `docs`, by their paths from a package's folder. */
export function pagesOf(folder: URL): string[] {
  const docs = new URL("docs/", folder);
  const names = existsSync(docs) ? readdirSync(docs).filter((name) => name.endsWith(".md")) : [];
  return ["README.md", ...names.toSorted().map((name) => `docs/${name}`)];
}

/**
 * One test for every example of a package's README and `docs`: it runs, prints where it says `console.log`, and the
 * numbers that it prints are finite.
 * @param at `import.meta.url` of a file in the package's folder `test`
 */
export function documentationSuite(at: string, { positive = true, least = 1 }: DocumentationOptions = {}): void {
  const folder = new URL("../", at);
  const examples = pagesOf(folder).flatMap((page) =>
    examplesOf(readFileSync(new URL(page, folder), "utf8")).map((code, i) => [`${page} ${i + 1}`, code] as const),
  );

  test("there are examples", () => {
    expect(examples.length).toBeGreaterThanOrEqual(least);
  });

  test.each(examples)("%s", async (name, code) => {
    // Beside the test, where the package's imports are resolved.
    const file = fileURLToPath(new URL(`example-${name.replaceAll(/\W/g, "-")}.generated.ts`, at));
    const printed: unknown[] = [];
    const log = vi.spyOn(console, "log").mockImplementation((...values: unknown[]) => {
      printed.push(...values);
    });
    writeFileSync(file, code);
    try {
      await import(pathToFileURL(file).href);
    } finally {
      log.mockRestore();
      rmSync(file, { force: true });
    }
    expect(printed.length > 0).toBe(code.includes("console.log"));
    for (const value of printed) {
      if (typeof value === "number")
        expect(positive ? value > 0 && value < Infinity : Number.isFinite(value)).toBe(true);
    }
  });
}
