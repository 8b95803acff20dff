/** Caches that forget what was not used for longest. */

/** Compiled kernels that a device keeps: plans hold on to theirs, the others can be compiled again. */
export const KERNELS = 2048;

/** Modules whose bytes are kept for worker threads, and compiled functions that such a thread keeps. */
export const MODULES = 512;

/**
 * The value of a key, made when it is missing. A map keeps its keys in order, so the first one is the one that was used
 * longest ago; it is dropped when there are more than `capacity`.
 */
export function remember<K, V>(cache: Map<K, V>, key: K, make: () => V, capacity: number = KERNELS): V {
  const value = cache.get(key) ?? make();
  cache.delete(key);
  cache.set(key, value);
  if (cache.size > capacity) cache.delete([...cache.keys()][0]);
  return value;
}
