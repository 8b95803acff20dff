/** Compute pipelines, compiled in the background, made once per shader and kept in a cache. */
import { remember } from "../../lru.ts";
import { DeviceError } from "../../errors.ts";
import type { GpuDispatch } from "../backend.ts";
import { refused, type Guard } from "./guard.ts";
import type { Compiling } from "./stream.ts";
import { COMPUTE } from "./usage.ts";

/** A pipeline with what is needed to bind buffers to it. */
export interface Program extends Compiling {
  /** Null while it is compiled, and for good when the device refused the shader. */
  readonly pipeline: GPUComputePipeline | null;
  readonly layout: GPUBindGroupLayout;
  /** Per buffer (bindings 1, 2, ...) whether the shader writes it. */
  readonly written: readonly boolean[];
}

/** Pipelines by key. */
export interface ProgramCache {
  /** @param label names the shader in messages and in the tools of browsers */
  get(key: string, wgsl: GpuDispatch["wgsl"], label: () => string): Program;
  readonly size: number;
}

const BINDING = /@binding\((\d+)\)\s*var<storage,\s*(read_write|read)>/g;

/** Which of the storage buffers at bindings 1, 2, ... a shader writes. */
export function writtenBuffers(wgsl: string): boolean[] {
  const written: boolean[] = [];
  for (const [, binding, access] of wgsl.matchAll(BINDING)) written[Number(binding) - 1] = access === "read_write";
  return written;
}

/**
 * Makes the cache of a device. It holds up to `capacity` pipelines and drops the least recently used ones.
 * @param language optional features of WGSL that the device's compiler has
 */
export function createProgramCache(
  device: GPUDevice,
  guard: Guard,
  capacity: number,
  language: ReadonlySet<string>,
): ProgramCache {
  const programs = new Map<string, Program>();
  const layouts = new Map<string, GPUBindGroupLayout>();
  const most = device.limits.maxStorageBuffersPerShaderStage;

  const layoutFor = (written: readonly boolean[]): GPUBindGroupLayout => {
    const key = written.map(Number).join("");
    let layout = layouts.get(key);
    if (layout === undefined) {
      const buffers = written.map((w, i): GPUBindGroupLayoutEntry => {
        return { binding: i + 1, visibility: COMPUTE, buffer: { type: w ? "storage" : "read-only-storage" } };
      });
      const params: GPUBindGroupLayoutEntry = { binding: 0, visibility: COMPUTE, buffer: { type: "uniform" } };
      layout = device.createBindGroupLayout({ entries: [params, ...buffers] });
      layouts.set(key, layout);
    }
    return layout;
  };

  const create = (code: string, label: string): Program => {
    const written = writtenBuffers(code);
    if (written.length > most) {
      throw new DeviceError(
        `webgpu: a kernel uses too many buffers (got ${written.length}, expected at most ${most} on this device). ` +
          `Evaluate parts of the expression first with eval().`,
      );
    }
    const what = `compilation of a shader (${label})`;
    const { layout, descriptor } = guard.scoped(what, () => {
      const layout = layoutFor(written);
      const descriptor: GPUComputePipelineDescriptor = {
        label,
        layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
        compute: { module: device.createShaderModule({ code, label }), entryPoint: "main" },
      };
      return { layout, descriptor };
    });
    let pipeline: GPUComputePipeline | null = null;
    let done = false;
    const compile = async (): Promise<void> => {
      try {
        const made = await device.createComputePipelineAsync(descriptor);
        pipeline ??= made;
      } catch (cause) {
        if (!done) guard.fail(refused(what, cause));
      }
      done = true;
    };
    return {
      layout,
      written,
      ready: guard.during(compile()),
      get pipeline() {
        return pipeline;
      },
      get done() {
        return done;
      },
      finish() {
        pipeline = guard.scoped(what, () => device.createComputePipeline(descriptor));
        done = true;
      },
    };
  };

  return {
    get(key, wgsl, label) {
      return remember(programs, key, () => create(wgsl(language), label()), capacity);
    },
    get size() {
      return programs.size;
    },
  };
}
