/**
 * The safety net for code that never disposes: when much memory is held, an asynchronous read provokes a garbage
 * collection and yields a macrotask, so that finalizers of unreachable tensors can give their memory back.
 */
import type { Backend } from "./backend.ts";

/** Below this many bytes nothing is done. */
const CALM = 256 * 2 ** 20;
/** Dropping a buffer of this size makes V8 collect soon. */
const NUDGE = 128 * 2 ** 20;

const lastSweep = new WeakMap<Backend, number>();

/** Provokes a collection when `backend` holds more than `max(256 MiB, 2 x what was live after the last one)`. */
export async function relievePressure(backend: Backend): Promise<void> {
  const used = backend.memory().used;
  const after = lastSweep.get(backend) ?? 0;
  if (used <= Math.max(CALM, 2 * after)) {
    if (used < after) lastSweep.set(backend, used);
    return;
  }
  nudge();
  await macrotask();
  lastSweep.set(backend, backend.memory().used);
}

function nudge(): void {
  const gc = (globalThis as { gc?: () => void }).gc;
  if (typeof gc === "function") gc();
  else void new ArrayBuffer(NUDGE);
}

function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    const immediate = (globalThis as { setImmediate?: (f: () => void) => void }).setImmediate;
    if (typeof immediate === "function") {
      immediate(resolve);
      return;
    }
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      channel.port1.close();
      resolve();
    };
    channel.port2.postMessage(null);
  });
}
