/** What the JavaScript engine around us offers. */

interface NodeLike {
  process?: { getBuiltinModule?: (name: string) => unknown };
}

/** A module of Node itself, without a static import that bundlers would follow; undefined elsewhere. */
export function nodeModule<T>(name: string): T | undefined {
  return (globalThis as NodeLike).process?.getBuiltinModule?.(name) as T | undefined;
}

/** Number of hardware threads, 1 when unknown. */
export function hardwareThreads(): number {
  const os = nodeModule<{ availableParallelism?: () => number }>("node:os");
  return os?.availableParallelism?.() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
}

/** Resolves in a task of its own, so that timers, events and finalizers had their turn. */
export function macrotask(): Promise<void> {
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
