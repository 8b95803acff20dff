/** Times of dispatches, by the GPU's clock and without it. */
import { describe, expect, test } from "vitest";
import type { DispatchTime } from "../../src/backend/backend.ts";
import { requestDevice } from "../../src/backend/webgpu/request.ts";
import { createWebGPUBackend, type WebGPUBackend } from "../../src/backend/webgpu/webgpu.ts";
import { ArgumentError, DeviceError } from "../../src/errors.ts";
import { gpuOf } from "./harness.ts";
import { ADD, get, put, SCALE, slot, step, vector } from "./vectors.ts";

const n = 100_000;
const plan = {
  slots: [slot(n, "input"), slot(n, "output"), slot(n, "temp", 0, 1)],
  steps: [step(ADD, n, [0, 0, 2]), step(SCALE, n, [2, 1], [0])],
  scalars: 1,
};

/** Runs a plan twice, in the second run with the reports on. */
async function profiled(backend: WebGPUBackend): Promise<DispatchTime[]> {
  const x = put(backend, new Float32Array(n).fill(3));
  const out = backend.alloc(4 * n);
  const executable = backend.compile(plan);
  executable.run([x, out], [2]);
  const times: DispatchTime[] = [];
  const stop = backend.profile((time) => times.push(time));
  executable.run([x, out], [5]);
  const values = get(backend, out, n);
  await stop();
  expect((await values).every((v) => v === 30)).toBe(true);
  executable.run([x, out], [7]);
  expect((await get(backend, out, 1))[0]).toBe(42);
  return times;
}

describe("profile", () => {
  test("by the GPU's clock", async (context) => {
    const { device, adapter } = await requestDevice({ gpu: gpuOf(context) });
    // The device is asked for the clock wherever there is one.
    expect(device.features.has("timestamp-query")).toBe(adapter.features.has("timestamp-query"));
    if (!device.features.has("timestamp-query")) context.skip("the adapter has no clock");
    const backend = createWebGPUBackend(device);
    const times = await profiled(backend);
    expect(times.map((t) => [t.label, t.clock])).toEqual([
      ["map add", "gpu"],
      ["map mul", "gpu"],
    ]);
    for (const t of times) {
      expect(t.workgroups[0] * t.workgroups[1] * t.workgroups[2]).toBeGreaterThan(1);
      expect(t.nanoseconds).toBeGreaterThan(0);
      expect(t.nanoseconds).toBeLessThan(60e9);
    }
    backend.destroy();
  });

  test("without it, by completion", async (context) => {
    const adapter = await gpuOf(context).requestAdapter();
    const device = await (adapter as GPUAdapter).requestDevice();
    expect(device.features.has("timestamp-query")).toBe(false);
    const backend = createWebGPUBackend(device);
    const times = await profiled(backend);
    expect(times.map((t) => [t.label, t.clock])).toEqual([
      ["map add", "completion"],
      ["map mul", "completion"],
    ]);
    for (const t of times) expect(t.nanoseconds).toBeGreaterThan(0);
    backend.destroy();
  });

  test("a failed device is reported, and so is what is no function", async (context) => {
    const { device } = await requestDevice({ gpu: gpuOf(context) });
    const backend = createWebGPUBackend(device);
    expect(() => backend.profile(3 as never)).toThrow(ArgumentError);
    const stop = backend.profile(() => undefined);
    put(backend, vector(1));
    backend.destroy();
    await expect(stop()).rejects.toThrow(DeviceError);
  });
});
