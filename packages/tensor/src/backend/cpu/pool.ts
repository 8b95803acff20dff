/**
 * Threads for compiled functions. The calling thread starts with the first chunk and takes chunks until none is left;
 * workers that are awake take some too. Nobody ever waits for a worker that has not taken a chunk, so a pool that is
 * still starting, or a machine without a free core, costs nothing but the wake-up call.
 */
import type { KernelFunction } from "../../kernel/interp.ts";
import { DeviceError, InternalError } from "../../errors.ts";
import { nodeModule } from "../../platform.ts";
import { MODULES } from "../../lru.ts";
import type { Arena, LinearMemory } from "./arena.ts";
import { CHUNK_BITS, CLOSED, CONTROL, WORKER_SOURCE } from "./poolWorker.ts";

const CONTROL_BYTES = 64;
/** Aim for chunks of about this many nanoseconds. */
const CHUNK_TIME = 40_000;
const MAX_JOB = 2 ** (31 - CHUNK_BITS);

/** A function that workers can run: they compile its module's bytes. Equal keys mean equal bytes. */
export interface SharedFunction {
  readonly run: KernelFunction;
  readonly bytes: Uint8Array;
  readonly key: string;
}

/** A module whose bytes workers can read. */
interface SharedModule {
  readonly id: number;
  readonly bytes: number;
  readonly length: number;
}

/** A pool of workers on one arena. */
export interface Pool {
  /** Runs a function over [0, units) on this thread and at most `most - 1` others. `scratch` has one region per thread. */
  run(
    most: number,
    f: SharedFunction,
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
  /** What lies where workers can read it, least recently used first; and what goes back as soon as none of them reads. */
  const modules = new Map<string, SharedModule>();
  const dropped: SharedModule[] = [];
  let made = 0;

  /** Copies a module's bytes to where workers can read them, and gives back those that were not used for longest. */
  const shared = ({ key, bytes }: SharedFunction): SharedModule => {
    const module = modules.get(key) ?? { id: made++, bytes: arena.alloc(bytes.length), length: bytes.length };
    if (!modules.delete(key)) arena.views.u8.set(bytes, module.bytes);
    modules.set(key, module);
    if (modules.size > MODULES) {
      const [[oldest, unused]] = modules;
      modules.delete(oldest);
      dropped.push(unused);
    }
    // There is no job now, so that no worker begins to read.
    if (dropped.length > 0 && Atomics.load(words, CONTROL.readers) === 0) {
      for (const { bytes: at, length } of dropped.splice(0)) arena.free(at, length);
    }
    return module;
  };

  return {
    grow(wanted) {
      for (; threads < wanted; threads++) startWorker({ memory: arena.memory, control, number: threads });
    },
    ready: () => Atomics.load(words, CONTROL.ready),
    run(allowed, f, block, units, unitCost, scratch, scratchBytes) {
      const module = shared(f);
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
        f.run(block, next * chunk, Math.min(units, (next + 1) * chunk), scratch);
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
