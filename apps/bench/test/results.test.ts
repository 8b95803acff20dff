import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeSuitePage } from "../src/report/suitePage.ts";
import { benchResultSchema, meets, type BenchResult, type PeerValue, type Row } from "../src/results/benchResult.ts";
import { compareResults } from "../src/results/compare.ts";
import { readBenchResult } from "../src/results/read.ts";
import { showBenchResult, showNumber, showPeer } from "../src/results/show.ts";
import { makeRow } from "../src/suites/rows.ts";
import { run, temporaryFolder } from "./support.ts";

const PEER: PeerValue = {
  name: "other",
  version: "1.0.0",
  status: "measured",
  value: 9,
  ratio: 3,
  ratioSpread: [2, 4],
  note: null,
};

function row(facts: Partial<Row>): Row {
  return { ...makeRow({ id: "C1", title: "something", unit: "ms", better: "less", value: 3 }), ...facts };
}

function result(rows: readonly Row[], suite = "tensor"): BenchResult {
  return {
    format: "ansatz-bench/1",
    suite,
    created: "2026-01-02T03:04:05.678Z",
    seconds: 12.5,
    seed: 1,
    device: "CPU",
    environment: {
      cpu: "a processor",
      threads: 2,
      memoryGiB: 16,
      system: "linux",
      node: "24.0.0",
      v8: "13.6",
      commit: null,
      load: 0.5,
      packages: { "@ansatz/tensor": "0.0.0" },
    },
    rows,
  };
}

describe("verdicts", () => {
  const facts = { id: "D1.1", title: "t", unit: "x", better: "more" } as const;
  it.each([
    [{ value: 2, target: { relation: ">=", value: 1.8 } }, "pass"],
    [{ value: 1.7, target: { relation: ">=", value: 1.8 } }, "fail"],
    [{ value: NaN, target: { relation: ">=", value: 1.8 } }, "fail"],
    [{ value: 1.7 }, "measured"],
    [{ value: null, target: { relation: ">=", value: 1.8 } }, "skipped"],
    [{ value: 2, beats: ["other"], peers: [PEER] }, "pass"],
    [{ value: 2, beats: ["other"], peers: [{ ...PEER, ratio: 0.9 }] }, "fail"],
    [{ value: 2, beats: ["another"], peers: [{ ...PEER, ratio: 0.9 }] }, "pass"],
    [{ value: 1, target: { relation: ">=", value: 1.8 }, beats: ["other"], peers: [PEER] }, "fail"],
  ] as const)("%j: %s", (part, verdict) => {
    const made = makeRow({ ...facts, ...part });
    expect(made.verdict).toBe(verdict);
    expect(made.figure).toBe("D1");
  });

  it("know all relations", () => {
    expect((["<=", ">=", "<", ">", "="] as const).map((relation) => meets(2, { relation, value: 2 }))).toEqual([
      true,
      true,
      false,
      false,
      true,
    ]);
  });
});

describe("the file format", () => {
  it("takes what is written and nothing else", () => {
    const good = result([row({ peers: [PEER] })]);
    expect(benchResultSchema.parse(JSON.parse(JSON.stringify(good)))).toEqual(good);
    for (const bad of [
      { ...good, format: "ansatz-bench/2" },
      { ...good, created: "yesterday" },
      { ...good, rows: [{ ...good.rows[0], verdict: "maybe" }] },
      { ...good, extra: 1 },
      null,
    ]) {
      expect(benchResultSchema.safeParse(bad).success).toBe(false);
    }
  });

  it("is read back, and other files are named with what is wrong", async () => {
    const folder = temporaryFolder();
    const write = (name: string, text: string): string => {
      const path = join(folder, name);
      writeFileSync(path, text);
      return path;
    };
    const good = result([row({})]);
    expect(await readBenchResult(write("good.json", JSON.stringify(good)))).toEqual(good);
    await expect(readBenchResult(write("a.json", "{"))).rejects.toThrow(
      "a.json is not a benchmark result (it is not JSON).",
    );
    await expect(readBenchResult(write("b.json", "{}"))).rejects.toThrow(
      "b.json is not a benchmark result (Invalid input",
    );
  });
});

