/** Memory and plans of the WebGPU backend. */
import { describe, expect, test } from "vitest";
import type { FillStep, KernelStep, PlanSpec, Routine, Storage } from "../../src/backend/backend.ts";
import { packTemps } from "../../src/backend/webgpu/executable.ts";
import { grid } from "../../src/backend/webgpu/grid.ts";
import { sizeClass } from "../../src/backend/webgpu/pool.ts";
import type { RealDType as DType } from "../../src/dtype.ts";
import { DeviceError, DTypeError, InternalError, OutOfMemoryError } from "../../src/errors.ts";
import type { Kernel } from "../../src/kernel/kernel.ts";
import { freshBackend, openBackend } from "./harness.ts";
import type { Data } from "./launch.ts";
import { ADD, get, put, SCALE, slot, step, vector, vectorMap } from "./vectors.ts";

describe("memory", () => {
  test("size classes are at most an eighth too large and fit", () => {
    for (const bytes of [0, 1, 256, 257, 300, 1000, 1024, 1025, 4097, 123_457, 2 ** 20 + 1, 2 ** 31 + 5]) {
      const size = sizeClass(bytes);
      expect(size).toBeGreaterThanOrEqual(bytes);
      expect(size % 4).toBe(0);
      if (bytes > 256) expect(size).toBeLessThanOrEqual(bytes * 1.125);
    }
    const classes = new Set(Array.from({ length: 1024 }, (_, i) => sizeClass(1025 + i)));
    expect(classes.size).toBe(8);
  });

  test("blocks are recycled, last in first out, and counted", async (context) => {
    const backend = await freshBackend(context);
    const before = backend.memory();
    expect(before).toEqual({ used: 0, pooled: 0, peak: 0 });
    const a = backend.alloc(1000);
    const b = backend.alloc(1000);
    expect(backend.memory()).toEqual({ used: 2048, pooled: 0, peak: 2048 });
    const { buffer } = b;
    backend.free(a);
    backend.free(b);
    expect(backend.memory()).toEqual({ used: 0, pooled: 2048, peak: 2048 });
    expect(backend.alloc(1020).buffer).toBe(buffer);
    expect(backend.memory()).toEqual({ used: 1024, pooled: 1024, peak: 2048 });
    backend.trim(0);
    expect(backend.memory()).toEqual({ used: 1024, pooled: 0, peak: 2048 });
    backend.destroy();
  });

  test("every data type survives the trip", async (context) => {
    const backend = await openBackend(context);
    const data: [DType, Data][] = [
      ["f32", vector(1.5, -0, Infinity, 1e-45)],
      ["i32", Int32Array.of(-2147483648, 2147483647, 0, -1)],
      ["u32", Uint32Array.of(0, 4294967295, 2147483648)],
      ["bool", Uint8Array.of(1, 0, 1, 1, 0)],
    ];
    for (const [dtype, values] of data) {
      const storage = backend.alloc(4 * values.length);
      backend.write(storage, dtype, values);
      const bytes = new Uint8Array(await backend.read(storage, dtype, values.length));
      expect(bytes, dtype).toEqual(new Uint8Array(values.buffer));
      backend.free(storage);
    }
  });

  test("shared memory can be written and partial views too", async (context) => {
    const backend = await openBackend(context);
    const shared = new Float32Array(new SharedArrayBuffer(16));
    shared.set([1, 2, 3, 4]);
    const storage = put(backend, shared.subarray(1, 3));
    expect(await get(backend, storage, 2)).toEqual([2, 3]);
    backend.free(storage);
  });

  test("a read takes the contents at the time of the call", async (context) => {
    const backend = await openBackend(context);
    const storage = put(backend, vector(1, 2));
    const reading = get(backend, storage, 2);
    backend.write(storage, "f32", vector(5, 6));
    backend.free(storage);
    expect(await reading).toEqual([1, 2]);
  });

  test("empty tensors", async (context) => {
    const backend = await openBackend(context);
    const storage = put(backend, vector());
    expect((await backend.read(storage, "f32", 0)).byteLength).toBe(0);
    backend.free(storage);
  });

  test("refuses what does not exist on the device", async (context) => {
    const backend = await openBackend(context);
    const storage = backend.alloc(8);
    expect(() => backend.write(storage, "f64", new Float64Array(1))).toThrow(DTypeError);
    expect(() => backend.elementBytes("f64")).toThrow(
      'webgpu: f64 does not exist on this device (got f64, expected bool, i32, u32, f32). Use astype("f32") or the cpu device.',
    );
    await expect(backend.read(storage, "f64", 1)).rejects.toThrow(DTypeError);
    expect(() => backend.alloc(2 ** 45)).toThrow(OutOfMemoryError);
    backend.free(storage);
    expect(() => backend.free(storage)).toThrow(InternalError);
    await expect(backend.read(storage, "f32", 1)).rejects.toThrow(InternalError);
    const other: Storage = { ...storage, backend: { ...backend, name: "cpu" } };
    expect(() => backend.write(other, "f32", vector(1))).toThrow(
      "webgpu: a tensor lies on another device (got cpu, expected this webgpu device). Move it with to().",
    );
  });
});

