/**
 * Every case of every golden file is one test. The files lie in `golden`, or in the folder that GOLDEN_DIR names.
 * What is not written yet stands in pending.json with the title of the issue that brings it.
 */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import type { Form } from "./golden/cases.ts";
import { operations } from "./golden/operations.ts";
import pending from "./golden/pending.json" with { type: "json" };

/** The network whose directions speed up conjugate gradients: recognised, but nothing reads it yet. */
const directionNetwork: Form = {
  reads: ["dcdm_net"],
  cases: (data) =>
    ["output_seed1", "alphas", "loss", "grads", "dcdm_residuals"]
      .filter((name) => name in (data["dcdm_net"] as object))
      .map((name) => ({
        method: "deep conjugate directions network",
        name,
        check: () => {
          throw new Error("the deep conjugate directions network has no reader.");
        },
      })),
};

const forms: readonly Form[] = [operations, directionNetwork];
/** Keys that describe a file. */
const DESCRIPTION = /^(file|about|source|conventions|tolerance.*)$/;

const given = process.env["GOLDEN_DIR"];
const folder =
  given === undefined ? join(import.meta.dirname, "golden") : resolve(process.env["INIT_CWD"] ?? ".", given);
const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".json") && basename(path) !== "pending.json")
  .sort()
  .map((path) => {
    const data = JSON.parse(readFileSync(join(folder, path), "utf8")) as Record<string, unknown>;
    const parts = Object.keys(data).filter((key) => !DESCRIPTION.test(key));
    const fitting = forms.filter(({ reads }) => reads.every((key) => key in data));
    const unknown = parts.filter((key) => !fitting.some(({ reads }) => reads.includes(key)));
    return { path, parts, unknown, cases: fitting.flatMap((form) => form.cases(data)) };
  });

test("there are golden files, and every part of each has a known form", () => {
  expect(files.length).toBeGreaterThan(0);
  expect(files.filter(({ parts, unknown }) => parts.length === 0 || unknown.length > 0)).toEqual([]);
});

for (const { path, cases } of files) {
  describe(path, () => {
    for (const { method, name, check } of cases) {
      test.skipIf(method in pending)(`${method}: ${name}`, check);
    }
  });
}
