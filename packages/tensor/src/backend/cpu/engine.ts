/** How the CPU runs a kernel: compiled WebAssembly where it is allowed, the JavaScript oracle otherwise. */
import { config } from "../../config.ts";
import { interpret, type KernelFunction } from "../../kernel/interp.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import type { CpuLaunch } from "../backend.ts";
import type { Arena } from "./arena.ts";
import { MEMORY_IMPORT } from "./asm.ts";
import { emitKernel } from "./emit.ts";

/** A function over work units `[lo, hi)`, and its module for other threads. */
export interface CompiledFunction {
  readonly run: KernelFunction;
  /** Module bytes, or null when it runs on this thread only. */
  readonly bytes: Uint8Array | null;
  /** Serial number within the engine. */
  readonly id: number;
}

/** Compiles and runs. */
export interface Engine {
  compile(kernel: Kernel): CompiledFunction;
  compileLaunch(launch: CpuLaunch): CompiledFunction;
  /** Whether routines' compiled versions are used. */
  readonly fastRoutines: boolean;
  options(): { readonly relaxed: boolean };
  threads(): number;
  /**
   * Runs all units.
   * @param unitCost estimated nanoseconds per unit
   * @param scratch address of the first thread's scratch region, each of `scratchBytes`
   */
  run(
    f: CompiledFunction,
    pp: number,
    units: number,
    unitCost: number,
    scratch: number,
    scratchBytes: number,
  ): void;
  /** Number of modules compiled so far. */
  compiled(): number;
}

/** The oracle's engine. */
export function createJsEngine(arena: Arena): Engine {
  const cache = new Map<string, CompiledFunction>();
  return {
    compile(kernel) {
      let f = cache.get(kernel.key);
      if (f === undefined) {
        f = { run: interpret(kernel, () => arena.views), bytes: null, id: cache.size };
        cache.set(kernel.key, f);
      }
      return f;
    },
    compileLaunch() {
      throw new TypeError("the oracle has no compiled routines");
    },
    fastRoutines: false,
    options: () => ({ relaxed: false }),
    threads: () => 1,
    run: (f, pp, units) => f.run(pp, 0, units, 0),
    compiled: () => cache.size,
  };
}

/** The WebAssembly engine; falls back to the oracle where a content security policy forbids compilation. */
export function createWasmEngine(arena: Arena): Engine {
  const cache = new Map<string, CompiledFunction>();
  const imports = { [MEMORY_IMPORT.module]: { [MEMORY_IMPORT.name]: arena.memory } };

  const add = (key: string, bytes: Uint8Array): CompiledFunction => {
    const module = new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>);
    const run = new WebAssembly.Instance(module, imports).exports.run as KernelFunction;
    const f = { run, bytes, id: cache.size };
    cache.set(key, f);
    return f;
  };

  return {
    compile(kernel) {
      const f = cache.get(kernel.key);
      return f ?? add(kernel.key, emitKernel(kernel, { shared: arena.shared }));
    },
    compileLaunch(launch) {
      const key = `routine ${launch.key}`;
      return cache.get(key) ?? add(key, launch.bytes(arena.shared));
    },
    fastRoutines: true,
    options: () => ({ relaxed: config.precision === "default" }),
    threads: () => 1,
    run: (f, pp, units, _cost, scratch) => f.run(pp, 0, units, scratch),
    compiled: () => cache.size,
  };
}

/** Whether WebAssembly may be compiled here. */
export function canCompile(): boolean {
  try {
    // The empty module.
    return new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)) instanceof WebAssembly.Module;
  } catch {
    return false;
  }
}
