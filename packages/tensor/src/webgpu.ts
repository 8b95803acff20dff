/**
 * The WebGPU device: `await webgpu()` finds a GPU and registers it as device `"webgpu"`.
 *
 * @module
 */
import "./backend/cpu/complete.ts";
import { createWebGPUBackend, type WebGPUBackend } from "./backend/webgpu/webgpu.ts";
import { platformGpu, requestDevice } from "./backend/webgpu/request.ts";
import { registerBackend } from "./device.ts";
import { ArgumentError, checkOptions } from "./errors.ts";

export type { DispatchTime } from "./backend/backend.ts";
export type { WebGPUBackend } from "./backend/webgpu/webgpu.ts";
export {
  fromGpuBuffer,
  toGpuBuffer,
  type GpuBufferOwnership,
  type GpuRecord,
  type GpuRecordInput,
} from "./gpuRecord.ts";

/** Options of {@link webgpu}. */
export interface WebGPUOptions {
  /** The entry point of WebGPU; by default `navigator.gpu`. In Node: `create([])` of the npm package `webgpu`. */
  readonly gpu?: GPU;
  /** A device to share with other code instead of asking for one; `gpu` and `powerPreference` are then not allowed. */
  readonly device?: GPUDevice;
  /** Which of several GPUs to ask for: `"low-power"` or `"high-performance"`. */
  readonly powerPreference?: GPUPowerPreference;
}

// Dawn's native objects do not keep each other alive: the process aborts when one is collected while in use.
const inUse = new Set<object>();

/**
 * Finds a GPU and registers it as device `"webgpu"`; a second call makes a second device, which takes over the name.
 *
 * The device holds f32, i32, u32 and bool tensors. Reading is asynchronous (`await x.data()`). Integers and random bits
 * are the same as on the CPU; float addition, multiplication and everything built from them are rounded step by step as
 * on the CPU, but division and square root have the accuracy that WGSL promises (2.5 ulp), and subnormal numbers may
 * count as zero.
 *
 * Errors of the device (lost, out of memory, a refused shader) are thrown by the next use of a tensor on it. The
 * returned backend stays referenced until it is destroyed or lost; call its `destroy()` to free the GPU earlier than at
 * the end of the process.
 *
 * @throws DeviceError when the platform has no WebGPU or no GPU, with advice
 * @throws ArgumentError for unknown options, or `device` together with `gpu` or `powerPreference`
 */
export async function webgpu(options: WebGPUOptions = {}): Promise<WebGPUBackend> {
  checkOptions("webgpu", options, ["gpu", "device", "powerPreference"]);
  const { gpu, device, powerPreference } = options;
  if (device !== undefined && (gpu !== undefined || powerPreference !== undefined)) {
    const other = gpu === undefined ? "powerPreference" : "gpu";
    throw new ArgumentError(
      `webgpu: the options exclude each other (got device and ${other}, expected one of them). ` +
        `Leave ${other} out: the device is already chosen.`,
    );
  }
  if (powerPreference !== undefined && powerPreference !== "low-power" && powerPreference !== "high-performance") {
    throw new ArgumentError(
      `webgpu: unknown powerPreference (got ${JSON.stringify(powerPreference)}, ` +
        `expected "low-power" or "high-performance").`,
    );
  }
  const pins = device === undefined ? await requestDevice({ gpu, powerPreference }) : { device };
  inUse.add(pins);
  void pins.device.lost.then(() => inUse.delete(pins));
  // A device that was handed in says nothing about the entry point that it came from; only the platform's can be asked.
  const from = "gpu" in pins ? pins.gpu : platformGpu();
  const backend = createWebGPUBackend(pins.device, from?.wgslLanguageFeatures);
  registerBackend(backend);
  return backend;
}
