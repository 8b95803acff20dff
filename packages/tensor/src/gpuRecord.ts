/** Exchange with other programs on one GPU: buffers with the facts that make tensors of them. */
import { backendOf } from "./device.ts";
import { checkDType, realOf, type DType } from "./dtype.ts";
import { ArgumentError, DeviceError, DTypeError, ShapeError, show } from "./errors.ts";
import type { Storage } from "./backend/backend.ts";
import { BUFFER } from "./backend/webgpu/usage.ts";
import type { WebGPUBackend } from "./backend/webgpu/webgpu.ts";
import { holdTogether } from "./graph/lifetime.ts";
import { leafNode } from "./graph/record.ts";
import { add, mul } from "./ops/arith.ts";
import { iota } from "./ops/create.ts";
import { slice } from "./ops/movement.ts";
import { takeNode } from "./ops/take.ts";
import { expandTo, reshapeTo } from "./ops/views.ts";
import { checkShape, internShape, showShape, stridesOf, type Shape } from "./shape.ts";
import { requireTensor, type Tensor } from "./tensor.ts";

/**
 * A strided array in a GPU buffer. Elements have four bytes: f32, i32, u32, and bool as a u32 of 0 or 1. Halves, which can only be
 * lent, lie two in a word, the first one in the low bits.
 */
export interface GpuRecord {
  readonly buffer: GPUBuffer;
  /** Where element 0 lies, a multiple of 4. */
  readonly byteOffset: number;
  readonly shape: readonly number[];
  /** In elements; may be zero or negative. */
  readonly strides: readonly number[];
  readonly dtype: DType;
  /** The device that the buffer belongs to. */
  readonly device: GPUDevice;
}

/**
 * Whose a buffer is once a tensor was made of it. `"copy"`: yours; the tensor has elements of its own. `"borrow"`: yours; the
 * tensor reads the buffer itself. `"adopt"`: the tensor's, which destroys it when nobody needs it any more.
 */
export type GpuBufferOwnership = "copy" | "borrow" | "adopt";

/** What {@link fromGpuBuffer} takes: C order from the beginning, and a copy, unless said otherwise. */
export type GpuRecordInput = Pick<GpuRecord, "buffer" | "shape"> &
  Partial<GpuRecord> & { readonly ownership?: GpuBufferOwnership };

/** Lowest and highest element, in elements from the beginning of the buffer. */
function reach(shape: Shape, strides: readonly number[], first: number): [number, number] {
  let [least, most] = [first, first];
  shape.dims.forEach((n, d) => {
    if (strides[d] < 0) least += (n - 1) * strides[d];
    else most += (n - 1) * strides[d];
  });
  return [least, most];
}

/** Elements of a flat tensor at `first + sum strides_d i_d`. */
function strided<D extends DType>(flat: Tensor<D>, shape: Shape, strides: readonly number[], first: number): Tensor<D> {
  let at: Tensor = expandTo(reshapeTo(iota([1], { device: flat.device }), internShape([])), shape);
  shape.dims.forEach((n, d) => {
    const along = internShape(shape.dims.map((_, e) => (e === d ? n : 1)));
    at = add(at, expandTo(reshapeTo(mul(iota([n], { device: flat.device }), strides[d]), along), shape));
  });
  return takeNode(flat, add(at, first), { axis: 0, checked: false });
}

/** A tensor over `size` elements of a storage, the one at its origin being number `first`. */
function arranged<D extends DType>(
  storage: Storage,
  size: number,
  dtype: D,
  shape: Shape,
  strides: readonly number[],
  first: number,
): Tensor<D> {
  const plain = stridesOf(shape.dims);
  const inOrder = shape.size === 0 || strides.every((s, d) => shape.dims[d] <= 1 || s === plain[d]);
  if (inOrder && (first === 0 || shape.size === 0)) return leafNode(storage, shape, dtype);
  const flat = leafNode(storage, internShape([size]), dtype);
  const view = inOrder
    ? reshapeTo(slice(flat, [[first, first + shape.size]]), shape)
    : strided(flat, shape, strides, first);
  // The view alone needs it, and until it is disposed.
  holdTogether([view]);
  flat.dispose();
  return view;
}

/** Checks that shaders can read a buffer itself. */
function checkBound({ size, usage, mapState }: GPUBuffer, { limits }: GPUDevice): void {
  const most = Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize);
  const hint = "Leave ownership out for a copy.";
  if ((usage & BUFFER.STORAGE) === 0) {
    throw new ArgumentError(
      `fromGpuBuffer: a buffer cannot be read without a copy (got usage ${usage}, expected one with STORAGE and COPY_SRC). ${hint}`,
    );
  }
  if (size % 16 !== 0 || size === 0 || size > most) {
    throw new ArgumentError(
      `fromGpuBuffer: a buffer cannot be read without a copy (got ${size} bytes, expected a multiple of 16 up to ${most}). ${hint}`,
    );
  }
  if (mapState !== undefined && mapState !== "unmapped") {
    throw new ArgumentError(
      `fromGpuBuffer: the buffer is mapped (got ${mapState}, expected unmapped). Unmap it first.`,
    );
  }
}

