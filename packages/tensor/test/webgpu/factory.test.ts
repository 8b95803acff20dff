/** Finding a GPU: `webgpu()` and what it says when there is none. */
import { describe, expect, test } from "vitest";
import { backendOf } from "../../src/device.ts";
import { ArgumentError, DeviceError } from "../../src/errors.ts";
import { webgpu } from "../../src/webgpu.ts";
import { freshBackend, gpuOf } from "./harness.ts";

/** A stand-in for `navigator.gpu` whose adapter does what the test needs. */
function fakeGpu(adapter: unknown): GPU {
  return { requestAdapter: async () => adapter } as unknown as GPU;
}

describe("webgpu()", () => {
  test("registers the device it finds and uses the adapter's limits", async (context) => {
    const gpu = gpuOf(context);
    expect(() => backendOf("webgpu")).toThrow('Call `await webgpu()` of "@ansatz/tensor/webgpu" first.');
    const backend = await webgpu({ gpu, powerPreference: "low-power" });
    expect(backendOf("webgpu")).toBe(backend);
    const adapter = await gpu.requestAdapter();
    expect(backend.maxBuffers).toBe(adapter?.limits.maxStorageBuffersPerShaderStage);
    expect(backend.device.limits.maxBufferSize).toBe(adapter?.limits.maxBufferSize);
    backend.destroy();
  });

  test("takes a device from elsewhere", async (context) => {
    const { device } = await freshBackend(context);
    const backend = await webgpu({ device });
    expect(backend.device).toBe(device);
    backend.destroy();
  });

  test("says what to do where the platform has no WebGPU", async () => {
    await expect(webgpu()).rejects.toThrow(
      "webgpu: this platform has no WebGPU (got no navigator.gpu, expected a GPU object). In a browser use a secure " +
        'context (https or localhost); in Node pass { gpu: create([]) } of the npm package "webgpu"; or use the cpu device.',
    );
    await expect(webgpu()).rejects.toThrow(DeviceError);
  });

  test("says what to do without an adapter", async () => {
    await expect(webgpu({ gpu: fakeGpu(null) })).rejects.toThrow(/^webgpu: no GPU adapter \(got null, expected one/);
    await expect(webgpu({ gpu: fakeGpu(null) })).rejects.toThrow(DeviceError);
  });

  test("passes on why an adapter gives no device", async () => {
    const cause = new Error("out of devices");
    const gpu = fakeGpu({ limits: {}, features: new Set(), requestDevice: async () => Promise.reject(cause) });
    await expect(webgpu({ gpu })).rejects.toThrow("webgpu: the adapter gives no device (got out of devices).");
    await expect(webgpu({ gpu })).rejects.toMatchObject({ code: "device", cause });
  });

  test("refuses wrong options", async () => {
    const unknown = { adapter: 1 } as object;
    await expect(webgpu(unknown)).rejects.toThrow(
      'webgpu: unknown option (got "adapter", expected one of gpu, device, powerPreference).',
    );
    await expect(webgpu({ device: {} as GPUDevice, gpu: fakeGpu(null) })).rejects.toThrow(
      "webgpu: the options exclude each other (got device and gpu, expected one of them).",
    );
    await expect(webgpu({ powerPreference: "fast" as GPUPowerPreference })).rejects.toThrow(ArgumentError);
  });
});
