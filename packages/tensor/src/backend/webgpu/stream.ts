/**
 * The order of work on a device. Pipelines are compiled while the program goes on; work that needs one waits for it, and
 * everything after it waits too, so that the queue sees all of it in the order in which it was asked for.
 */

/** Something that is compiled meanwhile. */
export interface Compiling {
  /** Whether there is nothing to wait for any more. */
  readonly done: boolean;
  /** Fulfilled then; never rejected. */
  readonly ready: Promise<void>;
  /** Compiles at once, on the calling thread. */
  finish(): void;
}

/** Hands work to a device in order. */
export interface Stream {
  /** Whether work is waiting, so that work of one's own must be put behind it. */
  readonly waiting: boolean;
  /** Does `work` at once, or when everything before it is done and everything in `needs` is compiled. */
  add(work: () => void, needs?: readonly Compiling[]): void;
  /** Does everything now and compiles what is missing on the calling thread. */
  finish(): void;
}

/** Waiting pieces of work beyond which the calling thread compiles: a program that never lets go would hold up the GPU. */
const MOST_WAITING = 64;

interface Item {
  readonly work: () => void;
  readonly needs: readonly Compiling[];
}

/**
 * Makes the stream of a device.
 * @param fail is told what waiting work threw, since nobody is there any more to catch it
 */
export function createStream(fail: (error: unknown) => void): Stream {
  let items: Item[] = [];
  let watching = false;

  /** Does what can be done. */
  const advance = (): void => {
    let next = 0;
    for (; next < items.length && items[next].needs.every((n) => n.done); next++) {
      try {
        items[next].work();
      } catch (error) {
        fail(error);
      }
    }
    items = items.slice(next);
    if (items.length > 0 && !watching) void watch();
  };
  const watch = async (): Promise<void> => {
    watching = true;
    await Promise.all(items[0].needs.map((n) => n.ready));
    watching = false;
    advance();
  };

  return {
    get waiting() {
      return items.length > 0;
    },
    add(work, needs = []) {
      if (items.length === 0 && needs.every((n) => n.done)) {
        work();
        return;
      }
      items.push({ work, needs });
      if (items.length > MOST_WAITING) this.finish();
      else if (!watching) void watch();
    },
    finish() {
      for (const { needs } of items) for (const n of needs) if (!n.done) n.finish();
      advance();
    },
  };
}
