/**
 * The program of a pool worker. It is kept as text, so that it needs no file of its own next to a bundle, and it is small
 * on purpose: wait, take chunks, call compiled functions.
 *
 * The control block's words are those of {@link CONTROL}. `claim` holds a job number and the next chunk; a worker reads it,
 * then the job, and takes the chunk only if `claim` is still what it was, so that a job it read half is never run. A job
 * that it cannot prepare, because its view of the memory has not grown yet or compiling is forbidden, it leaves to others.
 * It reads a module's bytes only while `readers` counts it, and after it has seen, counted, that the job is still there:
 * without a job and without readers, bytes can be given back.
 */

import { MODULES } from "../../lru.ts";

/** Words of the control block. */
export const CONTROL = {
  wake: 0,
  claim: 1,
  done: 2,
  ready: 3,
  failed: 4,
  threads: 5,
  /** And the words after it: number, address and length of the function's module, address of its block, and sizes. */
  job: 6,
  /** Workers that are reading a module's bytes. */
  readers: 15,
} as const;

/** Bits of `claim` that count chunks. */
export const CHUNK_BITS = 12;
/** `claim` with this many chunks taken belongs to no job. */
export const CLOSED: number = (1 << CHUNK_BITS) - 1;

/** How long a worker watches for the next job before it sleeps. */
const SPINS = 4000;

/** JavaScript of a worker; `start(memory, control, number)` is called with what the pool hands over. */
export const WORKER_SOURCE: string = `"use strict";
function start(memory, control, number) {
  const c = new Int32Array(memory.buffer, control, 16);
  const load = (word) => Atomics.load(c, word);
  const functions = new Map();
  const read = (claim, at, length) => {
    Atomics.add(c, ${CONTROL.readers}, 1);
    try {
      return load(${CONTROL.claim}) === claim ? new Uint8Array(memory.buffer, at >>> 0, length).slice() : undefined;
    } finally {
      Atomics.sub(c, ${CONTROL.readers}, 1);
    }
  };
  const functionFor = (claim, kernel, at, length) => {
    let f = functions.get(kernel);
    if (f === undefined) {
      const bytes = read(claim, at, length);
      if (bytes === undefined) return undefined;
      f = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports.run;
      if (functions.size >= ${MODULES}) functions.delete(functions.keys().next().value);
      functions.set(kernel, f);
    }
    return f;
  };
  const work = () => {
    for (;;) {
      const claim = load(${CONTROL.claim});
      const [kernel, at, length, block, units, chunk, chunks, scratch, each] = c.slice(${CONTROL.job}).map((_, i) =>
        load(${CONTROL.job} + i),
      );
      const next = claim & ${CLOSED};
      if (next >= chunks || number >= load(${CONTROL.threads})) return;
      if (load(${CONTROL.claim}) !== claim) continue;
      let f;
      try {
        f = functionFor(claim, kernel, at, length);
      } catch {
        return;
      }
      if (f === undefined) continue;
      if (Atomics.compareExchange(c, ${CONTROL.claim}, claim, claim + 1) !== claim) continue;
      try {
        f(block, next * chunk, Math.min(units, (next + 1) * chunk), (scratch + number * each) | 0);
      } catch {
        Atomics.store(c, ${CONTROL.failed}, 1);
      }
      Atomics.add(c, ${CONTROL.done}, 1);
    }
  };
  Atomics.add(c, ${CONTROL.ready}, 1);
  for (;;) {
    const seen = load(${CONTROL.wake});
    work();
    let spins = 0;
    while (load(${CONTROL.wake}) === seen && spins < ${SPINS}) spins++;
    Atomics.wait(c, ${CONTROL.wake}, seen);
  }
}
`;
