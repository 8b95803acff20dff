/**
 * Compiled plans: everything that does not change between runs is made once; a run encodes one pass and submits it, as
 * soon as all pipelines are compiled.
 */
import { InternalError } from "../../errors.ts";
import type { Executable, PlanSpec, Storage } from "../backend.ts";
import { scalarBits, toDispatches, type Dispatch, type Temp } from "./dispatch.ts";
import type { Guard } from "./guard.ts";
import { sizeClass, type Block, type Pool } from "./pool.ts";
import type { Profiler } from "./profile.ts";
import type { Program, ProgramCache } from "./programs.ts";
import type { Stream } from "./stream.ts";
import { BUFFER } from "./usage.ts";

/** What an executable needs from its device. */
export interface ExecutionContext {
  readonly device: GPUDevice;
  readonly guard: Guard;
  readonly pool: Pool;
  readonly stream: Stream;
  readonly profiler: Profiler;
  readonly programs: ProgramCache;
  readonly blockOf: (storage: Storage) => Block;
}

/** A bind group and the blocks it binds. */
interface Bound {
  readonly ids: readonly number[];
  readonly group: GPUBindGroup;
}

/** A dispatch with its pipeline, the place of its parameters and its bind groups, most recently used first. */
interface Launch {
  readonly dispatch: Dispatch;
  readonly program: Program;
  /** Byte offset of the parameter block. */
  readonly offset: number;
  readonly bound: Bound[];
}

/** Bind groups kept per launch. Buffers come from a last-in-first-out pool, so that few sets of them recur. */
const BOUND = 8;

/** Assigns temporaries whose lives do not overlap to the same block. Returns the blocks' sizes and each slot's block. */
export function packTemps(temps: readonly Temp[]): { readonly sizes: number[]; readonly blockOf: Map<number, number> } {
  const sizes: number[] = [];
  const blockOf = new Map<number, number>();
  /** Blocks that nobody uses any more, by size. */
  const free = new Map<number, number[]>();
  const ending = [...temps].sort((a, b) => a.last - b.last);
  let ended = 0;
  for (const temp of [...temps].sort((a, b) => a.first - b.first)) {
    for (; ending[ended].last < temp.first; ended++) {
      const at = blockOf.get(ending[ended].slot) as number;
      const list = free.get(sizes[at]);
      if (list === undefined) free.set(sizes[at], [at]);
      else list.push(at);
    }
    const size = sizeClass(temp.bytes);
    blockOf.set(temp.slot, free.get(size)?.pop() ?? sizes.push(size) - 1);
  }
  return { sizes, blockOf };
}

function makeLaunches(
  context: ExecutionContext,
  dispatches: readonly Dispatch[],
): { launches: Launch[]; bytes: number } {
  const align = context.device.limits.minUniformBufferOffsetAlignment;
  let offset = 0;
  const launches = dispatches.map((dispatch): Launch => {
    const launch = {
      dispatch,
      program: context.programs.get(dispatch.key, dispatch.wgsl, dispatch.label),
      offset,
      bound: [],
    };
    offset += Math.ceil(dispatch.words.byteLength / align) * align;
    return launch;
  });
  return { launches, bytes: offset };
}

/** WebGPU forbids to bind a buffer twice when one use writes. */
function checkClash({ dispatch: { buffers }, program: { written } }: Launch, blocks: readonly Block[]): void {
  buffers.forEach((slot, i) => {
    const clash = written[i] && buffers.some((other, j) => j !== i && blocks[other].buffer === blocks[slot].buffer);
    if (clash) throw new InternalError("webgpu: a step writes a buffer that it also reads under another slot.");
  });
}

/** The bind group of a launch for the blocks in `blocks` (by slot). */
function bind(context: ExecutionContext, launch: Launch, params: GPUBuffer, blocks: readonly Block[]): GPUBindGroup {
  const { buffers, words } = launch.dispatch;
  const { layout } = launch.program;
  checkClash(launch, blocks);
  const group = context.guard.scoped("binding of buffers", () =>
    context.device.createBindGroup({
      layout,
      entries: [
        { binding: 0, resource: { buffer: params, offset: launch.offset, size: words.byteLength } },
        ...buffers.map((slot, i) => ({ binding: i + 1, resource: { buffer: blocks[slot].buffer } })),
      ],
    }),
  );
  launch.bound.unshift({ ids: buffers.map((slot) => blocks[slot].id), group });
  if (launch.bound.length > BOUND) launch.bound.pop();
  return group;
}

/** The cached bind group for these blocks, moved to the front. */
function findBound(launch: Launch, blocks: readonly Block[]): GPUBindGroup | undefined {
  const { bound, dispatch } = launch;
  for (let k = 0; k < bound.length; k++) {
    const { ids } = bound[k];
    let i = 0;
    while (i < ids.length && ids[i] === blocks[dispatch.buffers[i]].id) i++;
    if (i < ids.length) continue;
    const found = bound[k];
    if (k > 0) {
      bound.copyWithin(1, 0, k);
      bound[0] = found;
    }
    return found.group;
  }
  return undefined;
}

