/**
 * WebGPU in Node by Dawn (the npm package `webgpu`), either on SwiftShader, which computes on the CPU, or on Dawn's null
 * backend, which validates everything and computes nothing.
 */
import { constants } from "node:os";
import { isMainThread } from "node:worker_threads";
import { create, globals } from "webgpu";
import type { Unavailable } from "./availability.ts";
import { unpackSwiftShader } from "./unpack.ts";

/** What to run on: `"swiftshader"` really computes, `"null"` validates shaders and calls with results undefined. */
export type DawnBackend = "swiftshader" | "null";

export interface DawnOptions {
  readonly backend: DawnBackend;
}

/** A working WebGPU implementation. */
export interface Dawn {
  readonly status: "ready";
  readonly backend: DawnBackend;
  /** Stands for `navigator.gpu`. Adapters and devices asked from it live until {@link Dawn.release}. */
  readonly gpu: GPU;
  readonly adapter: GPUAdapter;
  /**
   * A new device. `descriptor` may also be made from the adapter, to ask for its limits and features.
   *
   * Each call asks for an adapter of its own, since an adapter gives only one device.
   */
  device(descriptor?: GPUDeviceDescriptor | ((adapter: GPUAdapter) => GPUDeviceDescriptor)): Promise<GPUDevice>;
  /** Destroys all devices and lets go of Dawn. Call it when the last test is done; a second call does nothing. */
  release(): void;
}

/** The objects that must outlive every use of Dawn in this process, see {@link createDawn}. */
type Pins = Set<object>;

const PINS = Symbol.for("@ansatz/webgpu-testing.pins");

/**
 * Starts Dawn on one of its backends and makes WebGPU's classes and constants (`GPUBufferUsage`, …) global, as they are
 * in a browser.
 *
 * Dawn's instance lives only while something refers to it (README of `webgpu`, "Lifetime"): the process can abort when
 * it is collected while one of its devices works. Therefore the instance, and every adapter and device made from it,
 * are held by `globalThis` until `release()`.
 *
 * @returns Dawn, or `{ status: "no adapter", reason }` on a machine for which npm has no SwiftShader.
 * @throws Error in a worker thread, whose environment variables the Vulkan loader does not see.
 */
export async function createDawn(options: DawnOptions): Promise<Dawn | Unavailable> {
  const { backend } = options;
  if (backend !== "swiftshader" && backend !== "null") {
    throw new Error(`createDawn: unknown backend (got ${String(backend)}, expected "swiftshader" or "null").`);
  }
  if (!isMainThread) throw new Error("createDawn: called in a worker thread (expected the main thread).");
  if (backend === "swiftshader") {
    const missing = await loadVulkan();
    if (missing !== undefined) return missing;
  }
  Object.assign(globalThis, globals);

  const pinned: Pins = new Set();
  const gpu = create([backend === "null" ? "backend=null" : "backend=vulkan"]);
  pinned.add(gpu);
  pinWhatItMakes(gpu, pinned);
  allPins().add(pinned);

  const release = (): void => {
    for (const object of pinned) if (object instanceof GPUDevice) object.destroy();
    pinned.clear();
    allPins().delete(pinned);
  };

  const adapter = await gpu.requestAdapter();
  if (adapter === null || (backend === "swiftshader" && adapter.info.architecture !== "swiftshader")) {
    release();
    const found = adapter === null ? "none" : `${adapter.info.vendor} ${adapter.info.architecture}`;
    return { status: "no adapter", reason: `Dawn found no SwiftShader (adapter: ${found})` };
  }
  return {
    status: "ready",
    backend,
    gpu,
    adapter,
    async device(descriptor) {
      const fresh = await gpu.requestAdapter();
      if (fresh === null) throw new Error("device: Dawn gave no adapter (expected the one it gave before).");
      return fresh.requestDevice(typeof descriptor === "function" ? descriptor(fresh) : descriptor);
    },
    release,
  };
}

/**
 * Compiles a compute shader and builds a pipeline from it.
 *
 * @param entryPoint - the function to build the pipeline for; without it, the shader's only entry point.
 * @returns every complaint, as `error 3:7 message` (line and column) for those of the compiler; empty if all is well.
 */
export async function shaderErrors(device: GPUDevice, code: string, entryPoint?: string): Promise<string[]> {
  // Without the scope Dawn prints the error as uncaptured.
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ code });
  const [info] = await Promise.all([module.getCompilationInfo(), device.popErrorScope()]);
  const complaints = info.messages
    .filter((message) => message.type === "error")
    .map((message) => `error ${message.lineNum}:${message.linePos} ${message.message}`);
  if (complaints.length > 0) return complaints;
  try {
    await device.createComputePipelineAsync({ layout: "auto", compute: { module, entryPoint } });
    return [];
  } catch (error) {
    return [`error ${error instanceof Error ? error.message : String(error)}`];
  }
}

let vulkan: Promise<Unavailable | undefined> | undefined;

/** Makes SwiftShader the process's only Vulkan driver, once. */
function loadVulkan(): Promise<Unavailable | undefined> {
  vulkan ??= (async () => {
    const files = await unpackSwiftShader();
    if (files.status !== "ready") return files;
    Object.assign(process.env, files.env);
    const problem = loadForGood(files.loader);
    return problem === undefined ? undefined : { status: "no adapter" as const, reason: problem };
  })();
  return vulkan;
}

/** glibc's and musl's `RTLD_NODELETE`, which Node does not name: the library stays after `dlclose`. */
const RTLD_NODELETE = 0x1000;

/**
 * Loads a shared library into this process for good, and returns what went wrong, if anything.
 *
 * Dawn opens `libvulkan.so.1` by its bare name. The dynamic linker looks among the libraries that are already loaded
 * first, so loading ours by its path saves having it installed, and saves starting Node anew with `LD_LIBRARY_PATH`.
 * Node can open a library only as an addon: it opens this one, finds that it is none, closes it and throws, but by
 * `RTLD_NODELETE` it stays.
 */
function loadForGood(path: string): string | undefined {
  try {
    process.dlopen({ exports: {} }, path, constants.dlopen.RTLD_NOW | RTLD_NODELETE);
  } catch (error) {
    const { message } = error as Error;
    if (!message.includes("did not self-register")) return message;
  }
  return undefined;
}

function allPins(): Set<Pins> {
  const holder = globalThis as { [PINS]?: Set<Pins> };
  return (holder[PINS] ??= new Set());
}

/** Holds on to every adapter that `gpu` gives and to every device that those give. */
function pinWhatItMakes(gpu: GPU, pins: Pins): void {
  const requestAdapter = gpu.requestAdapter.bind(gpu);
  gpu.requestAdapter = async (options) => {
    const adapter = await requestAdapter(options);
    if (adapter === null) return null;
    pins.add(adapter);
    const requestDevice = adapter.requestDevice.bind(adapter);
    adapter.requestDevice = async (descriptor) => {
      const device = await requestDevice(descriptor);
      pins.add(device);
      return device;
    };
    return adapter;
  };
}
