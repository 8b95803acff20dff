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
