/** How the CPU runs kernels: as compiled WebAssembly, on one thread or several, or through the JavaScript oracle. */
import { config } from "../../config.ts";
import { remember } from "../../lru.ts";
import type { KernelFunction } from "../../kernel/interp.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import type { CpuLaunch } from "../backend.ts";
import type { Arena } from "./arena.ts";
import { MEMORY_IMPORT } from "./asm.ts";
import { emitKernel } from "./emit.ts";
import { parts } from "./parts.ts";
import type { Pool, SharedFunction } from "./pool.ts";

/** A function over work units `[lo, hi)`, and its module for other threads. */
export interface CompiledFunction {
  readonly run: KernelFunction;
  /** Module bytes, or null when it runs on this thread only. */
  readonly bytes: Uint8Array | null;
  /** Equal keys mean equal bytes. */
  readonly key: string;
}

/** Compiles and runs. */
export interface Engine {
  compile(kernel: Kernel): CompiledFunction;
  compileLaunch(launch: Pick<CpuLaunch, "key" | "bytes">): CompiledFunction;
  /** Whether routines' compiled versions are used. */
  readonly fastRoutines: boolean;
  options(): { readonly relaxed: boolean };
  threads(): number;
  /**
   * Runs all units.
   * @param unitCost estimated nanoseconds per unit
   * @param scratch address of the first thread's scratch region, each of `scratchBytes`
   */
  run(f: CompiledFunction, pp: number, units: number, unitCost: number, scratch: number, scratchBytes: number): void;
  /** Number of compiled modules that are kept. */
  compiled(): number;
}

/** Less estimated work than this, in nanoseconds, stays on the calling thread. */
const PARALLEL = 150_000;

/** The WebAssembly engine. */
export function createWasmEngine(arena: Arena): Engine {
  const cache = new Map<string, CompiledFunction>();
  const imports = { [MEMORY_IMPORT.module]: { [MEMORY_IMPORT.name]: arena.memory as WebAssembly.Memory } };
  let pool: Pool | null = null;
  let failed = !arena.shared || parts.createPool === undefined;

  const compile = (key: string, emit: () => Uint8Array): CompiledFunction =>
    remember(cache, key, () => {
      const bytes = emit();
      const module = new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>);
      const { run } = new WebAssembly.Instance(module, imports).exports;
      return { run: run as KernelFunction, bytes, key };
    });

  const threads = (): number => (failed ? 1 : config.threads);

  /** The pool with the configured number of threads; null when there is none. */
  const currentPool = (): Pool | null => {
    if (threads() <= 1) return null;
    try {
      pool ??= parts.createPool?.(arena) ?? null;
      pool?.grow(config.threads);
    } catch {
      // Workers are forbidden here (a content security policy): everything still works on one thread.
      failed = true;
      pool = null;
    }
    return pool;
  };

  return {
    compile: (kernel) => compile(kernel.key, () => emitKernel(kernel, { shared: arena.shared })),
    compileLaunch: (launch) => compile(`r ${launch.key}`, () => launch.bytes(arena.shared)),
    fastRoutines: true,
    options: () => ({ relaxed: config.precision === "default" }),
    threads,
    run(f, pp, units, unitCost, scratch, scratchBytes) {
      if (units * unitCost < PARALLEL || units < 2 || f.bytes === null) {
        f.run(pp, 0, units, scratch);
        return;
      }
      const workers = currentPool();
      if (workers === null) f.run(pp, 0, units, scratch);
      else workers.run(config.threads, f as SharedFunction, pp, units, unitCost, scratch, scratchBytes);
    },
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
