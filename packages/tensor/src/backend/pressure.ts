/**
 * The safety net for code that never disposes: when much memory is held, an asynchronous read provokes a garbage
 * collection and yields macrotasks, so that finalizers of unreachable tensors can give their memory back. Nothing of this
 * can happen inside a synchronous loop: finalizers run between tasks only.
 *
 * Engines do not know that a small object stands for megabytes of WebAssembly or GPU memory, so they have to be told to
 * collect. Measured on a loop that makes 400 tensors of 16 MiB and reads one number of each, highest memory in MiB (budget
 * 2048; "fails" means out of memory):
 *
 * | provocation, when more than 256 MiB are held | Node 20 | Node 24 | Chromium 153 |
 * | --- | --- | --- | --- |
 * | none, a macrotask only | fails | fails | fails |
 * | a minor collection (`gc({ type: "minor" })`) | fails | fails | - |
 * | an ArrayBuffer of 128 MiB, dropped | 1488 | 720 | fails |
 * | the same, repeated until it helps, at most 8 times | 1568 | 624 | 816 |
 * | a resizable ArrayBuffer of the size in question, dropped | 1296 | 912 | fails |
 * | resizable ones of 512 MiB, repeated at most 8 times | 256 | 256 | 1600 |
 * | `gc()` of `v8.setFlagsFromString("--expose-gc")` and `vm` | 256 | 256 | - |
 * | a request for an ArrayBuffer that cannot be met | 256 | 256 | 256 |
 *
 * The last one is used. V8 answers it with a full collection before it gives up (10 to 40 ms on a small heap), it touches
 * no memory, and it changes no flag of the process. Its size is one that is a valid length but is never there.
 */
import { macrotask, nodeModule } from "../platform.ts";
import type { Backend } from "./backend.ts";

/** Below this many bytes nothing is done. */
const CALM = 256 * 2 ** 20;

const lastSweep = new WeakMap<Backend, number>();

/** Provokes a collection when `backend` holds more than `max(256 MiB, 2 x what was live after the last one)`. */
export async function relievePressure(backend: Backend): Promise<void> {
  const { used } = backend.memory();
  const after = lastSweep.get(backend) ?? 0;
  if (used > Math.max(CALM, 2 * after)) await sweep(backend);
  else if (used < after) lastSweep.set(backend, used);
}

/** Collects garbage because memory is out. */
export async function sweep(backend: Backend): Promise<void> {
  const { used } = backend.memory();
  provokeCollection();
  await macrotask();
  // Finalizers are a task of their own, which may come after ours.
  if (backend.memory().used === used) await macrotask();
  lastSweep.set(backend, backend.memory().used);
}

function provokeCollection(): void {
  const { gc } = globalThis as { gc?: () => void };
  if (typeof gc === "function") {
    gc();
    return;
  }
  try {
    // 16 TiB are beyond every process, but browsers do not take them for a length; 16 GiB are beyond every page.
    void new ArrayBuffer(nodeModule("node:v8") === undefined ? 2 ** 34 : 2 ** 44);
  } catch {
    // As expected.
  }
}