/** The words of all parameter blocks, the range that scalars touch, and how to put scalars into it. */
function makeParams(launches: readonly Launch[], bytes: number) {
  const words = new Uint32Array(bytes / 4);
  const targets: { readonly at: number; readonly ty: Parameters<typeof scalarBits>[0]; readonly scalar: number }[] = [];
  for (const { dispatch, offset } of launches) {
    words.set(dispatch.words, offset / 4);
    for (const { word, ty, scalar } of dispatch.scalars) targets.push({ at: offset / 4 + word, ty, scalar });
  }
  const first = targets.length === 0 ? 0 : targets[0].at;
  const last = targets.length === 0 ? 0 : targets[targets.length - 1].at + 1;
  return {
    words,
    range: [first, last] as const,
    /** Returns whether any word changed. */
    update(scalars: readonly number[]): boolean {
      let changed = false;
      for (const { at, ty, scalar } of targets) {
        const bits = scalarBits(ty, scalars[scalar]);
        if (words[at] === bits) continue;
        words[at] = bits;
        changed = true;
      }
      return changed;
    },
  };
}

/** Compiles a plan for a device. */
export function createExecutable(context: ExecutionContext, plan: PlanSpec): Executable {
  const { device, guard, pool, stream, blockOf } = context;
  const { dispatches, temps, slots } = toDispatches(plan);
  const packed = packTemps(temps);
  const { launches, bytes } = makeLaunches(context, dispatches);
  const params = makeParams(launches, bytes);
  const paramBuffer = guard.scoped("allocation of parameters", () =>
    device.createBuffer({ size: Math.max(16, bytes), usage: BUFFER.UNIFORM | BUFFER.COPY_DST }),
  );
  if (bytes > 0) device.queue.writeBuffer(paramBuffer, 0, params.words);
  const programs = [...new Set(launches.map((l) => l.program))];
  const current = new Array<Block>(slots);
  let released = false;

  const encodeOne = (pass: GPUComputePassEncoder, launch: Launch, blocks: readonly Block[]): void => {
    pass.setBindGroup(0, findBound(launch, blocks) ?? bind(context, launch, paramBuffer, blocks));
    const [x, y, z] = launch.dispatch.workgroups;
    pass.dispatchWorkgroups(x, y, z);
  };
  const encode = (blocks: readonly Block[]): void => {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    let set: GPUComputePipeline | null = null;
    for (const launch of launches) {
      const { pipeline } = launch.program;
      if (pipeline !== set) pass.setPipeline(pipeline as GPUComputePipeline);
      set = pipeline;
      encodeOne(pass, launch, blocks);
    }
    pass.end();
    device.queue.submit([encoder.finish()]);
  };

  const submit = (blocks: readonly Block[], scalars: readonly number[]): void => {
    // The device refused a shader: the guard knows, and every later use of the device says so.
    if (programs.some((p) => p.pipeline === null)) return;
    if (params.update(scalars)) {
      const [first, last] = params.range;
      device.queue.writeBuffer(paramBuffer, 4 * first, params.words, first, last - first);
    }
    if (context.profiler.active) {
      context.profiler.submit(
        launches.map((launch) => ({
          label: launch.dispatch.label(),
          workgroups: launch.dispatch.workgroups,
          encode(pass) {
            pass.setPipeline(launch.program.pipeline as GPUComputePipeline);
            encodeOne(pass, launch, blocks);
          },
        })),
      );
      return;
    }
    // Buffers bound for the first time are the only new thing that WebGPU could object to.
    if (launches.every((launch) => findBound(launch, blocks) !== undefined)) encode(blocks);
    else guard.scoped("running a plan", () => encode(blocks));
  };
  /** Whether nothing holds up a run. */
  const free = (): boolean => !stream.waiting && programs.every((p) => p.done);

  return {
    run(storages, scalars) {
      guard.check();
      if (released) throw new InternalError("webgpu: a plan is run after its release.");
      for (let i = 0; i < storages.length; i++) {
        const storage = storages[i];
        if (storage !== null) current[i] = blockOf(storage);
      }
      const held: Block[] = [];
      try {
        for (const size of packed.sizes) held.push(pool.take(size));
        for (const [slot, at] of packed.blockOf) current[slot] = held[at];
        if (launches.length === 0) return;
        if (free()) {
          submit(current, scalars);
        } else {
          const [blocks, numbers] = [[...current], [...scalars]];
          for (const launch of launches) checkClash(launch, blocks);
          stream.add(() => submit(blocks, numbers), programs);
        }
      } finally {
        // Last taken, first given back: the next run gets the same blocks, and so the same bind groups.
        for (let i = held.length - 1; i >= 0; i--) pool.give(held[i]);
      }
    },
    release() {
      if (released) return;
      released = true;
      stream.add(() => {
        for (const launch of launches) launch.bound.length = 0;
        paramBuffer.destroy();
      });
    },
  };
}
