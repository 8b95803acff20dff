/** Times of dispatches on the GPU: by its own clock where the device has `timestamp-query`, otherwise by their completion. */
import type { DispatchTime } from "../backend.ts";
import type { Guard } from "./guard.ts";
import { BUFFER, MAP_READ } from "./usage.ts";

/** A dispatch as far as it is timed. */
export interface Timed {
  readonly label: string;
  readonly workgroups: readonly [number, number, number];
  /** Puts the dispatch into a pass. */
  readonly encode: (pass: GPUComputePassEncoder) => void;
}

/** Times dispatches while anybody wants to know. */
export interface Profiler {
  readonly active: boolean;
  /** Submits dispatches one by one and reports their times later. */
  submit(dispatches: readonly Timed[]): void;
  /** @returns ends the reports; fulfilled when those of everything submitted before have been made */
  watch(sink: (time: DispatchTime) => void): () => Promise<void>;
}

/** WebGPU's limit is 4096 queries in a set; each dispatch takes two. */
const MOST = 2048;

/** Makes the profiler of a device. */
export function createProfiler(device: GPUDevice, guard: Guard): Profiler {
  const sinks = new Set<(time: DispatchTime) => void>();
  const pending = new Set<Promise<void>>();
  const clock = device.features.has("timestamp-query") ? "gpu" : "completion";
  /** When the last dispatch was done. */
  let last = 0;

  const report = (wanted: readonly ((time: DispatchTime) => void)[], d: Timed, nanoseconds: number): void => {
    const time: DispatchTime = { label: d.label, workgroups: d.workgroups, nanoseconds, clock };
    for (const sink of wanted) sink(time);
  };
  const later = (work: Promise<void>): void => {
    pending.add(work);
    void guard.during(work).finally(() => pending.delete(work));
  };

  /** One pass for each dispatch, with the clock read before and after it. */
  const byQueries = (dispatches: readonly Timed[]): void => {
    const count = 2 * dispatches.length;
    const [querySet, resolved, staging] = guard.scoped("timing", () => {
      const querySet = device.createQuerySet({ type: "timestamp", count });
      const resolved = device.createBuffer({ size: 8 * count, usage: BUFFER.QUERY_RESOLVE | BUFFER.COPY_SRC });
      const staging = device.createBuffer({ size: 8 * count, usage: BUFFER.MAP_READ | BUFFER.COPY_DST });
      const encoder = device.createCommandEncoder();
      dispatches.forEach((d, i) => {
        const timestampWrites = { querySet, beginningOfPassWriteIndex: 2 * i, endOfPassWriteIndex: 2 * i + 1 };
        const pass = encoder.beginComputePass({ label: d.label, timestampWrites });
        d.encode(pass);
        pass.end();
      });
      encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, staging, 0, 8 * count);
      device.queue.submit([encoder.finish()]);
      return [querySet, resolved, staging] as const;
    });
    const wanted = [...sinks];
    const read = async (): Promise<void> => {
      try {
        await staging.mapAsync(MAP_READ);
        const times = new BigUint64Array(staging.getMappedRange().slice(0));
        dispatches.forEach((d, i) => report(wanted, d, Math.max(0, Number(times[2 * i + 1] - times[2 * i]))));
      } catch (cause) {
        guard.fail(cause);
      }
      for (const thing of [querySet, resolved, staging]) thing.destroy();
    };
    later(read());
  };

  /** One submission for each dispatch. */
  const byCompletion = (dispatches: readonly Timed[]): void => {
    const wanted = [...sinks];
    for (const d of dispatches) {
      guard.scoped("running a plan", () => {
        const encoder = device.createCommandEncoder();
        const pass = encoder.beginComputePass({ label: d.label });
        d.encode(pass);
        pass.end();
        device.queue.submit([encoder.finish()]);
      });
      const start = performance.now();
      const wait = async (): Promise<void> => {
        try {
          await device.queue.onSubmittedWorkDone();
          const now = performance.now();
          report(wanted, d, (now - Math.max(start, last)) * 1e6);
          last = now;
        } catch (cause) {
          guard.fail(cause);
        }
      };
      later(wait());
    }
  };

  return {
    get active() {
      return sinks.size > 0;
    },
    submit(dispatches) {
      if (clock === "completion") byCompletion(dispatches);
      else for (let i = 0; i < dispatches.length; i += MOST) byQueries(dispatches.slice(i, i + MOST));
    },
    watch(sink) {
      // Of its own, so that the same function can watch twice.
      const own = (time: DispatchTime): void => sink(time);
      sinks.add(own);
      return async () => {
        sinks.delete(own);
        await Promise.all(pending);
        guard.check();
      };
    },
  };
}
