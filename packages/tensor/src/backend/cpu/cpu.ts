/** The CPU devices: `cpu` runs compiled WebAssembly, `js` the plain JavaScript oracle, on the same kind of memory. */
import { DeviceError } from "../../errors.ts";
import { dtypeInfo, REAL_DTYPES, type RealDType as DType } from "../../dtype.ts";
import type { Backend, PlanSpec, Storage } from "../backend.ts";
import { createArena, type Arena } from "./arena.ts";
import { canCompile, createWasmEngine, type Engine } from "./engine.ts";
import { compilePlan } from "./executable.ts";
import { parts } from "./parts.ts";

/** Creates a CPU backend. @param options.name `"cpu"` (WebAssembly) or `"js"` (the oracle) */
export function createCpuBackend(options: { readonly name: "cpu" | "js" }): Backend {
  const ledger = parts.createLedger?.();
  const arena = createArena(() => ledger?.text() ?? "");
  const engine = options.name === "cpu" && canCompile() ? createWasmEngine(arena) : oracle(options.name, arena);

  const backend: Backend = {
    name: options.name,
    dtypes: new Set(REAL_DTYPES),
    elementBytes: (dtype) => dtypeInfo(dtype).bytes,
    alloc(bytes) {
      const storage: Storage = { backend, bytes, ptr: arena.alloc(bytes), freed: false };
      ledger?.add(storage);
      return storage;
    },
    free(storage) {
      if (storage.freed) return;
      storage.freed = true;
      ledger?.delete(storage);
      arena.free(storage.ptr, storage.bytes);
    },
    write(storage, _dtype, data) {
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      arena.views.u8.set(bytes, storage.ptr);
    },
    read: (storage, dtype, size) => Promise.resolve(copyOut(storage, dtype, size)),
    readSync: (storage, dtype, size) => copyOut(storage, dtype, size),
    readInto(storage, _dtype, target) {
      const out = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
      out.set(arena.views.u8.subarray(storage.ptr, storage.ptr + target.byteLength));
    },
    compile: (plan: PlanSpec) => compilePlan(plan, arena, engine),
    kernels: () => engine.compiled(),
    memory: () => ({ used: arena.used(), pooled: arena.pooled(), peak: arena.peak() }),
  };

  function copyOut(storage: Storage, dtype: DType, size: number): ArrayBuffer {
    const length = size * dtypeInfo(dtype).bytes;
    const out = new ArrayBuffer(length);
    new Uint8Array(out).set(arena.views.u8.subarray(storage.ptr, storage.ptr + length));
    return out;
  }

  return backend;
}

function oracle(name: string, arena: Arena): Engine {
  if (parts.createJsEngine === null) {
    throw new DeviceError(
      `${name}: this device is not part of "@ansatz/tensor/core" (got ${name}). Import "@ansatz/tensor".`,
    );
  }
  return parts.createJsEngine(arena);
}
