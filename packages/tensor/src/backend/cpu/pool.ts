/**
 * Threads for compiled functions. The calling thread starts with the first chunk and takes chunks until none is left;
 * workers that are awake take some too. Nobody ever waits for a worker that has not taken a chunk, so a pool that is
 * still starting, or a machine without a free core, costs nothing but the wake-up call.
 */
import type { KernelFunction } from "../../kernel/interp.ts";
import { DeviceError } from "../../errors.ts";
import { nodeModule } from "../../platform.ts";
import type { Arena } from "./arena.ts";
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
  /** Runs a function over [0, units) on this thread and whoever helps. `scratch` has one region per thread. */
  run(
    f: KernelFunction,
    module: SharedModule,
    block: number,
    units: number,
    unitCost: number,
    scratch: number,
    scratchBytes: number,
  ): void;
  /** Number of threads, this one included. */
  readonly threads: number;
  /** Workers that have come up so far. */
  ready(): number;
}

/** What a worker is started with. */
interface Start {
  readonly memory: WebAssembly.Memory;
  readonly control: number;
  readonly number: number;
}

interface NodeWorkerThreads {
  Worker: new (source: string, options: object) => { unref(): void };
}

/** Starts one worker that does not keep the process alive. */
function startWorker(start: Start): void {
  const node = nodeModule<NodeWorkerThreads>("node:worker_threads");
  if (node !== undefined) {
    const source = `${WORKER_SOURCE}
const { workerData } = require("node:worker_threads");
start(workerData.memory, workerData.control, workerData.number);`;
    new node.Worker(source, { eval: true, workerData: start, execArgv: [], env: {} }).unref();
    return;
  }
  const source = `${WORKER_SOURCE}
onmessage = ({ data }) => start(data.memory, data.control, data.number);`;
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url);
  worker.postMessage(start);
  URL.revokeObjectURL(url);
}

/** Starts `threads - 1` workers on an arena. @throws when the page is not isolated or workers are forbidden */
export function createPool(arena: Arena, threads: number): Pool {
  if ((globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === false) {
    throw new DeviceError("cpu: threads need a cross-origin isolated page (got a page that is not).");
  }
  const control = arena.alloc(CONTROL_BYTES);
  const words = new Int32Array(arena.memory.buffer, control, CONTROL_BYTES / 4);
  words.fill(0);
  words[CONTROL.claim] = CLOSED;
  for (let number = 1; number < threads; number++) startWorker({ memory: arena.memory, control, number });
  let job = 0;

  return {
    threads,
    ready: () => Atomics.load(words, CONTROL.ready),
    run(f, module, block, units, unitCost, scratch, scratchBytes) {
      const wanted = Math.ceil((units * unitCost) / CHUNK_TIME);
      const most = Math.min(units, CLOSED - 1);
      const count = Math.max(1, Math.min(most, Math.max(wanted, 2 * threads)));
      const chunk = Math.ceil(units / count);
      const chunks = Math.ceil(units / chunk);
      job = (job + 1) % MAX_JOB;
      const base = job << CHUNK_BITS;
      Atomics.store(words, CONTROL.claim, base | CLOSED);
      Atomics.store(words, CONTROL.kernel, module.id);
      Atomics.store(words, CONTROL.bytes, module.bytes | 0);
      Atomics.store(words, CONTROL.length, module.length);
      Atomics.store(words, CONTROL.block, block | 0);
      Atomics.store(words, CONTROL.units, units);
      Atomics.store(words, CONTROL.chunk, chunk);
      Atomics.store(words, CONTROL.chunks, chunks);
      Atomics.store(words, CONTROL.scratch, scratch | 0);
      Atomics.store(words, CONTROL.scratchBytes, scratchBytes);
      Atomics.store(words, CONTROL.done, 0);
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
    },
  };
}