/**
 * A tensor with the elements of a buffer of the WebGPU device. Work that was submitted to the device's queue before is seen.
 *
 * Copied on the GPU unless `ownership` says otherwise: the buffer may be changed or destroyed afterwards. Without a copy the buffer
 * needs usage STORAGE and a multiple of 16 bytes, and offset and strides are a view that kernels read through; reading it in
 * another order than C's costs what a gather costs. A buffer that is lent (`"borrow"`) must stay as it is until the tensor is
 * disposed or collected and what was computed from it has been read, or submitted by the backend's `submit()`; it is never
 * written and never destroyed. One that is handed over (`"adopt"`) is destroyed then, counts as the tensor's memory, and must
 * not be used any more. Each may be handed over once.
 * @param record the buffer (with usage COPY_SRC) and its shape; f32 in C order from byte 0 unless said otherwise
 * @throws DeviceError unless the buffer's device is the registered one, ArgumentError for a buffer that cannot be copied or, without
 * a copy, not be bound, a bad offset, strides or ownership, ShapeError when elements lie outside the buffer, DTypeError for types
 * without four bytes
 */
export function fromGpuBuffer<D extends DType = "f32">(record: GpuRecordInput & { readonly dtype?: D }): Tensor<D> {
  const backend = backendOf("webgpu") as WebGPUBackend;
  const { buffer, byteOffset = 0, device = backend.device, ownership = "copy" } = (record ?? {}) as GpuRecordInput;
  if (typeof buffer?.size !== "number" || typeof buffer.usage !== "number" || (buffer.usage & BUFFER.COPY_SRC) === 0) {
    throw new ArgumentError(
      `fromGpuBuffer: buffer must be a GPUBuffer with usage COPY_SRC (got ${show(buffer)}, expected one that can be copied from).`,
    );
  }
  if (device !== backend.device) {
    throw new DeviceError(
      "fromGpuBuffer: the buffer is on another device (got a GPUDevice, expected that of the registered backend). Share it with webgpu({ device }).",
    );
  }
  if (ownership !== "copy" && ownership !== "borrow" && ownership !== "adopt") {
    throw new ArgumentError(
      `fromGpuBuffer: unknown ownership (got ${show(ownership)}, expected "copy", "borrow" or "adopt").`,
    );
  }
  const dtype = checkDType("fromGpuBuffer", record.dtype ?? "f32") as D;
  if (realOf(dtype) !== dtype || !backend.dtypes.has(dtype)) {
    throw new DTypeError(`fromGpuBuffer: dtype not accepted (got ${dtype}, expected f32, i32, u32 or bool).`);
  }
  const shape = checkShape("fromGpuBuffer", record.shape);
  const strides = record.strides ?? stridesOf(shape.dims);
  const whole = Array.isArray(strides) && strides.every((s) => Number.isSafeInteger(s));
  if (!whole || strides.length !== shape.dims.length) {
    throw new ArgumentError(`fromGpuBuffer: strides must be one integer per axis (got ${show(strides)}).`);
  }
  if (!Number.isSafeInteger(byteOffset) || byteOffset < 0 || byteOffset % 4 !== 0) {
    throw new ArgumentError(`fromGpuBuffer: byteOffset must be a multiple of 4 (got ${show(byteOffset)}).`);
  }
  const [least, most] = shape.size === 0 ? [0, -1] : reach(shape, strides, byteOffset / 4);
  if (least < 0 || (most + 1) * 4 > buffer.size) {
    throw new ShapeError(
      `fromGpuBuffer: elements lie outside the buffer (got elements ${least} to ${most} for shape ${showShape(shape.dims)}, expected within ${Math.floor(buffer.size / 4)}).`,
    );
  }
  if (ownership !== "copy") {
    checkBound(buffer, device);
    const storage = backend.wrap(buffer, ownership === "borrow" ? "borrowed" : "adopted");
    return arranged(storage, buffer.size / 4, dtype, shape, strides, byteOffset / 4);
  }
  const size = most - least + 1;
  const storage = backend.alloc(Math.max(4, size * 4));
  if (size > 0) {
    // What used the block before may still wait for its shader.
    backend.submit();
    const encoder = backend.device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, least * 4, storage.buffer as GPUBuffer, 0, size * 4);
    backend.device.queue.submit([encoder.finish()]);
  }
  return arranged(storage, size, dtype, shape, strides, byteOffset / 4 - least);
}

/**
 * The buffer that holds a tensor on the GPU, in C order; computes the tensor first. The buffer is lent: it stays valid as long as
 * the tensor is referenced and not disposed, must not be written to or destroyed, and may be longer than the tensor. Work
 * submitted to the device's queue from now on sees the elements.
 * @throws DeviceError for a tensor on another device
 */
export function toGpuBuffer(x: Tensor): GpuRecord {
  requireTensor("toGpuBuffer", x);
  if (x.device !== "webgpu") {
    throw new DeviceError(
      `toGpuBuffer: the tensor is not on the GPU (got device ${show(x.device)}, expected "webgpu"). Move it with to().`,
    );
  }
  x.eval();
  (x.backend as WebGPUBackend).submit();
  const { buffer } = x.storage as { readonly buffer?: unknown };
  return {
    buffer: buffer as GPUBuffer,
    byteOffset: 0,
    shape: x.shape,
    strides: stridesOf(x.shape),
    dtype: x.dtype,
    device: (x.backend as WebGPUBackend).device,
  };
}
