/** The same runs on WebGPU as on the CPU. */
import { afterAll, describe, expect, test } from "vitest";
import { mul, registerBackend, type Tensor } from "@ansatz/tensor";
import { key, normal } from "@ansatz/tensor/random";
import { webgpu } from "@ansatz/tensor/webgpu";
import { readyOrSkip } from "@ansatz/webgpu-testing/availability";
import { createDawn } from "@ansatz/webgpu-testing/dawn";
import {
  dpmSolverAdaptive,
  dynamicThreshold,
  levelGrid,
  sample,
  samplers,
  vpLinear,
  type SampleResult,
} from "@ansatz/samplers";
import { gaussianMixture } from "@ansatz/samplers/problems";
import { BUMPS, maxDifference, read, rows } from "./support.ts";

const created = await createDawn({ backend: "swiftshader" });
if (created.status === "ready") registerBackend(await webgpu({ gpu: created.gpu }));
afterAll(() => created.status === "ready" && created.release());

const schedule = vpLinear();
const grid = levelGrid(schedule, { spacing: "log-snr", end: 1e-2 });
const denoiser = gaussianMixture(BUMPS);

const onBoth = async (run: (device: string) => Promise<SampleResult>): Promise<readonly SampleResult[]> => {
  const results = [await run("cpu"), await run("webgpu")];
  expect(results.map(({ value }) => value.device)).toEqual(["cpu", "webgpu"]);
  expect(results[1].status).toBe(results[0].status);
  expect(results[1].cost).toEqual(results[0].cost);
  return results;
};

describe("on WebGPU", () => {
  for (const { name, create, prepare, minEvaluations, noisy } of samplers) {
    test(`${name} draws the same samples from the same key`, async (context) => {
      readyOrSkip(created, context);
      const inverted = name.includes("inversion");
      const { sampler, levels } = prepare?.(grid, minEvaluations + 9) ?? {
        sampler: create(),
        // Adaptive methods choose the levels in between; inversions walk upwards.
        levels: inverted ? grid.levels(10).toReversed() : grid.levels(1),
      };
      const noise = noisy === true ? key(8) : undefined;
      const [cpu, gpu] = await onBoth((device) =>
        sample({ sampler, levels, schedule, denoiser, x: normal(key(7), [32, 2], { device }), key: noise }),
      );
      expect(maxDifference(await read(cpu.value), await read(gpu.value))).toBeLessThan(1e-4);
    });
  }

  test("adaptive steps read their error and take the same steps", async (context) => {
    readyOrSkip(created, context);
    const [cpu, gpu] = await onBoth((device) => {
      const x = normal(key(7), [32, 2], { device });
      return sample({ sampler: dpmSolverAdaptive(), levels: grid.levels(1), schedule, denoiser, x });
    });
    expect(maxDifference(await read(cpu.value), await read(gpu.value))).toBeLessThan(1e-3);
  });

  test("values that are not finite end the run", async (context) => {
    readyOrSkip(created, context);
    const { sampler, levels } = { sampler: samplers[0].create(), levels: grid.levels(4) };
    const [, gpu] = await onBoth((device) => {
      let calls = 0;
      const spoilt = (x: Tensor): Tensor => mul(x, calls++ === 2 ? 3e38 : 0.5);
      return sample({ sampler, levels, denoiser: spoilt, x: rows([[40, 50]], "f32", device) });
    });
    expect(gpu.status).toBe("non-finite");
    expect(gpu.failure?.step).toBe(2);
  });

  test("dynamic thresholding reads and writes there", async (context) => {
    readyOrSkip(created, context);
    const x0 = rows([[4, -2, 0, 1]], "f32", "webgpu");
    const clipped = await dynamicThreshold(x0, { ratio: 1 });
    expect(clipped.device).toBe("webgpu");
    expect(await read(clipped)).toEqual([1, -0.5, 0, 0.25]);
  });
});