describe("comparing", () => {
  const before = result([
    row({ id: "C1", value: 3, spread: [2.9, 3.1] }),
    row({ id: "C2", value: 3, spread: [2.9, 3.1] }),
    row({ id: "C3", value: 3, spread: [2.9, 3.1] }),
    row({ id: "D1", value: 40, better: "more" }),
    row({ id: "F1", value: null }),
    row({ id: "G1", value: 1 }),
  ]);
  const after = result([
    row({ id: "C1", value: 2, spread: [1.9, 2.1] }),
    row({ id: "C2", value: 4, spread: [3.9, 4.1] }),
    row({ id: "C3", value: 3.15, spread: [3.05, 3.2] }),
    row({ id: "D1", value: 30, better: "more" }),
    row({ id: "F1", value: null }),
    row({ id: "H1", value: 1 }),
  ]);

  it("tells better from worse, and noise from change", () => {
    const kinds = compareResults(before, after).map(({ id, kind }) => [id, kind]);
    expect(kinds).toEqual([
      ["C1", "better"],
      ["C2", "worse"],
      ["C3", "same"],
      ["D1", "worse"],
      ["F1", "same"],
      ["G1", "removed"],
      ["H1", "added"],
    ]);
    expect(compareResults(before, after)[0].ratio).toBeCloseTo(2 / 3, 12);
  });

  it("refuses results of different suites", () => {
    expect(() => compareResults(before, result([], "samplers"))).toThrow(
      "compare: the results are of different suites (got tensor and samplers, expected the same).",
    );
  });

  it("works from the command line", async () => {
    const folder = temporaryFolder();
    const [a, b] = [join(folder, "a.json"), join(folder, "b.json")];
    writeFileSync(a, JSON.stringify(before));
    writeFileSync(b, JSON.stringify(after));
    const { code, out } = await run("compare", a, b);
    expect(code).toBe(0);
    expect(out).toMatch(/C1 .* 3 ms .* 2 ms .* 0\.667x .* better/);
    const { out: json } = await run("compare", a, b, "--json");
    expect((JSON.parse(json) as { changes: unknown[] }).changes).toHaveLength(7);
  });
});

describe("the page of a suite", () => {
  it("shows the pictures of rows", async () => {
    const folder = temporaryFolder();
    const figure = { id: "C1", title: "a figure", run: () => Promise.resolve([]) };
    const suite = { name: "tensor", title: "Things: some", packages: [], figures: [figure] };
    const seen = result([row({ pictures: [{ name: "before & after", png: "AQID" }] })]);
    expect(benchResultSchema.parse(JSON.parse(JSON.stringify(seen)))).toEqual(seen);
    await writeSuitePage(folder, suite, seen);
    const page = readFileSync(join(folder, "tensor.html"), "utf8");
    expect(page).toContain('alt="before &amp; after" src="data:image/png;base64,AQID"');
    expect(page).toContain("<small>before &amp; after</small>");
  });
});

describe("showing", () => {
  it.each([
    [0, "0"],
    [3, "3"],
    [3.14159, "3.14"],
    [12.5, "12.5"],
    [1234.5, "1230"],
    [123456, "1.2e5"],
    [0.000123, "1.2e-4"],
    [-0.5, "-0.5"],
    [Infinity, "Infinity"],
  ])("%d as %s", (value, text) => expect(showNumber(value)).toBe(text));

  it("says what a peer gave, or why it gave nothing", () => {
    expect(showPeer(PEER)).toBe("9 (3x)");
    expect(showPeer({ ...PEER, status: "not found", value: null, ratio: null })).toBe("not found");
    expect(showPeer(undefined)).toBe("");
  });

  it("puts lists by methods and model calls in square tables", () => {
    const entry = (name: string, calls: number, value: number): Row =>
      row({ id: `T.${name}.${calls}`, figure: "T", title: `${name}, ${calls} model calls`, value });
    const text = showBenchResult(result([entry("a", 20, 0.5), entry("a", 5, 0.25), entry("b", 20, 3), row({})]));
    expect(text).toMatch(/T .* 5 .* 20 /);
    expect(text).toMatch(/a .* 2\.5e-1 .* 5\.0e-1 /);
    expect(text).toMatch(/b .* 3\.0e\+0 /);
    expect(text).toMatch(/C1 .* measured/);
  });

  it("puts peers in columns", () => {
    const text = showBenchResult(
      result([row({ peers: [PEER], target: { relation: "<=", value: 5 }, note: "a note" })]),
    );
    expect(text).toMatch(/figure .* target .* ours .* other .* verdict/);
    expect(text).toMatch(/C1 .* <= 5 .* 3 ms .* 9 \(3x\) .* measured/);
    expect(text).toContain("C1: a note");
  });
});