describe("plans", () => {
  test("grids hold their workgroups with little to spare", () => {
    expect(grid(0)).toEqual([0, 0, 1]);
    for (const n of [1, 65535, 65536, 100_000, 10_000_000]) {
      const [x, y, z] = grid(n);
      expect(z).toBe(1);
      expect(Math.max(x, y)).toBeLessThanOrEqual(65535);
      expect(x * y).toBeGreaterThanOrEqual(n);
      expect(x * y - n).toBeLessThan(y);
    }
  });

  test("temporaries share blocks when their lives do not overlap", () => {
    const temps = [
      { slot: 3, bytes: 400, first: 0, last: 1 },
      { slot: 4, bytes: 400, first: 1, last: 2 },
      { slot: 5, bytes: 400, first: 2, last: 3 },
      { slot: 6, bytes: 9000, first: 3, last: 3 },
      { slot: 7, bytes: 390, first: 3, last: 4 },
    ];
    const { sizes, blockOf } = packTemps(temps);
    expect(sizes.map((s) => s >= 400)).toEqual([true, true, true]);
    expect(blockOf.get(3)).not.toBe(blockOf.get(4));
    expect(blockOf.get(5)).toBe(blockOf.get(3));
    expect(blockOf.get(7)).toBe(blockOf.get(4));
  });

  test("steps run in order, through temporaries, with new scalars at every run", async (context) => {
    const backend = await freshBackend(context);
    const n = 1000;
    // out = ((x + x) s0 + x) s1
    const plan: PlanSpec = {
      slots: [slot(n, "input"), slot(n, "output"), slot(n, "temp", 0, 1), slot(n, "temp", 1, 2), slot(n, "temp", 2, 3)],
      steps: [
        step(ADD, n, [0, 0, 2]),
        step(SCALE, n, [2, 3], [0]),
        step(ADD, n, [3, 0, 4]),
        step(SCALE, n, [4, 1], [1]),
      ],
      scalars: 2,
    };
    const executable = backend.compile(plan);
    const values = Float32Array.from({ length: n }, (_, i) => i);
    const x = put(backend, values);
    const outs = [backend.alloc(4 * n), backend.alloc(4 * n)];
    const runs = [
      [3, 0.5],
      [3, 0.5],
      [-2, 4],
      [0.25, 4],
    ];
    for (const [k, [s0, s1]] of runs.entries()) {
      const out = outs[k % 2];
      executable.run([x, out, null, null, null], [s0, s1]);
      expect(await get(backend, out, n)).toEqual(Array.from(values, (v) => ((v + v) * s0 + v) * s1));
    }
    // Two temporaries share a block; after the run both blocks are back in the pool.
    expect(backend.memory()).toEqual({ used: 3 * 4096, pooled: 2 * 4096, peak: 5 * 4096 });
    executable.release();
    executable.release();
    expect(() => executable.run([x, outs[0], null, null, null], [1, 1])).toThrow(InternalError);
    backend.destroy();
  });

  test("runs without a read in between keep their own scalars", async (context) => {
    const backend = await openBackend(context);
    const executable = backend.compile({
      slots: [slot(2, "input"), slot(2, "output")],
      steps: [step(SCALE, 2, [0, 1], [0])],
      scalars: 1,
    });
    const x = put(backend, vector(1, 2));
    const outs = Array.from({ length: 20 }, () => backend.alloc(8));
    outs.forEach((out, i) => executable.run([x, out], [i]));
    const results = await Promise.all(outs.map((out) => get(backend, out, 2)));
    expect(results).toEqual(outs.map((_, i) => [i, 2 * i]));
    for (const storage of [x, ...outs]) backend.free(storage);
    executable.release();
  });

  test("fills set whole slots in every data type", async (context) => {
    const backend = await openBackend(context);
    const cases: [DType, number, readonly number[]][] = [
      ["f32", -1.5, [-1.5, -1.5, -1.5]],
      ["i32", -7, [-7, -7, -7]],
      ["u32", 4e9, [4e9, 4e9, 4e9]],
      ["bool", 1, [1, 1, 1]],
    ];
    for (const [dtype, value, expected] of cases) {
      const fill: FillStep = { kind: "fill", slot: 0, value };
      const executable = backend.compile({ slots: [slot(3, "output", 0, 0, dtype)], steps: [fill], scalars: 0 });
      const out = backend.alloc(12);
      executable.run([out], []);
      const buffer = await backend.read(out, dtype, 3);
      const array = { f32: Float32Array, i32: Int32Array, u32: Uint32Array, bool: Uint8Array, f64: Float64Array }[
        dtype
      ];
      expect([...new array(buffer)]).toEqual(expected);
      backend.free(out);
      executable.release();
    }
  });

  test("constants of the plan reach the kernel", async (context) => {
    const backend = await openBackend(context);
    const scale: KernelStep = { ...step(SCALE, 2, [0, 1]), params: [{ kind: "const", value: 0.1 }] };
    const executable = backend.compile({ slots: [slot(2, "input"), slot(2, "output")], steps: [scale], scalars: 0 });
    const x = put(backend, vector(1, 10));
    const out = backend.alloc(8);
    executable.run([x, out], []);
    expect(await get(backend, out, 2)).toEqual([Math.fround(0.1), Math.fround(Math.fround(0.1) * 10)]);
    backend.free(x);
    backend.free(out);
    executable.release();
  });

  test("a routine without a GPU version is refused by name", async (context) => {
    const backend = await openBackend(context);
    const routine: Routine = { name: "sort", js: () => undefined };
    const operand = { slot: 0, offset: 0, strides: [1], shape: [2], dtype: "f32" } as const;
    const plan: PlanSpec = {
      slots: [slot(2, "input")],
      steps: [{ kind: "routine", routine, attr: null, inputs: [operand], outputs: [operand] }],
      scalars: 0,
    };
    expect(() => backend.compile(plan)).toThrow(
      "webgpu: sort has no GPU version for these operands (got f32[2], f32[2]). Use the cpu device.",
    );
  });

  test("a kernel may use the adapter's most buffers and no more", async (context) => {
    const backend = await openBackend(context);
    const { maxBuffers } = backend;
    expect(maxBuffers).toBeGreaterThan(8);
    const sum = (inputs: number): Kernel => vectorMap(inputs, 0, (b, x) => x.reduce((s, v) => b.add(s, v)));
    const plan = (inputs: number): PlanSpec => {
      const slots = Array.from({ length: inputs + 1 }, () => slot(1, "input"));
      return { slots, steps: [step(sum(inputs), 1, [...slots.keys()])], scalars: 0 };
    };
    const storages = Array.from({ length: maxBuffers }, (_, i) => put(backend, vector(i)));
    const executable = backend.compile(plan(maxBuffers - 1));
    executable.run(storages, []);
    const expected = ((maxBuffers - 1) * (maxBuffers - 2)) / 2;
    expect(await get(backend, storages[maxBuffers - 1], 1)).toEqual([expected]);
    expect(() => backend.compile(plan(maxBuffers))).toThrow(DeviceError);
    // Accesses to one slot share a buffer.
    const many = backend.compile({
      slots: [slot(1, "input"), slot(1, "output")],
      steps: [step(sum(30), 1, [...new Array<number>(30).fill(0), 1])],
      scalars: 0,
    });
    many.run([storages[2], storages[3]], []);
    expect(await get(backend, storages[3], 1)).toEqual([60]);
    for (const storage of storages) backend.free(storage);
  });

  test("writing a buffer that is read under another slot is refused", async (context) => {
    const backend = await freshBackend(context);
    const executable = backend.compile({
      slots: [slot(2, "input"), slot(2, "output")],
      steps: [step(ADD, 2, [0, 0, 1])],
      scalars: 0,
    });
    const x = put(backend, vector(1, 2));
    expect(() => executable.run([x, x], [])).toThrow(InternalError);
    backend.destroy();
  });
});
