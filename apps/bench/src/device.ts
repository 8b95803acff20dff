/** Opening the device that a command computes on. */
import { existsSync } from "node:fs";
import { platform } from "node:os";
import { webgpu } from "@ansatz/tensor/webgpu";
import { createDawn } from "@ansatz/webgpu-testing/dawn";
import type { DeviceName } from "./cli/options.ts";

/** A device that is ready. */
export interface OpenDevice {
  readonly name: DeviceName;
  /** What it is, for reports. */
  readonly description: string;
  /** Float types that tensors on it can have, the widest first. */
  readonly float: "f64" | "f32";
  /** Lets go of it, so that the process can end. */
  release(): void;
}

/** Opens a device. @throws Error when there is none of that kind, saying why */
export async function openDevice(name: DeviceName): Promise<OpenDevice> {
  if (name === "cpu") {
    return { name, description: "CPU, WebAssembly SIMD", float: "f64", release: () => undefined };
  }
  return (await openGpu()) ?? openSwiftShader();
}

/** What must stay referenced while Dawn works: its objects do not keep each other alive. */
const pins = new Set<object>();

/** The machine's own GPU; undefined when there is none. */
async function openGpu(): Promise<OpenDevice | undefined> {
  // Dawn complains on standard error where no driver can be loaded: do not ask it without a device.
  if (platform() === "linux" && !existsSync("/dev/dri") && !existsSync("/dev/nvidia0")) return undefined;
  const { create, globals } = await import("webgpu");
  Object.assign(globalThis, globals);
  const gpu = create([]);
  const adapter = await gpu.requestAdapter();
  if (adapter === null) return undefined;
  pins.add(gpu).add(adapter);
  const backend = await webgpu({ gpu });
  const { vendor, architecture, description } = adapter.info;
  return {
    name: "webgpu",
    description: `WebGPU on ${description || `${vendor} ${architecture}`.trim() || "an unnamed GPU"}`,
    float: "f32",
    release() {
      backend.destroy();
      pins.clear();
    },
  };
}

async function openSwiftShader(): Promise<OpenDevice> {
  const dawn = await createDawn({ backend: "swiftshader" });
  if (dawn.status !== "ready") {
    throw new Error(`device: no WebGPU here (got ${dawn.reason}, expected a GPU or SwiftShader). Use --device cpu.`);
  }
  const backend = await webgpu({ gpu: dawn.gpu });
  return {
    name: "webgpu",
    description: "WebGPU on SwiftShader (computed by the CPU)",
    float: "f32",
    release() {
      backend.destroy();
      dawn.release();
    },
  };
}
