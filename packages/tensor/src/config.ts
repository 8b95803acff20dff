/** Settings of the whole library: few, and none of them changes what is computed, except `precision` as documented. */
import { ArgumentError, checkOptions, requireFlag, show } from "./errors.ts";
import { hardwareThreads } from "./platform.ts";

/** Settings that {@link configure} accepts. */
export interface Config {
  /** Evaluate every operation as soon as it is recorded. For debugging: errors and timings point at single operations. */
  readonly eager: boolean;
  /**
   * `"default"`: matrix products and convolutions on the CPU use fused multiply-add where the engine has it.
   * `"strict"`: they round after every multiplication and addition like everything else, and accumulate in order.
   */
  readonly precision: "default" | "strict";
  /** Most bytes that tensors on the CPU may hold. */
  readonly memoryBudget: number;
  /**
   * Threads used on the CPU, as many as the hardware has (at most 16) when left alone; 1 computes on the calling thread
   * alone. Results do not depend on it. Browsers allow threads on cross-origin isolated pages only.
   */
  readonly threads: number;
}

const KEYS = ["eager", "precision", "memoryBudget", "threads"] as const;

/** The settings in force. Read directly by the library's inner loops. */
export const config: { -readonly [K in keyof Config]: Config[K] } = {
  eager: false,
  precision: "default",
  memoryBudget: 2 * 2 ** 30,
  threads: Math.min(16, hardwareThreads()),
};

/**
 * Changes settings and returns the ones that were in force before, so that they can be put back. Settings that are
 * undefined stay as they are.
 * @throws ArgumentError for an unknown name or a value outside its range
 */
export function configure(changes: Partial<Config>): Config {
  if (changes === undefined)
    throw new ArgumentError("configure: settings are needed (got undefined, expected an object).");
  checkOptions("configure", changes, KEYS);
  const before = { ...config };
  const { eager, precision, memoryBudget, threads } = changes;
  requireFlag("configure", "eager", eager);
  if (precision !== undefined && precision !== "default" && precision !== "strict") {
    throw new ArgumentError(`configure: unknown precision (got ${show(precision)}, expected "default" or "strict").`);
  }
  if (
    memoryBudget !== undefined &&
    !(typeof memoryBudget === "number" && memoryBudget >= 2 ** 20 && memoryBudget <= 2 ** 32)
  ) {
    throw new ArgumentError(
      `configure: memoryBudget must lie between 1 MiB and 4 GiB (got ${show(memoryBudget)}, expected 1048576 to 4294967296 bytes).`,
    );
  }
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1 && threads <= 64)) {
    throw new ArgumentError(`configure: threads must be an integer from 1 to 64 (got ${show(threads)}).`);
  }
  for (const [key, value] of Object.entries(changes)) if (value !== undefined) Object.assign(config, { [key]: value });
  return before;
}
