/** Buffers of other programs on the same GPU. */
import { describe, expect, test } from "vitest";
import * as T from "@ansatz/tensor";
import { fromGpuBuffer, toGpuBuffer, type WebGPUBackend } from "@ansatz/tensor/webgpu";
import { openBackend } from "./harness.ts";

let backend: WebGPUBackend;

/** A buffer with words, as another program would make it. */
function bufferOf(words: Float32Array | Int32Array | Uint32Array, usage = 0x4 | 0x8): GPUBuffer {
  const buffer = backend.device.createBuffer({ size: words.byteLength, usage });
  backend.device.queue.writeBuffer(buffer, 0, words as BufferSource);
  return buffer;
}

describe("GPU records", () => {
  test("a tensor of a buffer, a buffer of a tensor", async (context) => {
    backend = await openBackend(context);
    T.registerBackend(backend);
    const buffer = bufferOf(Float32Array.of(1, 2, 3, 4, 5, 6));
    const x = fromGpuBuffer({ buffer, shape: [2, 3] });
    expect([x.device, x.dtype, x.shape]).toEqual(["webgpu", "f32", [2, 3]]);
    // The elements were copied.
    backend.device.queue.writeBuffer(buffer, 0, new Float32Array(6));
    buffer.destroy();
    const y = T.mul(x, 2);
    const record = toGpuBuffer(y);
    expect([record.byteOffset, record.shape, record.strides, record.dtype]).toEqual([0, [2, 3], [3, 1], "f32"]);
    expect(record.device).toBe(backend.device);
    expect([...(await fromGpuBuffer(record).data())]).toEqual([2, 4, 6, 8, 10, 12]);
    expect([...(await y.data())]).toEqual([2, 4, 6, 8, 10, 12]);
    const flags = fromGpuBuffer({ buffer: bufferOf(Uint32Array.of(0, 1, 1)), shape: [3], dtype: "bool" });
    expect([...(await T.logicalNot(flags).data())]).toEqual([1, 0, 0]);
    const integers = fromGpuBuffer({ buffer: bufferOf(Int32Array.of(-1, 7)), shape: [], byteOffset: 4, dtype: "i32" });
    expect(await integers.item()).toBe(7);
    expect(fromGpuBuffer({ buffer: bufferOf(Int32Array.of(1)), shape: [0, 3] }).shape).toEqual([0, 3]);
  });

  test("any strides", async (context) => {
    backend = await openBackend(context);
    T.registerBackend(backend);
    const buffer = bufferOf(Float32Array.from({ length: 12 }, (_, i) => i));
    const read = async (shape: number[], strides: number[], element: number): Promise<number[]> => [
      ...(await fromGpuBuffer({ buffer, shape, strides, byteOffset: element * 4 }).data()),
    ];
    expect(await read([3, 2], [1, 3], 1)).toEqual([1, 4, 2, 5, 3, 6]);
    expect(await read([4], [-3], 11)).toEqual([11, 8, 5, 2]);
    expect(await read([2, 3], [0, 2], 5)).toEqual([5, 7, 9, 5, 7, 9]);
    expect(await read([2, 2], [-6, 1], 8)).toEqual([8, 9, 2, 3]);
    expect(await read([1, 3], [99, 1], 9)).toEqual([9, 10, 11]);
  });

  describe("without a copy", () => {
    const usage = 0x4 | 0x8 | 0x80;
    const numbers = Float32Array.from({ length: 12 }, (_, i) => i);

    test("a lent buffer is read itself, through offsets and strides, and is never destroyed", async (context) => {
      backend = await openBackend(context);
      T.registerBackend(backend);
      const buffer = bufferOf(numbers, usage);
      const { used } = backend.memory();
      const x = fromGpuBuffer({ buffer, shape: [3, 4], ownership: "borrow" });
      expect(toGpuBuffer(x).buffer).toBe(buffer);
      expect(backend.memory().used).toBe(used);
      expect(await T.sum(x).item()).toBe(66);
      // It is the buffer itself: what is written to it is seen.
      backend.device.queue.writeBuffer(buffer, 0, Float32Array.of(100));
      expect(await T.sum(x).item()).toBe(166);
      const part = fromGpuBuffer({ buffer, shape: [2, 2], byteOffset: 12, ownership: "borrow" });
      expect([...(await T.mul(part, 2).data())]).toEqual([6, 8, 10, 12]);
      const columns = fromGpuBuffer({ buffer, shape: [4, 3], strides: [1, 4], ownership: "borrow" });
      expect([...(await T.add(columns, 0).data())]).toEqual([100, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
      expect([...(await columns.data())]).toEqual([100, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
      for (const t of [x, part, columns]) t.dispose();
      await backend.settle();
      expect([...(await fromGpuBuffer({ buffer, shape: [3] }).data())]).toEqual([100, 1, 2]);
    });

    test("a donated tensor does not lend its buffer for results", async (context) => {
      backend = await openBackend(context);
      T.registerBackend(backend);
      const buffer = bufferOf(numbers, usage);
      const double = T.compile((v: T.Tensor) => T.mul(v, 2), { donate: [0] });
      for (let i = 0; i < 3; i++) {
        const x = fromGpuBuffer({ buffer, shape: [12], ownership: "borrow" });
        expect((await double(x).data())[11]).toBe(22);
        T.zeros([12], { device: "webgpu" }).eval();
      }
      expect([...(await fromGpuBuffer({ buffer, shape: [12] }).data())]).toEqual([...numbers]);
    });

    test("a buffer that is handed over is destroyed when nobody needs it", async (context) => {
      backend = await openBackend(context);
      T.registerBackend(backend);
      const { used } = backend.memory();
      const [buffer, other] = [bufferOf(numbers, usage), bufferOf(numbers, usage)];
      const x = fromGpuBuffer({ buffer, shape: [12], ownership: "adopt" });
      const view = fromGpuBuffer({ buffer: other, shape: [4], byteOffset: 16, ownership: "adopt" });
      expect(backend.memory().used).toBe(used + 96);
      const y = T.add(x, 1);
      x.dispose();
      for (let i = 0; i < 2; i++) {
        const total = T.sum(view);
        expect(await total.item()).toBe(22);
        total.dispose();
      }
      view.dispose();
      // Still needed for the other.
      expect(backend.memory().used).toBe(used + 48);
      expect((await y.data())[11]).toBe(12);
      y.dispose();
      expect(backend.memory().used).toBe(used);
      await backend.settle();
      backend.device.pushErrorScope("validation");
      const encoder = backend.device.createCommandEncoder();
      encoder.copyBufferToBuffer(buffer, 0, bufferOf(numbers), 0, 4);
      backend.device.queue.submit([encoder.finish()]);
      expect((await backend.device.popErrorScope())?.message).toMatch(/destroyed/);
    });

    test("buffers that shaders cannot read are refused", async (context) => {
      backend = await openBackend(context);
      T.registerBackend(backend);
      const lend = (buffer: GPUBuffer): unknown => fromGpuBuffer({ buffer, shape: [2], ownership: "borrow" });
      expect(() => lend(bufferOf(numbers))).toThrow(/without a copy \(got usage 12, expected one with STORAGE/);
      expect(() => lend(bufferOf(numbers.slice(0, 3), usage))).toThrow(/got 12 bytes, expected a multiple of 16 up to/);
      const mapped = backend.device.createBuffer({ size: 16, usage, mappedAtCreation: true });
      expect(() => lend(mapped)).toThrow(/the buffer is mapped \(got mapped, expected unmapped\)/);
      expect(() =>
        fromGpuBuffer({ buffer: bufferOf(numbers, usage), shape: [2], ownership: "steal" as never }),
      ).toThrow('fromGpuBuffer: unknown ownership (got "steal", expected "copy", "borrow" or "adopt").');
    });
  });

  test("wrong arguments", async (context) => {
    backend = await openBackend(context);
    T.registerBackend(backend);
    const buffer = bufferOf(new Float32Array(4));
    const good = { buffer, shape: [2, 2] };
    expect(() => fromGpuBuffer(undefined as never)).toThrow(/fromGpuBuffer: buffer must be a GPUBuffer/);
    expect(() => fromGpuBuffer({ ...good, buffer: bufferOf(new Float32Array(4), 0x8) })).toThrow(/usage COPY_SRC/);
    expect(() => fromGpuBuffer({ ...good, device: {} as GPUDevice })).toThrow(T.DeviceError);
    expect(() => fromGpuBuffer({ ...good, dtype: "f64" })).toThrow(T.DTypeError);
    expect(() => fromGpuBuffer({ ...good, dtype: "c64" })).toThrow(T.DTypeError);
    expect(() => fromGpuBuffer({ ...good, dtype: "half" as never })).toThrow(T.ArgumentError);
    expect(() => fromGpuBuffer({ ...good, shape: [2, 3] })).toThrow(
      /elements lie outside the buffer \(got elements 0 to 5/,
    );
    expect(() => fromGpuBuffer({ ...good, strides: [-2, 1] })).toThrow(T.ShapeError);
    expect(() => fromGpuBuffer({ ...good, strides: [1] })).toThrow(/strides must be one integer per axis/);
    expect(() => fromGpuBuffer({ ...good, byteOffset: 2 })).toThrow(/byteOffset must be a multiple of 4 \(got 2/);
    expect(() => toGpuBuffer(T.ones([2]))).toThrow(/toGpuBuffer: the tensor is not on the GPU \(got device "cpu"/);
    expect(() => toGpuBuffer(1 as never)).toThrow(T.ArgumentError);
  });
});
