/** Counted loops in WebAssembly. */
import type { FunctionBuilder, Local } from "./asm.ts";

/**
 * Counts an i32 local up: `for (; i < end; i += step) body()`, compared as signed numbers and tested at the bottom.
 * `i` keeps its value from before; `body` must not change `i` or `end`.
 */
export function forUp(f: FunctionBuilder, i: Local, end: Local, step: number, body: () => void): FunctionBuilder {
  return f
    .get(i, end)
    .op("i32.lt_s")
    .if(() => {
      f.loop((again) => {
        body();
        f.increment(i, step).get(i, end).op("i32.lt_s").brIf(again);
      });
    });
}

/** `while (local >= least) body()`, compared as signed numbers: for loops that count a local down. */
export function whileAtLeast(f: FunctionBuilder, local: Local, least: number, body: () => void): FunctionBuilder {
  const test = (): FunctionBuilder => f.get(local).i32Const(least).op("i32.ge_s");
  return test().if(() => {
    f.loop((again) => {
      body();
      test().brIf(again);
    });
  });
}
