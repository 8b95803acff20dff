import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { runTour } from "../src/tour/run.ts";
import { quantPart } from "../src/tour/quant/part.ts";
import { temporaryFolder, testIo } from "./support.ts";

interface Run {
  readonly name: string;
  readonly bytes: number;
  readonly difference: number | null;
  readonly layers: { path: string; weight: number | "float" }[];
}

it("draws digits with quantised denoisers beside the float one", async () => {
  const part = quantPart({
    count: 4,
    shown: 2,
    calibration: 6,
    sampler: "ddim",
    nfe: 6,
    variants: [{ name: "W4A8", options: { weightBits: 4, inputBits: 8 } }],
  });
  const options = { seed: 1, device: "cpu", out: temporaryFolder(), parts: [part], command: "" } as const;
  const { htmlFile, jsonFile } = await runTour(testIo(), options);
  const { runs } = (JSON.parse(readFileSync(jsonFile, "utf8")) as { parts: { quant: { runs: Run[] } } }).parts.quant;
  const [float, four] = runs;
  expect(runs.map(({ name }) => name)).toEqual(["float", "W4A8"]);
  expect(float.difference).toBeNull();
  expect(four.difference).toBeGreaterThan(0);
  expect(four.difference).toBeLessThan(0.5);
  expect(four.bytes).toBeLessThan(0.15 * float.bytes);
  expect(four.layers.map(({ weight }) => weight).slice(1, -1)).toEqual(Array(four.layers.length - 2).fill(4));
  expect(four.layers.at(0)?.weight).toBe(8);
  expect(four.layers.at(-1)?.weight).toBe(8);
  const page = readFileSync(htmlFile, "utf8");
  expect(page.match(/data:image\/png;base64/g)).toHaveLength(2);
}, 240_000);
