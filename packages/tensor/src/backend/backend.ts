/**
 * What a device must be able to do. The graph layer schedules work into a {@link PlanSpec} that knows nothing about
 * devices; a backend compiles it once and runs it many times.
 */
import type { DataArray, RealDType as DType } from "../dtype.ts";
import type { MemoryViews } from "../kernel/interp.ts";
import type { Graph } from "../graph/levels.ts";
import type { Kernel } from "../kernel/kernel.ts";

/** A block of device memory holding one tensor in C order. */
export interface Storage {
  readonly backend: Backend;
  /** Requested size in bytes. */
  readonly bytes: number;
  /** CPU: byte address in the arena. */
  readonly ptr: number;
  /** WebGPU: the buffer (a GPUBuffer). */
  readonly buffer?: unknown;
  /** Set once the block went back to its pool. */
  freed: boolean;
}

/** A tensor-shaped window of a slot: `offset + sum strides_d * i_d`, in elements. */
export interface View {
  readonly slot: number;
  readonly offset: number;
  readonly strides: readonly number[];
}

/** An operand of a routine. */
export interface RoutineOperand extends View {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** A buffer used by a plan. */
export interface Slot {
  readonly dtype: DType;
  /** Number of elements. */
  readonly size: number;
  /** `input`: handed in; `output`: handed in, to be filled; `temp`: lives only inside the run. */
  readonly kind: "input" | "output" | "temp";
  /** For `temp`: first and last step (inclusive) in which it is used. */
  readonly first: number;
  readonly last: number;
}

/** Where a kernel's scalar parameter comes from. */
export type ParamSource =
  | { readonly kind: "scalar"; readonly index: number }
  | { readonly kind: "const"; readonly value: number };

/** Launch of a fused kernel. */
export interface KernelStep {
  readonly kind: "kernel";
  readonly kernel: Kernel;
  /** Sizes of all loops, parallel first. */
  readonly sizes: readonly number[];
  /** Iterations of the first reduction loop per block, when `kernel.split`. */
  readonly block: number;
  /** Per access: for iota the slot is -1 and offset and strides are plain integers. */
  readonly accesses: readonly View[];
  readonly params: readonly ParamSource[];
}

/** Launch of a hand-written routine (matrix product, convolution, ...). */
export interface RoutineStep {
  readonly kind: "routine";
  readonly routine: Routine;
  readonly attr: unknown;
  readonly inputs: readonly RoutineOperand[];
  readonly outputs: readonly RoutineOperand[];
}

/** Fills a whole slot with one value (before parts of it are overwritten). */
export interface FillStep {
  readonly kind: "fill";
  readonly slot: number;
  readonly value: number;
}

export type Step = KernelStep | RoutineStep | FillStep;

/** A schedule: the steps in order, the buffers they touch and how many scalars vary from run to run. */
export interface PlanSpec {
  readonly steps: readonly Step[];
  readonly slots: readonly Slot[];
  /** Number of scalar values handed in at every run. */
  readonly scalars: number;
}

/** A compiled plan. */
export interface Executable {
  /**
   * Runs the plan.
   * @param storages one per slot, in order; null for `temp` slots
   * @param scalars values of the plan's scalars
   */
  run(storages: readonly (Storage | null)[], scalars: readonly number[]): void;
  /** Gives back what the executable itself holds (parameter blocks, pipelines' bindings). */
  release(): void;
}

/** Memory use of a device, in bytes. */
export interface MemoryUse {
  /** Held by tensors and running plans. */
  readonly used: number;
  /** Recycled blocks waiting for reuse. */
  readonly pooled: number;
  /** Highest value of `used` so far. */
  readonly peak: number;
}

/** A device that executes plans. */
export interface Backend {
  /** `"cpu"`, `"js"` or `"webgpu"`. */
  readonly name: string;
  readonly dtypes: ReadonlySet<DType>;
  /** Most buffers one kernel can touch; absent: no limit. */
  readonly maxBuffers?: number;
  /** With such a limit: stores parts of what reads more. @returns whether anything changed */
  readonly capBuffers?: (graph: Graph) => boolean;
  /** Bytes of one element in this device's memory. */
  elementBytes(dtype: DType): number;
  alloc(bytes: number): Storage;
  free(storage: Storage): void;
  /** Fills a storage from a typed array in the CPU layout of `dtype` (bools one byte each). */
  write(storage: Storage, dtype: DType, data: ArrayBufferView): void;
  /** Copies `size` elements out, in the CPU layout of `dtype`. */
  read(storage: Storage, dtype: DType, size: number): Promise<ArrayBuffer>;
  /** The same at once, where the device allows it. */
  readSync?(storage: Storage, dtype: DType, size: number): ArrayBuffer;
  /** The same into an existing array in the CPU layout, where the device allows it. */
  readInto?(storage: Storage, dtype: DType, target: ArrayBufferView): void;
  /** The memory of `size` elements itself, where JavaScript can see it. */
  view?(storage: Storage, dtype: DType, size: number): DataArray;
  compile(plan: PlanSpec): Executable;
  memory(): MemoryUse;
  /** Times every dispatch until the returned function is called, where the device can tell. */
  profile?(sink: (time: DispatchTime) => void): () => Promise<void>;
  /** Number of compiled kernels that are kept. */
  kernels(): number;
}

/**
 * A hand-written operation, with one implementation per kind of device. The CPU parts are described in
 * `cpu/routine.ts`, the WebGPU part in `webgpu/routine.ts`; both are kept as opaque functions here so that a routine's
 * definition can be tree-shaken with the operation that uses it.
 */
export interface Routine {
  readonly name: string;
  /** Plain JavaScript on the arena: the oracle of this routine. */
  readonly js: JsRoutine;
  /** Fast CPU version; absent: the oracle is used. */
  readonly cpu?: CpuRoutine;
  /** WebGPU version. */
  readonly gpu?: GpuRoutine;
}

/** Typed access to one operand in plain JavaScript: element `i` (in elements of its slot) is `data[i]`. */
export interface JsOperand {
  /** The memory as it is now: to be read again after taking room from the host. */
  readonly data: { [index: number]: number; readonly length: number };
  readonly offset: number;
  readonly strides: readonly number[];
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** The part of the CPU's engine that a routine in JavaScript can use. */
export interface RoutineEngine {
  /** Whether there are compiled functions; `compileLaunch` throws otherwise. */
  readonly fastRoutines: boolean;
  /** `run` is the function of that name that the module exports; equal keys mean equal bytes. */
  compileLaunch(module: Pick<CpuLaunch, "key" | "bytes">): { readonly run: unknown };
  options(): { readonly relaxed: boolean };
}

/** The part of the CPU's memory that a routine in JavaScript can use. */
export interface RoutineMemory {
  /** Taking room may replace them. */
  readonly views: MemoryViews;
  /** Address of `bytes` bytes. @throws OutOfMemoryError */
  alloc(bytes: number): number;
  free(address: number, bytes: number): void;
}

/**
 * Oracle of a routine: fills the outputs (C order from `offset`). With a fast engine it may leave parts of the work to functions that
 * it compiles.
 */
export type JsRoutine = (
  inputs: readonly JsOperand[],
  outputs: readonly JsOperand[],
  attr: unknown,
  engine: RoutineEngine,
  memory: RoutineMemory,
) => void;

/** A word of a CPU launch's parameter block. */
export type Word =
  | number
  | { readonly input: number; readonly bytes?: number }
  | { readonly output: number; readonly bytes?: number }
  | { readonly temp: number; readonly bytes?: number };

/** One launch of a CPU routine: an exported WebAssembly function `run(pp, lo, hi, scratch)`. */
export interface CpuLaunch {
  /** Equal keys mean equal module bytes. */
  readonly key: string;
  /** Module bytes; the module imports `env.memory` and exports `run`. `shared` tells the memory's kind. */
  readonly bytes: (shared: boolean) => Uint8Array;
  /**
   * Parameter block: i32 words. A pointer word is the byte address of an input (its `offset` not added), output or
   * temporary, plus `bytes`.
   */
  readonly words: readonly Word[];
  /** Number of independent work units; any split of [0, units) must give the same bits. */
  readonly units: number;
  /** Estimated cost of one unit in nanoseconds, for the choice of chunks. */
  readonly unitCost: number;
  /** Bytes of per-thread scratch needed. */
  readonly scratch: number;
}

/** Plan of a CPU routine: temporaries (bytes each) shared by its launches, which run one after the other. */
export interface CpuRoutinePlan {
  readonly temps: readonly number[];
  readonly launches: readonly CpuLaunch[];
}

/** How long one dispatch took. */
export interface DispatchTime {
  /** What the shader does, in a few words. */
  readonly label: string;
  readonly workgroups: readonly [number, number, number];
  /** 0 when a clock was set back in between, as WebGPU allows. Browsers round the GPU's clock, often to 100 µs. */
  readonly nanoseconds: number;
  /**
   * `gpu`: by the GPU's clock. `completion`: from the end of the dispatch before, or its own submission, to the message that
   * it is done, which adds the way of that message.
   */
  readonly clock: "gpu" | "completion";
}

/** Fast CPU version of a routine, or null when it has none for these operands (then the oracle runs). */
export type CpuRoutine = (
  inputs: readonly RoutineOperand[],
  outputs: readonly RoutineOperand[],
  attr: unknown,
  options: { readonly relaxed: boolean },
) => CpuRoutinePlan | null;

/** One dispatch of a WebGPU routine. */
export interface GpuDispatch {
  /** Equal keys mean equal shader text on a device. */
  readonly key: string;
  /** The shader; `language` holds the names of WGSL's optional features on the device, none when left out. */
  readonly wgsl: (language?: ReadonlySet<string>) => string;
  /** u32/i32 parameters, bound as a uniform at binding 0. */
  readonly words: readonly number[];
  /** Buffers at bindings 1, 2, ...: read-only inputs, then the buffers written. */
  readonly bindings: readonly ({ readonly input: number } | { readonly output: number } | { readonly temp: number })[];
  readonly workgroups: readonly [number, number, number];
}

/** Plan of a WebGPU routine: temporaries (elements of 4 bytes each) and dispatches in order. */
export interface GpuRoutinePlan {
  readonly temps: readonly number[];
  readonly dispatches: readonly GpuDispatch[];
}

/** WebGPU version of a routine, or null when it has none for these operands (then a DeviceError names it). */
export type GpuRoutine = (
  inputs: readonly RoutineOperand[],
  outputs: readonly RoutineOperand[],
  attr: unknown,
) => GpuRoutinePlan | null;
