import type { CpuLaunch, CpuRoutinePlan } from "../../src/backend/backend.ts";

/** Runs CPU routine plans in a memory of their own, without the backend. */

const GUARD = 256;

const modules = new Map<string, WebAssembly.Module>();

/** Compiled module of a launch, shared by launches of equal key. */
function moduleOf({ key, bytes }: CpuLaunch): WebAssembly.Module {
  let module = modules.get(key);
  if (module === undefined) {
    module = new WebAssembly.Module(bytes(false) as Uint8Array<ArrayBuffer>);
    modules.set(key, module);
  }
  return module;
}

/** Typed array of a float type. */
export type Floats = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** Constructor of a float type's array. */
export function arrayOf(dtype: "f32" | "f64"): Float32ArrayConstructor | Float64ArrayConstructor {
  return dtype === "f32" ? Float32Array : Float64Array;
}

/** How the units of a launch are handed out: sizes of consecutive ranges, repeated until all units are taken. */
export type Split = readonly number[];

interface Region {
  readonly ptr: number;
  readonly bytes: number;
}

/** A plan with its operands in place. */
export interface Prepared {
  /** Runs all launches. */
  run(split?: Split): void;
  /** Copy of the output. */
  output(): Floats;
  /** Fills output, temporaries and scratch with NaN bits, so that nothing stale can pass for a result. */
  poison(): void;
  /** Throws when a byte outside output, temporaries and scratch was written. */
  checkGuards(): void;
}

/** Index of the first element whose bits differ, -1 if there is none; all NaNs count as equal. */
export function firstDifference(got: Floats, expected: Floats): number {
  if (got.length !== expected.length) return Math.min(got.length, expected.length);
  for (let i = 0; i < got.length; i++) if (!Object.is(got[i], expected[i])) return i;
  return -1;
}

/**
 * Lays inputs, output, temporaries, scratch and parameter blocks out in a new memory, with guard bytes between them. One
 * of the inputs, which one depends on its size, ends where the memory ends: reading past it traps.
 */
export function prepare(
  plan: CpuRoutinePlan,
  dtype: "f32" | "f64",
  inputs: readonly Floats[],
  outputSize: number,
): Prepared {
  const width = dtype === "f32" ? 4 : 8;
  let top = 1024;
  const region = (bytes: number): Region => {
    const ptr = top + GUARD;
    top = Math.ceil((ptr + bytes + GUARD) / 64) * 64;
    return { ptr, bytes };
  };
  const last = inputs[0].length % inputs.length;
  const inputRegions = inputs.map((input) => region(input.byteLength));
  const output = region(outputSize * width);
  const temps = plan.temps.map(region);
  const scratch = region(Math.max(0, ...plan.launches.map((launch) => launch.scratch)));
  const blocks = plan.launches.map((launch) => region(4 * launch.words.length));
  const memory = new WebAssembly.Memory({ initial: Math.ceil((top + inputs[last].byteLength) / 65536) });
  inputRegions[last] = {
    ptr: memory.buffer.byteLength - inputs[last].byteLength,
    bytes: inputs[last].byteLength,
  };
  const bytes = new Uint8Array(memory.buffer);
  const pointer = (word: Exclude<CpuLaunch["words"][number], number>): number => {
    const base = "input" in word ? inputRegions[word.input] : "output" in word ? output : temps[word.temp];
    return base.ptr + (word.bytes ?? 0);
  };

  const written: Region[] = [output, ...temps, scratch];
  const poison = (): void => {
    bytes.fill(0xa5);
    inputs.forEach((input, i) =>
      bytes.set(new Uint8Array(input.buffer, input.byteOffset, input.byteLength), inputRegions[i].ptr),
    );
    for (const { ptr, bytes: size } of written) bytes.fill(0xff, ptr, ptr + size);
    plan.launches.forEach((launch, i) => {
      const words = launch.words.map((word) => (typeof word === "number" ? word : pointer(word)));
      if (!words.every((word) => Number.isInteger(word)))
        throw new Error(`launch ${launch.key}: a word is not an integer`);
      new Int32Array(memory.buffer, blocks[i].ptr, words.length).set(words);
    });
  };
  poison();
  const before = bytes.slice();

  const functions = plan.launches.map((launch) => {
    const { exports } = new WebAssembly.Instance(moduleOf(launch), { env: { memory } });
    return exports.run as (block: number, lo: number, hi: number, scratch: number) => void;
  });

  return {
    poison,
    run(split = [Number.POSITIVE_INFINITY]) {
      plan.launches.forEach(({ units }, i) => {
        for (let lo = 0, s = 0; lo < units; s++) {
          const hi = Math.min(units, lo + split[s % split.length]);
          functions[i](blocks[i].ptr, lo, hi, scratch.ptr);
          lo = hi;
        }
      });
    },
    output: () => new (arrayOf(dtype))(memory.buffer.slice(output.ptr, output.ptr + output.bytes)) as Floats,
    checkGuards() {
      const regions = [...written].sort((a, b) => a.ptr - b.ptr);
      for (let at = 0, next = 0; at < bytes.length; at++) {
        if (next < regions.length && at === regions[next].ptr) {
          at += regions[next++].bytes - 1;
        } else if (bytes[at] !== before[at]) throw new Error(`byte ${at} outside the output was written`);
      }
    },
  };
}

/** Small deterministic generator (xorshift32) for sizes and values of the tests. */
export function randomSource(seed: number): {
  int(lo: number, hi: number): number;
  floats(dtype: "f32" | "f64", n: number): Floats;
} {
  let state = (seed * 2654435761) >>> 0 || 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
  return {
    int: (lo, hi) => lo + (next() % (hi - lo + 1)),
    floats(dtype, n) {
      const values = new (arrayOf(dtype))(n) as Floats;
      for (let i = 0; i < n; i++) values[i] = (next() / 2 ** 32 - 0.5) * 4;
      return values;
    },
  };
}
