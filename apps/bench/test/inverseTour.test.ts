import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkInverse, inversePart } from "../src/tour/inverse/part.ts";
import { runTour } from "../src/tour/run.ts";
import { temporaryFolder, testIo } from "./support.ts";

interface Data {
  readonly slices: { method: string; psnr: number; ssim: number; iterations: number }[];
  readonly radar: { images: { method: string; psnr: number; found: number }[]; single: object };
}

it("reconstructs a slice and a scene, and shows them", async () => {
  const part = inversePart({
    tomography: { size: 32, views: 16, snr: 35, weight: 0.002, sirtIterations: 20, variationIterations: 150 },
    radar: { antennas: 5, frequencies: 5, across: 9, depths: 2, targets: 2, snr: 25, share: 0.1, iterations: 40 },
  });
  const options = { seed: 2, device: "cpu", out: temporaryFolder(), parts: [part], command: "" } as const;
  const { htmlFile, jsonFile } = await runTour(testIo(), options);
  const json = JSON.parse(readFileSync(jsonFile, "utf8")) as {
    parts: { inverse: Data };
    checks: { holds: boolean }[];
  };
  const { slices, radar } = json.parts.inverse;
  expect(slices.map(({ method, iterations }) => [method, iterations])).toEqual([
    ["FBP", 1],
    ["SIRT", 20],
    ["TV", 150],
  ]);
  const [analytic, , variation] = slices;
  expect(variation.psnr).toBeGreaterThan(analytic.psnr);
  expect(variation.ssim).toBeGreaterThan(analytic.ssim);
  const [back, sparse] = radar.images;
  expect([back.method, sparse.method]).toEqual(["back-projection", "l1"]);
  expect(sparse.psnr).toBeGreaterThan(back.psnr);
  expect(sparse.found).toBe(2);
  expect(json.checks).toHaveLength(3);
  expect(readFileSync(htmlFile, "utf8").match(/class="pixels"/g)).toHaveLength(11);
});

describe("the claims on reconstructions", () => {
  const findings = (gain: number, largest: number): boolean[] => {
    const at = { png: new Uint8Array(0), error: new Uint8Array(0), seconds: 0 };
    const slice = (method: string, psnr: number) => ({ ...at, method, psnr, ssim: 1, iterations: 1 });
    const image = (method: string, psnr: number) => ({ ...at, method, psnr, found: 1 });
    return checkInverse(
      { slices: [slice("FBP", 10), slice("TV", 10 + gain)] },
      { images: [image("back-projection", 10), image("l1", 10 + gain)], single: { target: 3, largest } },
    ).map(({ holds }) => holds);
  };

  it("are decided by the numbers", () => {
    expect(findings(10, 3)).toEqual([true, true, true]);
    expect(findings(1, 4)).toEqual([false, false, false]);
  });
});
