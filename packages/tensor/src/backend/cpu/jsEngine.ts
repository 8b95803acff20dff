/** The oracle as an engine: every kernel in plain JavaScript, on the calling thread. */
import { InternalError } from "../../errors.ts";
import { remember } from "../../lru.ts";
import { interpret } from "../../kernel/interp.ts";
import { PAGE, type Arena, type LinearMemory } from "./arena.ts";
import type { CompiledFunction, Engine } from "./engine.ts";

/** Creates the engine of device `js`. */
export function createJsEngine(arena: Arena): Engine {
  const cache = new Map<string, CompiledFunction>();
  return {
    compile(kernel) {
      return remember(cache, kernel.key, () => ({
        run: interpret(kernel, () => arena.views),
        bytes: null,
        key: kernel.key,
      }));
    },
    compileLaunch() {
      throw new InternalError("js: the oracle has no compiled routines.");
    },
    fastRoutines: false,
    options: () => ({ relaxed: false }),
    threads: () => 1,
    run: (f, pp, units) => f.run(pp, 0, units, 0),
    compiled: () => cache.size,
  };
}

/** An address space without WebAssembly. */
export function plainMemory(pages: number): LinearMemory {
  let buffer = new ArrayBuffer(pages * PAGE);
  return {
    get buffer() {
      return buffer;
    },
    grow(more) {
      const before = buffer.byteLength;
      const bigger = new ArrayBuffer(before + more * PAGE);
      new Uint8Array(bigger).set(new Uint8Array(buffer));
      buffer = bigger;
      return before / PAGE;
    },
  };
}
