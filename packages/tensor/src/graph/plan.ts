/** Compiled schedules, cached by the structure of the graph they evaluate. */
import type { Executable, Storage } from "../backend/backend.ts";

/** A compiled schedule of one graph structure. Positions refer to the graph's topological order. */
export interface Plan {
  readonly signature: Int32Array;
  readonly executable: Executable;
  /** Positions of the tensors whose storage is handed in, in slot order. */
  readonly leaves: readonly number[];
  /** Positions of the scalar nodes, in the order of the plan's scalars. */
  readonly scalars: readonly number[];
  /** Positions of the tensors that get a storage, in slot order (after the leaves). */
  readonly outputs: readonly number[];
  /** Bytes of each output. */
  readonly outputBytes: readonly number[];
  readonly slots: number;
  /** Scratch for a run: one storage per slot, one number per scalar. Only one run is under way at a time. */
  readonly storages: (Storage | null)[];
  readonly values: number[];
  /** Shared with the plans that this one replaced, whose nodes may still report. */
  readonly keep: Keep;
  /** When the plan was used last, see {@link PlanCache}. */
  used: number;
}

/** What runs of one structure store beyond what was asked for. */
export interface Keep {
  /** Positions of nodes that were needed again after a run and are stored from now on. */
  readonly positions: Set<number>;
  /** `positions` changed: rebuild at the next use. */
  stale: boolean;
}

/**
 * Plans by hash of their signature, one of each: structures of equal hash, which are rare, replace each other. When there are too
 * many, the least recently used are dropped.
 */
export class PlanCache {
  readonly #plans = new Map<number, Plan>();
  #time = 0;
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  find(hash: number, signature: Int32Array, length: number): Plan | undefined {
    const plan = this.#plans.get(hash);
    if (plan?.signature.length !== length) return undefined;
    for (let i = 0; i < length; i++) if (plan.signature[i] !== signature[i]) return undefined;
    plan.used = ++this.#time;
    return plan;
  }

  add(hash: number, plan: Plan): void {
    this.remove(hash);
    if (this.size >= this.#capacity) this.#dropOldest();
    plan.used = ++this.#time;
    this.#plans.set(hash, plan);
  }

  remove(hash: number): void {
    this.#plans.get(hash)?.executable.release();
    this.#plans.delete(hash);
  }

  /** Drops a quarter of the plans. */
  #dropOldest(): void {
    const all = [...this.#plans].sort(([, a], [, b]) => a.used - b.used);
    for (const [hash] of all.slice(0, Math.ceil(all.length / 4))) this.remove(hash);
  }

  get size(): number {
    return this.#plans.size;
  }
}
