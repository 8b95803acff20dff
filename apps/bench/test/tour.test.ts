import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { runTour } from "../src/tour/run.ts";
import { digitsPart } from "../src/tour/digits/part.ts";
import { checkMixtures, mixturesPart } from "../src/tour/mixtures/part.ts";
import { qmcPart } from "../src/tour/qmc/part.ts";
import { parts } from "../src/tour/registry.ts";
import { addresses, run, temporaryFolder, testIo } from "./support.ts";

interface Report {
  readonly format: string;
  readonly checks: { readonly holds: boolean }[];
  readonly headline: unknown[];
  readonly parts: { readonly digits: DigitData; readonly mixtures: MixtureData };
}

interface DigitData {
  readonly runs: { sampler: string; nfe: number; error: number | null; frechet: number }[];
  readonly fine: { ownError: number; frechet: number };
}

interface MixtureData {
  readonly clouds: { error: number }[];
  readonly tables: { problem: string; errors: { sampler: string; nfe: number; error: number }[] }[];
}

/** A tour that is over in seconds. */
const SMALL = [
  digitsPart({
    count: 4,
    shown: 2,
    samplers: ["ddim", "ddim-eta", "dpm-solver++-2m", "f-pndm"],
    nfes: [3, 6],
    spacing: "log-snr",
    fine: { sampler: "dpm-solver-2m", nfe: 16 },
  }),
  mixturesPart({
    points: 20,
    clouds: { samplers: ["ddim", "plms"], nfes: [10] },
    samplers: ["ddim", "plms"],
    nfes: [25, 50, 100],
  }),
  qmcPart({ sizes: [256, 4096], replications: 8 }),
];

describe("the tour", () => {
  it("runs from end to end and writes a page that needs nothing else", async () => {
    const io = testIo();
    const out = temporaryFolder();
    const options = { seed: 3, device: "cpu", out, parts: SMALL, command: "ansatz-bench tour" } as const;
    const { htmlFile, jsonFile, report } = await runTour(io, options);
    const page = readFileSync(htmlFile, "utf8");
    const { fetched, links } = addresses(page);
    expect(fetched.filter((address) => !address.startsWith("data:"))).toEqual([]);
    expect(links.length).toBeGreaterThan(3);
    for (const link of links)
      expect(link).toMatch(/^https:\/\/(arxiv\.org|doi\.org|openreview\.net|proceedings|artowen\.su\.domains)/);
    expect(page.match(/class="cloud"/g)).toHaveLength(3);
    expect(page.match(/<svg [^>]*class="plot/g)).toHaveLength(6);

    const json = JSON.parse(readFileSync(jsonFile, "utf8")) as Report;
    expect(json).toEqual(JSON.parse(JSON.stringify(report)));
    expect(json.format).toBe("ansatz-tour/1");
    const { digits, mixtures } = json.parts;
    expect(digits.runs.map(({ sampler, nfe }) => `${sampler} ${nfe}`)).toEqual([
      "ddim 3",
      "ddim 6",
      "ddim-eta 3",
      "ddim-eta 6",
      "dpm-solver++-2m 3",
      "dpm-solver++-2m 6",
    ]);
    expect(page.match(/data:image\/png;base64/g)).toHaveLength(digits.runs.length + 2);
    expect(digits.runs.find(({ sampler }) => sampler === "ddim-eta")?.error).toBeNull();
    const [ddim3, ddim6, , , , plus6] = digits.runs;
    expect(ddim6.error).toBeLessThan(ddim3.error ?? 0);
    expect(plus6.error).toBeLessThan(ddim6.error ?? 0);
    expect(digits.fine.ownError).toBeLessThan(plus6.error ?? 0);
    // With 4 digits of 32 features the distance to all of them is large, but it is a number.
    for (const { frechet } of digits.runs) expect(frechet).toBeGreaterThan(0);
    expect(mixtures.tables.map(({ problem }) => problem)).toEqual(["GM2", "GM8"]);
    expect(json.checks).toHaveLength(8);
    expect(json.checks.every(({ holds }) => holds)).toBe(true);
    expect(json.headline.length).toBeGreaterThan(2);
  }, 60_000);

  it("shows the figures of the tensor core that a benchmark left in its folder", async () => {
    const out = temporaryFolder();
    await run("bench", "tensor", "--only", "E2", "--out", out);
    const options = { seed: 1, device: "cpu", out, parts: [], command: "" } as const;
    const { htmlFile } = await runTour(testIo(), options);
    const page = readFileSync(htmlFile, "utf8");
    expect(page).toContain("The tensor core");
    expect(page).toMatch(/<th scope="row">E2<\/th>/);
    const { htmlFile: without } = await runTour(testIo(), { ...options, out: temporaryFolder() });
    expect(readFileSync(without, "utf8")).not.toContain("The tensor core");
  });

  it("gives the same numbers for the same seed", async () => {
    const [, mixtures] = SMALL;
    const once = async (seed: number): Promise<object> => {
      const out = temporaryFolder();
      const options = { seed, device: "cpu", out, parts: [mixtures], command: "" } as const;
      const { report } = await runTour(testIo(), options);
      return { ...report.parts["mixtures"], seconds: 0 };
    };
    const first = await once(5);
    expect(await once(5)).toEqual(first);
    expect(await once(6)).not.toEqual(first);
  });

  it("is what the command runs", async () => {
    expect(parts.map(({ name }) => name)).toEqual(["digits", "quant", "mixtures", "qmc", "optim", "inverse"]);
    const out = temporaryFolder();
    const { code, out: text } = await run("tour", "--only", "mixtures", "--out", out, "--json", `${out}/copy.json`);
    expect(code).toBe(0);
    expect(text).toMatch(/GM8: PLMS at 50 model calls beats DDIM at 1000 .* yes/);
    expect(text).toContain("report.html");
    expect(readFileSync(`${out}/copy.json`, "utf8")).toBe(readFileSync(`${out}/report.json`, "utf8"));
  }, 60_000);
});

describe("the claims on mixtures", () => {
  const findings = (plms: number) => ({
    clouds: [],
    exact: new Float64Array(0),
    citations: [],
    tables: [
      {
        problem: "GM2",
        title: "",
        errors: [
          { sampler: "plms", nfe: 25, error: plms },
          { sampler: "ddim", nfe: 100, error: 0.01 },
        ],
      },
    ],
  });

  it("are decided by the errors", () => {
    expect(checkMixtures(findings(0.005))).toEqual([
      {
        claim: "GM2: PLMS at 25 model calls beats DDIM at 100",
        holds: true,
        evidence: "5.0e-3 against 1.0e-2, 2 times",
      },
    ]);
    expect(checkMixtures(findings(0.02))[0].holds).toBe(false);
  });
});
