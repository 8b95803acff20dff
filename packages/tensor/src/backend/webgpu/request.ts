/** Asking the platform for a GPU device with the limits that kernels profit from. */
import { DeviceError } from "../../errors.ts";

/** Where to look for a GPU. */
export interface DeviceRequest {
  /** The entry point of WebGPU; by default the platform's `navigator.gpu`. */
  readonly gpu?: GPU;
  readonly powerPreference?: GPUPowerPreference;
}

/** A device with what must stay referenced for as long as it is used: Dawn in Node crashes when they are collected. */
export interface RequestedDevice {
  readonly gpu: GPU;
  readonly adapter: GPUAdapter;
  readonly device: GPUDevice;
}

const LIMITS = ["maxStorageBuffersPerShaderStage", "maxStorageBufferBindingSize", "maxBufferSize"] as const;

/** `navigator.gpu`, where there is one. */
export function platformGpu(): GPU | undefined {
  return typeof navigator === "undefined" ? undefined : (navigator as { readonly gpu?: GPU }).gpu;
}

/**
 * Requests a device with the adapter's largest buffers and most buffers per shader, and the clock of the GPU if it has one.
 * @throws DeviceError when the platform has no WebGPU, no adapter, or refuses the device
 */
export async function requestDevice(request: DeviceRequest): Promise<RequestedDevice> {
  const gpu = request.gpu ?? platformGpu();
  if (gpu === undefined) {
    throw new DeviceError(
      "webgpu: this platform has no WebGPU (got no navigator.gpu, expected a GPU object). In a browser use a secure " +
        'context (https or localhost); in Node pass { gpu: create([]) } of the npm package "webgpu"; or use the cpu device.',
    );
  }
  const { powerPreference } = request;
  const adapter = await gpu.requestAdapter(powerPreference === undefined ? {} : { powerPreference });
  if (adapter === null) {
    throw new DeviceError(
      "webgpu: no GPU adapter (got null, expected one from requestAdapter). The graphics driver may be missing or " +
        "blocked: see chrome://gpu in Chromium, the Vulkan driver in Node; or use the cpu device.",
    );
  }
  const requiredLimits: Record<string, number> = {};
  for (const name of LIMITS) requiredLimits[name] = adapter.limits[name];
  const requiredFeatures = (["timestamp-query"] as const).filter((name) => adapter.features.has(name));
  try {
    return { gpu, adapter, device: await adapter.requestDevice({ requiredLimits, requiredFeatures }) };
  } catch (cause) {
    throw new DeviceError(
      `webgpu: the adapter gives no device (got ${cause instanceof Error ? cause.message : String(cause)}). ` +
        "Free other uses of the GPU, or use the cpu device.",
      { cause },
    );
  }
}
