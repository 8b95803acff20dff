/** What happens when the device is lost or refuses work. */
import { describe, expect, test } from "vitest";
import type { Routine } from "../../src/backend/backend.ts";
import { createWebGPUBackend } from "../../src/backend/webgpu/webgpu.ts";
import { DeviceError } from "../../src/errors.ts";
import { freshBackend } from "./harness.ts";
import { ADD, get, put, slot, step, vector } from "./vectors.ts";

describe("failures", () => {
  test("a destroyed device says so at every use", async (context) => {
    const backend = await freshBackend(context);
    const x = put(backend, vector(1));
    const executable = backend.compile({
      slots: [slot(1, "input"), slot(1, "output")],
      steps: [step(ADD, 1, [0, 0, 1])],
      scalars: 0,
    });
    const out = backend.alloc(4);
    backend.destroy();
    const lost = "webgpu: the device is lost (got destroyed: destroy() was called).";
    expect(() => executable.run([x, out], [])).toThrow(lost);
    expect(() => backend.alloc(4)).toThrow(lost);
    expect(() => backend.write(x, "f32", vector(1))).toThrow(lost);
    await expect(backend.read(x, "f32", 1)).rejects.toThrow(lost);
    await expect(backend.read(x, "f32", 1)).rejects.toThrow(DeviceError);
  });

  test("a device lost behind the backend's back is reported", async (context) => {
    const backend = await freshBackend(context);
    const x = put(backend, vector(1));
    backend.device.destroy();
    await backend.device.lost;
    await expect(backend.read(x, "f32", 1)).rejects.toThrow(/^webgpu: the device is lost \(got destroyed/);
  });

  test("a shader that does not compile fails the next read with the compiler's message", async (context) => {
    const backend = await freshBackend(context);
    const routine: Routine = {
      name: "broken",
      js: () => undefined,
      gpu: () => ({
        temps: [],
        dispatches: [
          {
            key: "broken",
            wgsl: () => "@compute @workgroup_size(1) fn main() { let x: i32 = 1.5; }",
            words: [],
            bindings: [],
            workgroups: [1, 1, 1],
          },
        ],
      }),
    };
    const x = put(backend, vector(1));
    const executable = backend.compile({
      slots: [slot(1, "input")],
      steps: [{ kind: "routine", routine, attr: null, inputs: [], outputs: [] }],
      scalars: 0,
    });
    executable.run([x], []);
    await expect(backend.read(x, "f32", 1)).rejects.toThrow(
      /compilation of a shader \(broken\): validation error .*abstract-float/s,
    );
    // What follows a failure is undefined, so it stays.
    await expect(backend.read(x, "f32", 1)).rejects.toThrow(DeviceError);
    expect(() => backend.alloc(4)).toThrow(DeviceError);
    backend.destroy();
  });

  test("an error outside of every scope is not lost", async (context) => {
    const backend = await freshBackend(context);
    const x = put(backend, vector(1));
    const seen = new Promise<void>((resolve) => {
      backend.device.addEventListener("uncapturederror", (event) => {
        // Dawn prints errors whose default action is not prevented.
        event.preventDefault();
        resolve();
      });
    });
    backend.device.createBuffer({ size: 4, usage: 0 });
    await seen;
    await expect(backend.read(x, "f32", 1)).rejects.toThrow(/work on the device: .* error/);
    backend.destroy();
  });

  test("settle waits for all work and reports its errors", async (context) => {
    const backend = await freshBackend(context);
    put(backend, vector(1));
    await expect(backend.settle()).resolves.toBeUndefined();
    backend.destroy();
    await expect(backend.settle()).rejects.toThrow(DeviceError);
  });

  test("two backends on one device do not disturb each other", async (context) => {
    const first = await freshBackend(context);
    const second = createWebGPUBackend(first.device);
    const x = put(first, vector(1));
    expect(() => second.write(x, "f32", vector(2))).toThrow(DeviceError);
    expect(await get(second, put(second, vector(3)), 1)).toEqual([3]);
    expect(await get(first, x, 1)).toEqual([1]);
    first.destroy();
  });
});
