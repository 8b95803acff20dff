/** Registers every case of every golden file as one test. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { GoldenReader } from "./cases.ts";

/** What is not written yet: title of the issue → name of the file → kinds of cases. */
export type Pending = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** `GOLDEN_DIR`, relative to where the user started the command, or `golden` beside the test file. */
function goldenFolder(testUrl: string): string {
  const given = process.env["GOLDEN_DIR"];
  if (given === undefined) return fileURLToPath(new URL("golden", testUrl));
  return resolve(process.env["INIT_CWD"] ?? ".", given);
}

/**
 * Turns the golden files of a package into tests.
 *
 * @param testUrl `import.meta.url` of the test file, `golden.test.ts`
 * @param pending the content of `golden/pending.json`
 * @param readers the reader of each file, by the file's name
 */
export function goldenSuite(testUrl: string, pending: Pending, readers: Readonly<Record<string, GoldenReader>>): void {
  const folder = goldenFolder(testUrl);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".json") && basename(path) !== "pending.json")
    .sort();
  const later = (name: string): Map<string, string> =>
    new Map(
      Object.entries(pending).flatMap(([issue, byFile]) => (byFile[name] ?? []).map((kind) => [kind, issue] as const)),
    );

  test("there are golden files, unless the package has no reader yet", () => {
    if (Object.keys(readers).length > 0) expect(files.length).toBeGreaterThan(0);
  });

  for (const path of files) {
    const name = basename(path);
    const waiting = later(name);
    const reader = Object.hasOwn(readers, name) ? readers[name] : undefined;
    describe(path, () => {
      if (reader === undefined) {
        for (const [kind, issue] of waiting) test.skipIf(true)(`${kind} (pending: ${issue})`, () => {});
        if (waiting.size === 0) {
          test("is a known file", () => {
            throw new Error(`${path}: no reader, and not in pending.json`);
          });
        }
        return;
      }
      const cases = reader(JSON.parse(readFileSync(join(folder, path), "utf8")));
      test("has cases", () => {
        expect(cases.length).toBeGreaterThan(0);
      });
      if (process.env["GOLDEN_DIR"] === undefined) {
        test("pending.json lists only what is there", () => {
          const kinds = new Set(cases.map(({ kind }) => kind));
          expect([...waiting.keys()].filter((kind) => !kinds.has(kind))).toEqual([]);
        });
      }
      for (const golden of cases) {
        const title = golden.name.startsWith(golden.kind) ? golden.name : `${golden.kind}: ${golden.name}`;
        const issue = waiting.get(golden.kind);
        const note = issue === undefined ? "" : ` (pending: ${issue})`;
        test.skipIf(issue !== undefined)(title + note, () => golden.run());
      }
    });
  }
}
