/** Observers: they see batches of values one after the other and end with a range. */
import { ArgumentError } from "@ansatz/tensor";
import type { Citation } from "@ansatz/tensor";
import type { Numbers } from "../check.ts";

/** The range that a quantiser should cover. */
export interface ValueRange {
  readonly min: number;
  readonly max: number;
}

/**
 * A way to find the range of values that arrive in batches. The state is explicit and of bounded size, however many
 * values arrive.
 */
export interface Observer<State = unknown> {
  readonly name: string;
  /** The state before anything is seen. */
  init(): State;
  /** The state after one more batch. Throws for empty batches and for values that are not finite. */
  observe(state: State, batch: Numbers): State;
  /** The range so far. Throws when nothing has been seen. */
  range(state: State): ValueRange;
  readonly citation?: Citation;
}

/** Throws because a range was asked for before any value was seen. */
export function nothingSeen(name: string): never {
  throw new ArgumentError(`${name}: no values have been seen (got 0 batches, expected at least 1).`);
}

/** The range after all batches. */
export function observeAll<State>(observer: Observer<State>, batches: Iterable<Numbers>): ValueRange {
  let state = observer.init();
  for (const batch of batches) state = observer.observe(state, batch);
  return observer.range(state);
}

/**
 * Observes channels apart: batches of shape [rows, channels] in row-major order, a range for each channel.
 * @throws ArgumentError when a batch is no whole number of rows
 */
export function perChannel<State>(
  observer: Observer<State>,
  channels: number,
): {
  readonly init: () => readonly State[];
  readonly observe: (states: readonly State[], batch: Numbers) => readonly State[];
  readonly ranges: (states: readonly State[]) => readonly ValueRange[];
} {
  return {
    init: () => Array.from({ length: channels }, () => observer.init()),
    observe(states, batch) {
      const rows = batch.length / channels;
      if (!Number.isInteger(rows)) {
        throw new ArgumentError(
          `perChannel: a batch is no whole number of rows (got ${batch.length} values, expected a multiple of ${channels}).`,
        );
      }
      return states.map((state, c) =>
        observer.observe(
          state,
          Float64Array.from({ length: rows }, (_, row) => batch[row * channels + c]),
        ),
      );
    },
    ranges: (states) => states.map((state) => observer.range(state)),
  };
}
