/** How much memory a device holds. */
import { backendOf, defaultDevice } from "./device.ts";
import { planCount } from "./graph/realize.ts";

/** Memory of one device, in bytes. */
export interface MemoryReport {
  readonly device: string;
  /** Held by tensors and running plans. */
  readonly used: number;
  /** Recycled blocks waiting for reuse. */
  readonly pooled: number;
  /** Highest value of `used` so far. */
  readonly peak: number;
  /** Compiled kernels that are kept; the least recently used of very many are dropped. */
  readonly kernels: number;
  /** Schedules kept for graphs of known structure. */
  readonly plans: number;
}

/** Memory that a device (the default one when left out) holds now. */
export function memory(device: string = defaultDevice()): MemoryReport {
  const backend = backendOf(device);
  return { device, ...backend.memory(), kernels: backend.kernels(), plans: planCount(backend) };
}
