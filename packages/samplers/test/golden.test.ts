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
import { acceptance } from "./reader/acceptance.ts";
import type { GoldenReader } from "./reader/base.ts";
import { bdia, bdiaEdm } from "./reader/bdia.ts";
import { ddimPndm } from "./reader/ddimPndm.ts";
import { dpmSolver } from "./reader/dpmSolver.ts";
import { edge } from "./reader/edge.ts";
import { lml } from "./reader/lml.ts";
import { modelsExact } from "./reader/modelsExact.ts";
import { momentum } from "./reader/momentum.ts";
import { mrs } from "./reader/mrs.ts";
import { schedules } from "./reader/schedules.ts";
import { sde } from "./reader/sde.ts";
import { unipc } from "./reader/unipc.ts";
import { usf } from "./reader/usf.ts";

const READERS: Record<string, GoldenReader> = {
  "acceptance.json": acceptance,
  "bdia.json": bdia,
  "bdia_edm.json": bdiaEdm,
  "ddim_pndm.json": ddimPndm,
  "dpm_solver.json": dpmSolver,
  "edge.json": edge,
  "lml.json": lml,
  "models_exact.json": modelsExact,
  "momentum.json": momentum,
  "mrs.json": mrs,
  "schedules.json": schedules,
  "sde.json": sde,
  "unipc.json": unipc,
  "usf.json": usf,
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
