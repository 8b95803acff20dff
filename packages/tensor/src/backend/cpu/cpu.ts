/** The CPU devices: `cpu` runs compiled WebAssembly, `js` the plain JavaScript oracle, on the same kind of memory. */
import { DeviceError } from "../../errors.ts";
import { dtypeInfo, REAL_DTYPES, type RealDType as DType, type DataArray } from "../../dtype.ts";
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
      arena.views.u8.set(bytesOf(data), storage.ptr);
    },
    read: (storage, dtype, size) => Promise.resolve(copyOut(storage, dtype, size)),
    readSync: (storage, dtype, size) => copyOut(storage, dtype, size),
    readInto(storage, _dtype, target) {
      bytesOf(target).set(view(storage, "bool", target.byteLength));
    },
    view,
    compile: (plan: PlanSpec) => compilePlan(plan, arena, engine),
    kernels: () => engine.compiled(),
    memory: () => ({ used: arena.used(), pooled: arena.pooled(), peak: arena.peak() }),
  };

  function copyOut(storage: Storage, dtype: DType, size: number): ArrayBuffer {
    // A slice of shared memory is not shared.
    return view(storage, dtype, size).slice().buffer as ArrayBuffer;
  }

  function view(storage: Storage, dtype: DType, size: number): DataArray {
    return new (dtypeInfo(dtype).array)(arena.views.u8.buffer as ArrayBuffer, storage.ptr, size);
  }

  return backend;
}

function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function oracle(name: string, arena: Arena): Engine {
  if (parts.createJsEngine === undefined) {
    throw new DeviceError(
      `${name}: this device is not part of "@ansatz/tensor/core" (got ${name}). Import "@ansatz/tensor".`,
    );
  }
  return parts.createJsEngine(arena);
}
