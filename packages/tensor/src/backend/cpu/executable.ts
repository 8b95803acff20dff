/**
 * A plan on the CPU: parameter blocks prepared once in the arena, temporaries packed by lifetime, and a run that only
 * patches pointers and scalars and calls compiled functions.
 */
import { dtypeInfo, type RealDType as DType } from "../../dtype.ts";
import { InternalError } from "../../errors.ts";
import { layoutOf, kernelExprs, lanes, type Kernel } from "../../kernel/kernel.ts";
import { visitExprs, type Ty } from "../../kernel/expr.ts";
import type { MemoryViews } from "../../kernel/interp.ts";
import type {
  CpuLaunch,
  Executable,
  FillStep,
  JsOperand,
  KernelStep,
  PlanSpec,
  RoutineOperand,
  RoutineStep,
  Slot,
  Storage,
} from "../backend.ts";
import { sizeClass, type Arena } from "./arena.ts";
import type { CompiledFunction, Engine } from "./engine.ts";
import { parts } from "./parts.ts";
import type { RowGroup } from "./rows.ts";
import { packTemps, type TempRequest } from "./temps.ts";

/** One call of the run. */
interface Call {
  /** Compiled function, or null for `perform`. */
  readonly compiled: CompiledFunction | null;
  /** First word of its parameter block within the plan's block. */
  readonly word: number;
  readonly units: number;
  readonly unitCost: number;
  readonly perform: ((address: (slot: number) => number) => void) | null;
}

/** A word to fill with an address at every run. */
interface PointerPatch {
  readonly word: number;
  readonly slot: number;
  readonly bytes: number;
}

/** A word to fill with a scalar at every run. */
interface ScalarPatch {
  readonly word: number;
  readonly ty: Ty;
  readonly index: number;
}

/** A plan under construction. */
export interface Build {
  readonly plan: PlanSpec;
  readonly arena: Arena;
  readonly engine: Engine;
  readonly calls: Call[];
  readonly words: number[];
  readonly floats: { word: number; ty: Ty; value: number }[];
  readonly pointers: PointerPatch[];
  readonly scalars: ScalarPatch[];
  /** Lifetimes of temporaries: the plan's temp slots first, then those of routines (slot numbers beyond the plan's). */
  readonly temps: TempRequest[];
  nextSlot: number;
  scratch: number;
  /** Of the steps that are run together with others: the first and the last of them, and the slots that only they use. */
  readonly firstOf: Map<number, number>;
  readonly lastOf: Map<number, number>;
  readonly isPrivate: Set<number>;
}

/** Compiles a plan for an arena. */
export function compilePlan(plan: PlanSpec, arena: Arena, engine: Engine): Executable {
  const build: Build = {
    plan,
    arena,
    engine,
    calls: [],
    words: [],
    floats: [],
    pointers: [],
    scalars: [],
    temps: [],
    nextSlot: plan.slots.length,
    scratch: 0,
    firstOf: new Map(),
    lastOf: new Map(),
    isPrivate: new Set(),
  };
  const rows = engine.fastRoutines ? parts.rows : undefined;
  let at = 0;
  for (const step of rows?.group(plan) ?? plan.steps) {
    if (step.kind === "kernel") addKernel(build, step);
    else if (step.kind === "routine") addRoutine(build, step, at);
    else if (step.kind === "fill") addFill(build, step);
    else rows?.add(build, step, at);
    at += step.kind === "rows" ? step.steps.length : 1;
  }
  plan.slots.forEach((slot, i) => {
    if (slot.kind !== "temp" || slot.first < 0 || build.isPrivate.has(i)) return;
    const [first, last] = [build.firstOf.get(slot.first) ?? slot.first, build.lastOf.get(slot.last) ?? slot.last];
    build.temps.push({ slot: i, bytes: slotBytes(slot), first, last });
  });
  const packed = packTemps(build.temps);
  const tempOffset = new Float64Array(build.nextSlot).fill(-1);
  build.temps.forEach((t, i) => (tempOffset[t.slot] = packed.offsets[i]));

  const blockBytes = Math.max(8, build.words.length * 4);
  const block = arena.alloc(blockBytes);
  const base = block >>> 2;
  arena.views.i32.set(build.words, base);
  for (const f of build.floats) writeScalar(arena.views, base + f.word, f.ty, f.value);
  return runner(build, arena, tempOffset, packed.bytes, block, blockBytes);
}

