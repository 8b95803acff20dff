/** Work keeps its order while shaders are compiled, and nothing waits longer than it must. */
import { describe, expect, test } from "vitest";
import { createStream, type Compiling } from "../../src/backend/webgpu/stream.ts";
import { createWebGPUBackend, type WebGPUBackend } from "../../src/backend/webgpu/webgpu.ts";
import { DeviceError } from "../../src/errors.ts";
import { freshBackend } from "./harness.ts";
import { get, put, SCALE, slot, step, vector, vectorMap } from "./vectors.ts";

/** Something to wait for, that a test completes. */
function pending(): Compiling & { complete(): Promise<void>; finished: number } {
  let done = false;
  let resolve: () => void = () => undefined;
  const ready = new Promise<void>((r) => (resolve = r));
  return {
    finished: 0,
    ready,
    get done() {
      return done;
    },
    finish() {
      this.finished++;
      done = true;
    },
    async complete() {
      done = true;
      resolve();
      await new Promise((r) => setTimeout(r));
    },
  };
}

describe("a stream", () => {
  const collect = () => {
    const log: string[] = [];
    return { log, stream: createStream((error) => log.push(`failed: ${String(error)}`)) };
  };

  test("work that needs nothing is done at once", () => {
    const { log, stream } = collect();
    stream.add(() => log.push("a"));
    stream.add(() => log.push("b"), []);
    expect(log).toEqual(["a", "b"]);
    expect(stream.waiting).toBe(false);
  });

  test("work after something that waits, waits too", async () => {
    const { log, stream } = collect();
    const [first, second] = [pending(), pending()];
    stream.add(() => log.push("a"), [first]);
    stream.add(() => log.push("b"));
    stream.add(() => log.push("c"), [second]);
    stream.add(() => log.push("d"), [first]);
    expect(log).toEqual([]);
    await second.complete();
    expect(log).toEqual([]);
    await first.complete();
    expect(log).toEqual(["a", "b", "c", "d"]);
    expect(stream.waiting).toBe(false);
  });

  test("finish compiles what is missing and does everything", () => {
    const { log, stream } = collect();
    const [first, second] = [pending(), pending()];
    stream.add(() => log.push("a"), [first, second]);
    stream.add(() => log.push("b"), [second]);
    stream.finish();
    expect(log).toEqual(["a", "b"]);
    expect(first.finished).toBe(1);
    expect(stream.waiting).toBe(false);
  });

  test("a loop that never lets go does not wait for ever", () => {
    const { log, stream } = collect();
    const first = pending();
    for (let i = 0; i < 200; i++) stream.add(() => log.push(String(i)), [first]);
    expect(first.finished).toBe(1);
    expect(log).toEqual(Array.from({ length: 200 }, (_, i) => String(i)));
  });

  test("work that fails while it waits is reported, and the rest goes on", async () => {
    const { log, stream } = collect();
    const first = pending();
    stream.add(() => {
      throw new Error("no");
    }, [first]);
    stream.add(() => log.push("b"));
    await first.complete();
    expect(log).toEqual(["failed: Error: no", "b"]);
  });
});

/** A backend that counts how its pipelines are made. */
async function counting(fresh: WebGPUBackend) {
  const { device } = fresh;
  const made = { later: 0, atOnce: 0 };
  const [later, atOnce] = [device.createComputePipelineAsync.bind(device), device.createComputePipeline.bind(device)];
  device.createComputePipelineAsync = (d) => (made.later++, later(d));
  device.createComputePipeline = (d) => (made.atOnce++, atOnce(d));
  return { made, backend: createWebGPUBackend(device) };
}

const INCREMENT = vectorMap(1, 0, (b, [x]) => b.add(x, b.const("f32", 1)));

describe("on a device", () => {
  test("reads and writes keep their order with runs whose shader is being compiled", async (context) => {
    const { made, backend } = await counting(await freshBackend(context));
    const x = put(backend, vector(1, 2));
    const out = backend.alloc(8);
    const plan = { slots: [slot(2, "input"), slot(2, "output")], steps: [step(INCREMENT, 2, [0, 1])], scalars: 0 };
    const executable = backend.compile(plan);
    executable.run([x, out], []);
    const first = get(backend, out, 2);
    const changing = vector(10, 20);
    backend.write(x, "f32", changing);
    changing.fill(-1);
    executable.run([x, out], []);
    const second = get(backend, out, 2);
    backend.write(out, "f32", vector(7, 8));
    const third = get(backend, out, 2);
    executable.release();
    backend.free(out);
    backend.trim(0);
    expect(await Promise.all([first, second, third])).toEqual([
      [2, 3],
      [11, 21],
      [7, 8],
    ]);
    expect(made).toEqual({ later: 1, atOnce: 0 });
    backend.destroy();
  });

  test("scalars are those of the call", async (context) => {
    const backend = await freshBackend(context);
    const x = put(backend, vector(3));
    const plan = { slots: [slot(1, "input"), slot(1, "output")], steps: [step(SCALE, 1, [0, 1], [0])], scalars: 1 };
    const executable = backend.compile(plan);
    const results: Promise<number[]>[] = [];
    const scalars = [0];
    for (let i = 1; i <= 5; i++) {
      const out = backend.alloc(4);
      scalars[0] = i;
      executable.run([x, out], scalars);
      results.push(get(backend, out, 1));
      backend.free(out);
    }
    expect(await Promise.all(results)).toEqual([[3], [6], [9], [12], [15]]);
    backend.destroy();
  });

  test("submit compiles on the calling thread", async (context) => {
    const { made, backend } = await counting(await freshBackend(context));
    const x = put(backend, vector(1));
    const out = backend.alloc(4);
    const plan = { slots: [slot(1, "input"), slot(1, "output")], steps: [step(INCREMENT, 1, [0, 1])], scalars: 0 };
    backend.compile(plan).run([x, out], []);
    backend.submit();
    expect(made.atOnce).toBe(1);
    expect(await get(backend, out, 1)).toEqual([2]);
    backend.destroy();
  });

  test("a device that goes away while shaders are compiled says so", async (context) => {
    const backend = await freshBackend(context);
    const x = put(backend, vector(1));
    const out = backend.alloc(4);
    const plan = { slots: [slot(1, "input"), slot(1, "output")], steps: [step(INCREMENT, 1, [0, 1])], scalars: 0 };
    backend.compile(plan).run([x, out], []);
    const reading = get(backend, out, 1);
    backend.destroy();
    await expect(reading).rejects.toThrow(DeviceError);
  });
});
