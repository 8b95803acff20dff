/** What holds much memory, for messages. */
import type { Storage } from "../backend.ts";
import { mib } from "./arena.ts";

/** Blocks from this size on are listed. */
const LARGE = 2 ** 20;

/** The large blocks that are in use. */
export interface Ledger {
  add(storage: Storage): void;
  delete(storage: Storage): void;
  /** A sentence about them and a space, or nothing. */
  text(): string;
}

/** An empty ledger. */
export function createLedger(): Ledger {
  // By address: memory may pass from one tensor to another.
  const large = new Map<number, number>();
  return {
    add({ ptr, bytes }) {
      if (bytes >= LARGE) large.set(ptr, bytes);
    },
    delete: ({ ptr }) => void large.delete(ptr),
    text() {
      const sizes = [...large.values()].sort((a, b) => b - a);
      if (sizes.length === 0) return "";
      const list = sizes.slice(0, 10).map(mib);
      return `${sizes.length} tensors of 1 MiB or more are alive, the largest: ${list.join(", ")}. `;
    },
  };
}
