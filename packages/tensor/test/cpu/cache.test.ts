/** Compiled kernels are kept as long as they are used, and not more than a number of them. */
import { expect, it } from "vitest";
import * as T from "@ansatz/tensor";
import { createArena } from "../../src/backend/cpu/arena.ts";
import { wasmModule } from "../../src/backend/cpu/asm.ts";
import { forUp } from "../../src/backend/cpu/loops.ts";
import { createWasmEngine } from "../../src/backend/cpu/engine.ts";
import { createPool } from "../../src/backend/cpu/pool.ts";
import { parts } from "../../src/backend/cpu/parts.ts";
import { KERNELS, MODULES, remember } from "../../src/lru.ts";

it("the cache drops what was not used for longest", () => {
  const cache = new Map<string, number>();
  let made = 0;
  const get = (key: string): number => remember(cache, key, () => ++made, 3);
  expect(["a", "b", "c", "a", "d", "a", "b"].map(get)).toEqual([1, 2, 3, 1, 4, 1, 5]);
  expect([...cache.keys()]).toEqual(["d", "a", "b"]);
});

it("compiled modules are bounded, and what was dropped is compiled again", () => {
  const engine = createWasmEngine(createArena(() => ""));
  const emitted: number[] = [];
  const launch = (value: number) => ({
    key: `launch ${value}`,
    bytes: (shared: boolean) => {
      emitted.push(value);
      const module = wasmModule({ shared });
      module.func({ params: ["i32", "i32", "i32", "i32"], name: "run" }, (f) => {
        f.get(f.params[0]).i32Const(value).mem("i32.store");
      });
      return module.bytes();
    },
    words: [],
    units: 1,
    unitCost: 1,
    scratch: 0,
  });
  const first = engine.compileLaunch(launch(0));
  for (let i = 1; i < KERNELS; i++) engine.compileLaunch(launch(i));
  expect(engine.compileLaunch(launch(0))).toBe(first);
  // One more drops number 1, which was used longest ago.
  engine.compileLaunch(launch(KERNELS));
  expect(engine.compileLaunch(launch(0))).toBe(first);
  expect(engine.compiled()).toBe(KERNELS);
  expect(emitted).toHaveLength(KERNELS + 1);
  engine.compileLaunch(launch(1));
  expect(emitted).toHaveLength(KERNELS + 2);
  expect(engine.compiled()).toBe(KERNELS);
});

it("memory for what workers read is bounded, and workers run the right modules", async () => {
  parts.createPool = createPool;
  const before = T.configure({ threads: 2 });
  try {
    const arena = createArena(() => "");
    const engine = createWasmEngine(arena);
    const units = 64;
    const out = arena.alloc(4 * units);
    /** Stores `value` plus its number for every unit. */
    const run = (value: number): void => {
      const f = engine.compileLaunch({
        key: `store ${value}`,
        bytes: (shared) => {
          const module = wasmModule({ shared });
          module.func({ params: ["i32", "i32", "i32", "i32"], name: "run" }, (b) => {
            const [pp, lo, hi] = b.params;
            forUp(b, lo, hi, 1, () => {
              b.get(lo).i32Const(4).op("i32.mul").get(pp).op("i32.add");
              b.get(lo).i32Const(value).op("i32.add").mem("i32.store");
            });
          });
          return module.bytes();
        },
      });
      engine.run(f, out, units, 1e6, 0, 0);
      const got = [...arena.views.i32.subarray(out / 4, out / 4 + units)];
      expect(got).toEqual(Array.from({ length: units }, (_, i) => value + i));
    };
    for (let i = 0; i < MODULES; i++) run(i);
    const used = arena.used();
    for (let i = MODULES; i < 3 * MODULES; i++) {
      run(i);
      if (i % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    run(0);
    expect(arena.used()).toBeLessThan(1.2 * used);
  } finally {
    T.configure(before);
  }
});

it("plans keep their kernels", () => {
  const f = T.compile((x: T.Tensor) => T.add(T.exp(x), 1));
  const x = T.tensor([0, 1]);
  const want = [...f(x).dataSync()];
  const before = T.memory().kernels;
  expect([...f(x).dataSync()]).toEqual(want);
  expect(T.memory().kernels).toBe(before);
});
