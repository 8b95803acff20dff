/**
 * Threads for compiled functions. The calling thread starts with the first chunk and takes chunks until none is left;
 * workers that are awake take some too. Nobody ever waits for a worker that has not taken a chunk, so a pool that is
 * still starting, or a machine without a free core, costs nothing but the wake-up call.
 */
import type { KernelFunction } from "../../kernel/interp.ts";
import { DeviceError, InternalError } from "../../errors.ts";
import { nodeModule } from "../../platform.ts";
import type { Arena, LinearMemory } from "./arena.ts";
import { CHUNK_BITS, CLOSED, CONTROL, WORKER_SOURCE } from "./poolWorker.ts";

const CONTROL_BYTES = 64;
/** Aim for chunks of about this many nanoseconds. */
const CHUNK_TIME = 40_000;
const MAX_JOB = 2 ** (31 - CHUNK_BITS);

/** A module whose bytes workers can read. */
export interface SharedModule {
  readonly id: number;
  readonly bytes: number;
  readonly length: number;
}

/** A pool of workers on one arena. */
export interface Pool {
  /** Runs a function over [0, units) on this thread and at most `most - 1` others. `scratch` has one region per thread. */
  run(
    most: number,
    f: KernelFunction,
    module: SharedModule,
    block: number,
    units: number,
    unitCost: number,
    scratch: number,
    scratchBytes: number,
  ): void;
  /** Starts workers until there are `threads` threads, this one included. @throws what the platform throws when it forbids them */
  grow(threads: number): void;
  /** Workers that have come up so far. */
  ready(): number;
  /** Whether a worker may be reading a module's bytes at this moment, with no job under way. */
  reading(): boolean;
}

/** What a worker is started with. */
interface Start {
  readonly memory: LinearMemory;
  readonly control: number;
  readonly number: number;
}

interface NodeWorkerThreads {
  Worker: new (source: string, options: object) => { unref(): void; on(event: "error", listener: () => void): void };
}

/** Starts one worker that does not keep the process alive. */
function startWorker(start: Start): void {
  const node = nodeModule<NodeWorkerThreads>("node:worker_threads");
  if (node !== undefined) {
    const source = `${WORKER_SOURCE}
const { workerData } = require("node:worker_threads");
start(workerData.memory, workerData.control, workerData.number);`;
    const worker = new node.Worker(source, { eval: true, workerData: start, execArgv: [], env: {} });
    // A worker that does not come up is one thread less, and no reason to end the process.
    worker.on("error", () => undefined);
    worker.unref();
    return;
  }
  const source = `${WORKER_SOURCE}
onmessage = ({ data }) => start(data.memory, data.control, data.number);`;
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url);
  worker.postMessage(start);
  URL.revokeObjectURL(url);
}

/** Creates a pool without workers on an arena. @throws DeviceError when the page is not isolated */
export function createPool(arena: Arena): Pool {
  if ((globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === false) {
    throw new DeviceError("cpu: threads need a cross-origin isolated page (got a page that is not).");
  }
  const control = arena.alloc(CONTROL_BYTES);
  const words = new Int32Array(arena.memory.buffer, control, CONTROL_BYTES / 4);
  words.fill(0);
  words[CONTROL.claim] = CLOSED;
  let threads = 1;
  let job = 0;

  return {
    grow(wanted) {
      for (; threads < wanted; threads++) startWorker({ memory: arena.memory, control, number: threads });
    },
    ready: () => Atomics.load(words, CONTROL.ready),
    reading: () => Atomics.load(words, CONTROL.readers) !== 0,
    run(allowed, f, module, block, units, unitCost, scratch, scratchBytes) {
      const wanted = Math.ceil((units * unitCost) / CHUNK_TIME);
      const most = Math.min(units, CLOSED - 1);
      const count = Math.max(1, Math.min(most, Math.max(wanted, 2 * allowed)));
      const chunk = Math.ceil(units / count);
      const chunks = Math.ceil(units / chunk);
      job = (job + 1) % MAX_JOB;
      const base = job << CHUNK_BITS;
      Atomics.store(words, CONTROL.claim, base | CLOSED);
      [module.id, module.bytes, module.length, block, units, chunk, chunks, scratch, scratchBytes].forEach((word, i) =>
        Atomics.store(words, CONTROL.job + i, word | 0),
      );
      Atomics.store(words, CONTROL.done, 0);
      Atomics.store(words, CONTROL.failed, 0);
      Atomics.store(words, CONTROL.threads, allowed);
      Atomics.store(words, CONTROL.claim, base);
      Atomics.add(words, CONTROL.wake, 1);
      Atomics.notify(words, CONTROL.wake);
      let mine = 0;
      for (;;) {
        const next = Atomics.add(words, CONTROL.claim, 1) & CLOSED;
        if (next >= chunks) break;
        f(block, next * chunk, Math.min(units, (next + 1) * chunk), scratch);
        mine++;
      }
      // The failed attempt above moved the counter once beyond the end, which is harmless.
      while (Atomics.load(words, CONTROL.done) + mine < chunks) {
        // Chunks in flight on workers are at most one chunk's time from done.
      }
      Atomics.store(words, CONTROL.claim, base | CLOSED);
      if (Atomics.load(words, CONTROL.failed) !== 0) throw new InternalError("cpu: a worker could not do its part.");
    },
  };
}