function runner(
  build: Build,
  arena: Arena,
  tempOffset: Float64Array,
  tempBytes: number,
  block: number,
  blockBytes: number,
): Executable {
  const { calls, pointers, scalars, engine, scratch } = build;
  const base = block >>> 2;
  const views = arena.views;
  const addresses = new Float64Array(build.nextSlot);
  const address = (slot: number): number => addresses[slot];
  let released = false;
  return {
    run(storages: readonly (Storage | null)[], values: readonly number[]) {
      if (released) throw new InternalError("cpu: a released plan was run.");
      const temps = tempBytes === 0 ? 0 : arena.alloc(tempBytes);
      const threads = engine.threads();
      const perThread = scratch === 0 ? 0 : sizeClass(scratch);
      const scratchSize = perThread * threads;
      let scratchAt = 0;
      try {
        if (scratchSize !== 0) scratchAt = arena.alloc(scratchSize);
        for (let i = 0; i < addresses.length; i++) {
          const s = i < storages.length ? storages[i] : null;
          addresses[i] = s !== null ? s.ptr : temps + tempOffset[i];
        }
        const i32 = views.i32;
        for (let i = 0; i < pointers.length; i++) {
          const p = pointers[i];
          // Addresses beyond 2^31 wrap to the i32 of the same bits.
          i32[base + p.word] = addresses[p.slot] + p.bytes;
        }
        for (let i = 0; i < scalars.length; i++) {
          const s = scalars[i];
          writeScalar(views, base + s.word, s.ty, values[s.index]);
        }
        for (let i = 0; i < calls.length; i++) {
          const c = calls[i];
          if (c.compiled === null) c.perform?.(address);
          else engine.run(c.compiled, block + c.word * 4, c.units, c.unitCost, scratchAt, perThread);
        }
      } finally {
        if (tempBytes !== 0) arena.free(temps, tempBytes);
        if (scratchAt !== 0) arena.free(scratchAt, scratchSize);
      }
    },
    release() {
      if (released) return;
      released = true;
      arena.free(block, blockBytes);
    },
  };
}

function slotBytes(slot: Slot): number {
  return Math.max(1, slot.size * dtypeInfo(slot.dtype).bytes);
}

function writeScalar(views: MemoryViews, word: number, ty: Ty, value: number): void {
  switch (ty) {
    case "f64":
      views.f64[word >>> 1] = value;
      break;
    case "f32":
      views.f32[word] = value;
      break;
    case "u32":
      views.u32[word] = value;
      break;
    case "bool":
      views.i32[word] = value !== 0 ? 1 : 0;
      break;
    default:
      views.i32[word] = value;
  }
}

/** Starts a parameter block at an even word, so that 64-bit values in it are aligned. */
export function startBlock(build: Build): number {
  if (build.words.length % 2 === 1) build.words.push(0);
  return build.words.length;
}

function addKernel(build: Build, step: KernelStep): void {
  const { kernel } = step;
  const word = startBlock(build);
  build.words.push(...parameters(build, step, kernel, word, null));
  build.calls.push({
    compiled: build.engine.compile(kernel),
    word,
    units: step.sizes[0],
    unitCost: kernelCost(kernel, step),
    perform: null,
  });
}

