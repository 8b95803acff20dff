/** Tensors' memory on the GPU. */
import { DeviceError, InternalError } from "../../errors.ts";
import type { Backend, Storage } from "../backend.ts";
import type { Block } from "./pool.ts";

/** A storage whose memory is a block of the pool. */
export interface GpuStorage extends Storage {
  readonly block: Block;
}

/** The block behind a storage of `backend`. Throws when it belongs to another device or was freed. */
export function blockOf(backend: Backend, storage: Storage): Block {
  if (storage.backend !== backend) {
    throw new DeviceError(
      `webgpu: a tensor lies on another device (got ${storage.backend.name}, expected this webgpu device). ` +
        `Move it with to().`,
    );
  }
  if (storage.freed) throw new InternalError("webgpu: a storage is used after it was freed.");
  return (storage as GpuStorage).block;
}
