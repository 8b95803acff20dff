/** The oracle as an engine: every kernel in plain JavaScript, on the calling thread. */
import { InternalError } from "../../errors.ts";
import { interpret } from "../../kernel/interp.ts";
import type { Arena } from "./arena.ts";
import type { CompiledFunction, Engine } from "./engine.ts";

/** Creates the engine of device `js`. */
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
      throw new InternalError("js: the oracle has no compiled routines.");
    },
    fastRoutines: false,
    options: () => ({ relaxed: false }),
    threads: () => 1,
    run: (f, pp, units) => f.run(pp, 0, units, 0),
    compiled: () => cache.size,
  };
}
