/**
 * Every case of every golden file is one test. The files lie in `golden`, or in the folder that GOLDEN_DIR names.
 * Methods that are not written yet stand in pending.json with the title of the issue that brings them.
 */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { acceleration } from "./golden/acceleration.ts";
import type { Case, Form } from "./golden/cases.ts";
import { classical } from "./golden/classical.ts";
import { gradientNormalized } from "./golden/gradientNormalized.ts";
import { matrixSensingForm } from "./golden/matrixSensing.ts";
import { mfacForms } from "./golden/mfac.ts";
import { poisson } from "./golden/poisson.ts";
import pending from "./golden/pending.json" with { type: "json" };
import { laterForms } from "./golden/pending.ts";
import { synthetic } from "./golden/synthetic.ts";

const forms: readonly Form[] = [
  classical,
  synthetic,
  acceleration,
  poisson,
  ...mfacForms,
  gradientNormalized,
  matrixSensingForm,
  ...laterForms,
];

const given = process.env["GOLDEN_DIR"];
const folder =
  given === undefined ? join(import.meta.dirname, "golden") : resolve(process.env["INIT_CWD"] ?? ".", given);
const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".json") && basename(path) !== "pending.json")
  .sort()
  .map((path) => {
    const data = JSON.parse(readFileSync(join(folder, path), "utf8")) as Record<string, unknown>;
    const fitting = forms.filter((form) => form.fits(data));
    return { path, data, fitting, cases: fitting.length === 1 ? fitting[0].cases(data) : ([] as readonly Case[]) };
  });

test("there are golden files, and each has exactly one known form and at least one case", () => {
  expect(files.length).toBeGreaterThan(0);
  expect(files.filter(({ fitting }) => fitting.length !== 1).map(({ path }) => path)).toEqual([]);
  expect(files.filter(({ cases }) => cases.length === 0).map(({ path }) => path)).toEqual([]);
});

for (const { path, cases } of files) {
  describe(path, () => {
    for (const { method, name, check } of cases) {
      test.skipIf(method in pending)(`${method}: ${name}`, check);
    }
  });
}