/** Words of a kernel's parameter block that lies at `word`; what varies from run to run is added to the patches. */
export function parameters(
  build: Build,
  step: KernelStep,
  kernel: Kernel,
  word: number,
  places: RowGroup["places"] | null,
): number[] {
  const layout = layoutOf(kernel);
  const words = new Array<number>(layout.words).fill(0);
  step.sizes.forEach((n, i) => (words[i] = n));
  words[layout.block] = step.block;
  step.accesses.forEach((a, i) => {
    const at = layout.accesses[i];
    const dtype = kernel.accesses[i].dtype;
    const bytes = dtype === null ? 1 : dtypeInfo(dtype).bytes;
    a.strides.forEach((s, d) => (words[at + 1 + d] = s * bytes));
    const place = places?.get(a.slot);
    if (dtype === null) words[at] = a.offset;
    else if (place !== undefined) words[at] = place + a.offset * bytes;
    else build.pointers.push({ word: word + at, slot: a.slot, bytes: a.offset * bytes });
  });
  step.params.forEach((p, i) => {
    const at = word + layout.params[i];
    const ty = kernel.params[i];
    if (p.kind === "scalar") build.scalars.push({ word: at, ty, index: p.index });
    else build.floats.push({ word: at, ty, value: p.value });
  });
  return words;
}

/** Nanoseconds of one iteration of the first parallel loop, roughly: a quarter per operation and lane. */
export function kernelCost(kernel: Kernel, { sizes, block }: KernelStep): number {
  let operations = 1;
  visitExprs(kernelExprs(kernel), (e) => {
    if (e.op !== "const" && e.op !== "param") operations++;
  });
  // A split reduction walks one block of its first reduction loop per unit.
  const steps = sizes.map((n, d) => (kernel.split && d === kernel.dims ? Math.min(n, block) : n));
  const inner = steps.slice(1).reduce((a, b) => a * b, 1);
  return (operations * 0.35 * inner) / lanes(kernel);
}

function addRoutine(build: Build, step: RoutineStep, at: number): void {
  const { routine, inputs, outputs, attr } = step;
  const fast = build.engine.fastRoutines
    ? (routine.cpu?.(inputs, outputs, attr, build.engine.options()) ?? null)
    : null;
  if (fast === null) {
    build.calls.push({
      compiled: null,
      word: 0,
      units: 0,
      unitCost: 0,
      perform: (address) => {
        const operand = (o: RoutineOperand): JsOperand => jsOperand(build.arena.views, o, address(o.slot));
        routine.js(inputs.map(operand), outputs.map(operand), attr, build.engine, build.arena);
      },
    });
    return;
  }
  const temps = fast.temps.map((bytes) => {
    const slot = build.nextSlot++;
    build.temps.push({ slot, bytes: Math.max(1, bytes), first: at, last: at });
    return slot;
  });
  for (const launch of fast.launches) addLaunch(build, launch, inputs, outputs, temps);
}

function addLaunch(
  build: Build,
  launch: CpuLaunch,
  inputs: readonly RoutineOperand[],
  outputs: readonly RoutineOperand[],
  temps: readonly number[],
): void {
  const word = startBlock(build);
  launch.words.forEach((w, i) => {
    if (typeof w === "number") {
      build.words.push(w);
      return;
    }
    build.words.push(0);
    const slot = "input" in w ? inputs[w.input].slot : "output" in w ? outputs[w.output].slot : temps[w.temp];
    build.pointers.push({ word: word + i, slot, bytes: w.bytes ?? 0 });
  });
  build.scratch = Math.max(build.scratch, launch.scratch);
  build.calls.push({
    compiled: build.engine.compileLaunch(launch),
    word,
    units: launch.units,
    unitCost: launch.unitCost,
    perform: null,
  });
}

function jsOperand(views: MemoryViews, o: RoutineOperand, address: number): JsOperand {
  return {
    ...o,
    offset: address / dtypeInfo(o.dtype).bytes + o.offset,
    get data() {
      return viewFor(views, o.dtype);
    },
  };
}

function viewFor(views: MemoryViews, dtype: DType): MemoryViews[keyof MemoryViews] {
  return dtype === "bool" ? views.u8 : views[dtype];
}

function addFill(build: Build, step: FillStep): void {
  const { dtype, size } = build.plan.slots[step.slot];
  build.calls.push({
    compiled: null,
    word: 0,
    units: 0,
    unitCost: 0,
    perform: (address) => {
      const at = address(step.slot) / dtypeInfo(dtype).bytes;
      viewFor(build.arena.views, dtype).fill(step.value, at, at + size);
    },
  });
}
