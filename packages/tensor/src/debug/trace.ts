/** Reports of what a device compiles and runs. */
import type { Backend, DispatchTime, Executable, PlanSpec } from "../backend/backend.ts";
import { backendOf, defaultDevice } from "../device.ts";
import { ArgumentError, checkOptions, requireFunction, show } from "../errors.ts";
import { planText, stepName } from "./steps.ts";

/** Something a device did. */
export interface KernelEvent {
  /**
   * `compile`: a schedule was made ready, from level 2 on. `launch`: it was run. `dispatch`: the GPU has run a shader, at
   * level 3.
   */
  readonly kind: "compile" | "launch" | "dispatch";
  readonly device: string;
  /** Number of the schedule: its launches have the number of its compilation. 0 for dispatches, which come later. */
  readonly plan: number;
  /** The steps in a few words, e.g. `map [2,3]`. */
  readonly steps: readonly string[];
  /** How long it took, at level 3. On WebGPU a launch is only submitted, and this is the time of that; see `dispatch`. */
  readonly milliseconds?: number;
  /** All of it to be read: one line for a launch; for a compilation also buffers and the operations of every kernel. */
  readonly text: string;
}

/** Options of {@link traceKernels}. */
export interface TraceOptions {
  /**
   * 1: launches. 2: also what is compiled, with sizes and the operations of every kernel. 3: also how long both take, and
   * on WebGPU how long the GPU worked on each dispatch.
   */
  readonly level: 1 | 2 | 3;
  /** Called with every event, in order. It must not evaluate tensors: it runs inside of an evaluation. */
  readonly sink: (event: KernelEvent) => void;
  /** The device to watch; the default device when left out. */
  readonly device?: string;
}

interface Watch {
  readonly level: number;
  readonly sink: (event: KernelEvent) => void;
}

/** Who watches a device. Schedules compiled meanwhile stay connected, also to those that begin to watch later. */
const watches = new WeakMap<Backend, Set<Watch>>();
let plans = 0;

/** Tells everybody who wants to know. */
function tell(
  watching: Set<Watch>,
  event: Omit<KernelEvent, "text" | "milliseconds">,
  time: number,
  body: string,
): void {
  const { kind, device, plan, steps } = event;
  for (const { level, sink } of watching) {
    if (kind === "compile" && level < 2) continue;
    const timed = level >= 3 ? ` (${time.toFixed(3)} ms)` : "";
    const text = `${kind} ${device} ${plan}: ${steps.join("; ") || "nothing"}${timed}${body === "" ? "" : `\n${body}`}`;
    sink({ ...event, text, ...(level >= 3 && { milliseconds: time }) });
  }
}

/** Compiles a schedule and reports it and its runs. */
function watched(backend: Backend, compile: Backend["compile"], watching: Set<Watch>, plan: PlanSpec): Executable {
  const number = ++plans;
  const steps = plan.steps.map(stepName);
  const event = { device: backend.name, plan: number, steps };
  const start = performance.now();
  const executable = compile.call(backend, plan);
  const time = performance.now() - start;
  tell(watching, { kind: "compile", ...event }, time, planText(plan));
  return {
    run(storages, scalars) {
      if (watching.size === 0) return executable.run(storages, scalars);
      const start = performance.now();
      executable.run(storages, scalars);
      tell(watching, { kind: "launch", ...event }, performance.now() - start, "");
    },
    release: () => executable.release(),
  };
}

/** Reports a dispatch whose time is known now. */
function dispatched(device: string, sink: (event: KernelEvent) => void, time: DispatchTime): void {
  const milliseconds = time.nanoseconds / 1e6;
  const groups = time.workgroups.join("x");
  const text = `dispatch ${device}: ${time.label}, workgroups ${groups} (${milliseconds.toFixed(3)} ms)`;
  sink({ kind: "dispatch", device, plan: 0, steps: [time.label], milliseconds, text });
}

/** Puts the reports in front of a backend's `compile` and returns who is told. */
function install(backend: Backend): Set<Watch> {
  const found = watches.get(backend);
  if (found !== undefined) return found;
  const watching = new Set<Watch>();
  watches.set(backend, watching);
  const { compile } = backend;
  backend.compile = (plan) =>
    watching.size === 0 ? compile.call(backend, plan) : watched(backend, compile, watching, plan);
  return watching;
}

/**
 * Reports what a device compiles and runs, until the returned function is called. An evaluation is one launch of one
 * schedule of several steps.
 *
 * Schedules are kept and used again: of those that were compiled while nobody watched, launches are not reported. So start
 * before the first evaluation that matters.
 *
 * A watched device computes the same as before. On WebGPU the times of dispatches are known some time after the launch,
 * those of the last ones after the reports were ended.
 * @returns ends the reports; a second call does nothing
 * @throws ArgumentError for a level that does not exist or a sink that is no function, DeviceError for an unknown device
 * @example
 * const stop = traceKernels({ level: 1, sink: (event) => console.log(event.text) });
 * sum(mul(ones([100]), 2)).eval(); // launch cpu 1: reduce [1] over [100]
 * stop();
 */
export function traceKernels(options: TraceOptions): () => void {
  checkOptions("traceKernels", options, ["level", "sink", "device"]);
  const { level, sink, device = defaultDevice() } = options ?? {};
  if (level !== 1 && level !== 2 && level !== 3) {
    throw new ArgumentError(`traceKernels: level does not exist (got ${show(level)}, expected 1, 2 or 3).`);
  }
  requireFunction("traceKernels", sink);
  const backend = backendOf(device);
  const watching = install(backend);
  const watch = { level, sink };
  watching.add(watch);
  const stopTimes = level === 3 ? backend.profile?.((time) => dispatched(device, sink, time)) : undefined;
  return () => {
    watching.delete(watch);
    // A failure of the device is thrown by the next use of a tensor on it as well.
    void stopTimes?.().catch(() => undefined);
  };
}
