/**
 * Every case of every golden file becomes one test. The folder is `GOLDEN_DIR`, or `test/golden`; files are recognised
 * by name, in any subfolder. Files and case kinds of methods that are not there yet are listed in `golden/pending.json`;
 * anything else that is unknown fails.
 */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import pending from "./golden/pending.json" with { type: "json" };
import type { GoldenReader } from "./reader/base.ts";
import { bayes, cubature } from "./reader/cubature.ts";
import { grams, integrands, kernels1d } from "./reader/kernels.ts";
import { measures, transforms } from "./reader/measures.ts";
import { interlaced, nus, randomizations, sobolChecksum, sobolFile } from "./reader/nets.ts";
import { haltonFile, latticeFile } from "./reader/points.ts";
import { discrepancies, tValues } from "./reader/quality.ts";
import { slimKlFile } from "./reader/slimKl.ts";
import { logBessel, vmf } from "./reader/special.ts";

const READERS: Record<string, GoldenReader> = {
  "bayes_cubature.json": bayes,
  "cubature.json": cubature,
  "discrepancy.json": discrepancies,
  "dnet_interlaced.json": interlaced,
  "dnet_nus.json": nus,
  "dnet_randomizations.json": randomizations,
  "gram.json": grams,
  "halton.json": haltonFile,
  "integrands.json": integrands,
  "kernels1d.json": kernels1d,
  "lattice.json": latticeFile,
  "log_bessel.json": logBessel,
  "measures.json": measures,
  "slimkl.json": slimKlFile,
  "sobol.json": sobolFile,
  "sobol_table_checksum.json": sobolChecksum,
  "sobol_tvalue.json": tValues,
  "transforms.json": transforms,
  "vmf.json": vmf,
};

const PENDING = new Map<string, readonly string[]>(
  Object.values(pending as Record<string, Record<string, string[]>>).flatMap((files) => Object.entries(files)),
);

const folder = process.env["GOLDEN_DIR"] ?? fileURLToPath(new URL("golden", import.meta.url));
const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".json") && basename(file) !== "pending.json")
  .sort();

test("there are golden files", () => {
  expect(files.length).toBeGreaterThan(0);
});

for (const file of files) {
  const name = basename(file);
  const reader = READERS[name];
  const later = PENDING.get(name) ?? [];
  if (reader === undefined) {
    if (later.length === 0) {
      test(`${file} is a known file`, () => {
        expect.fail(`${file}: no reader and not in pending.json`);
      });
    }
    continue;
  }
  describe(file, () => {
    const cases = reader(JSON.parse(readFileSync(join(folder, file), "utf8")));
    test("there are cases", () => {
      expect(cases.length).toBeGreaterThan(0);
    });
    if (process.env["GOLDEN_DIR"] === undefined) {
      test("pending.json lists only what is there", () => {
        const kinds = new Set(cases.map(({ kind }) => kind));
        expect(later.filter((kind) => !kinds.has(kind))).toEqual([]);
      });
    }
    for (const { name: title, kind, run } of cases) {
      if (later.includes(kind)) continue;
      test(title, async () => {
        await run();
      });
    }
  });
}
