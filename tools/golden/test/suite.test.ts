/** The suite run by vitest on planted folders: what it accepts, and what must fail. */
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startVitest } from "vitest/node";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(import.meta.dirname, "planted-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** Runs a suite with the given files; gives the state of each test by its name. */
async function outcome(
  files: Record<string, unknown>,
  { pending = {}, goldenDir }: { pending?: object; goldenDir?: string } = {},
): Promise<Record<string, string>> {
  await mkdir(join(folder, "golden", "deep"), { recursive: true });
  for (const [name, value] of Object.entries(files)) await writeFile(join(folder, name), JSON.stringify(value));
  await writeFile(
    join(folder, "golden.test.ts"),
    `import { goldenSuite, unknownSections } from ${JSON.stringify(join(import.meta.dirname, "../src/index.ts"))};
goldenSuite(import.meta.url, ${JSON.stringify(pending)}, {
  "sums.json": (file) => [
    ...file.cases.map(({ a, b, sum, kind = "sum" }) => ({
      name: \`\${a} + \${b}\`,
      kind,
      run() {
        if (a + b !== sum) throw new Error("wrong");
      },
    })),
    ...unknownSections(file, ["cases"]),
  ],
});
`,
  );
  const before = process.env["GOLDEN_DIR"];
  if (goldenDir !== undefined) process.env["GOLDEN_DIR"] = goldenDir;
  else delete process.env["GOLDEN_DIR"];
  try {
    const vitest = await startVitest("test", [], {
      root: folder,
      config: false,
      watch: false,
      reporters: [{}],
      include: ["*.test.ts"],
    });
    const results: Record<string, string> = {};
    for (const module of vitest.state.getTestModules()) {
      for (const item of module.children.allTests()) results[item.fullName] = item.result().state;
    }
    await vitest.close();
    return results;
  } finally {
    process.exitCode = undefined;
    if (before === undefined) delete process.env["GOLDEN_DIR"];
    else process.env["GOLDEN_DIR"] = before;
  }
}

const right = { a: 1, b: 2, sum: 3 };
const wrong = { a: 1, b: 2, sum: 4 };

test("every case of every file in any subfolder is one test", async () => {
  const results = await outcome({
    "golden/sums.json": { cases: [right, wrong] },
    "golden/deep/sums.json": { cases: [right] },
  });
  expect(results["deep/sums.json > sum: 1 + 2"]).toBe("passed");
  expect(results["sums.json > sum: 1 + 2"]).toBe("failed");
});

test("what is unknown fails", async () => {
  const results = await outcome({
    "golden/sums.json": { cases: [right], differences: [] },
    "golden/products.json": { cases: [right] },
    "golden/deep/sums.json": { cases: [] },
  });
  expect(results["products.json > is a known file"]).toBe("failed");
  expect(results["sums.json > differences: section differences"]).toBe("failed");
  expect(results["deep/sums.json > has cases"]).toBe("failed");
});

test("pending kinds are skipped, and only while they are there", async () => {
  const pending = { "An issue": { "sums.json": ["carry", "gone"], "products.json": ["product"] } };
  const results = await outcome(
    { "golden/sums.json": { cases: [{ ...wrong, kind: "carry" }] }, "golden/products.json": {} },
    { pending },
  );
  expect(results["sums.json > carry: 1 + 2 (pending: An issue)"]).toBe("skipped");
  expect(results["products.json > product (pending: An issue)"]).toBe("skipped");
  expect(results["sums.json > pending.json lists only what is there"]).toBe("failed");
});

test("GOLDEN_DIR names another folder", async () => {
  await mkdir(join(folder, "other"));
  const results = await outcome(
    { "golden/sums.json": { cases: [wrong] }, "other/sums.json": { cases: [right] } },
    { goldenDir: join(folder, "other") },
  );
  expect(results["sums.json > sum: 1 + 2"]).toBe("passed");
  const empty = await outcome({}, { goldenDir: join(folder, "golden", "deep") });
  expect(empty["there are golden files, unless the package has no reader yet"]).toBe("failed");
});
