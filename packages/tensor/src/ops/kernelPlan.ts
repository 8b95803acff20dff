/** Launches of kernels on the CPU and on WebGPU. */
import type { CpuRoutinePlan, GpuRoutinePlan, RoutineOperand, Word } from "../backend/backend.ts";
import { emitSpmd, programLanes } from "../backend/cpu/spmd.ts";
import { f32Bits } from "../backend/webgpu/bits.ts";
import { grid, WORKGROUP } from "../backend/webgpu/grid.ts";
import { programToWgsl, programWords } from "../backend/webgpu/wgslProgram.ts";
import { dtypeInfo, type DType } from "../dtype.ts";
import type { Traced } from "../kernel/dsl/trace.ts";
import type { Ty } from "../kernel/expr.ts";
import { programLayout } from "../kernel/program.ts";
import { unitOperations } from "../kernel/programCost.ts";
import type { StagedProgram } from "../kernel/programOptimize.ts";

/** Everything that a node of a kernel knows; it is interned by its text. */
export interface KernelAttr {
  readonly float: "f32" | "f64";
  readonly units: readonly number[];
  readonly outputs: readonly { readonly shape: readonly number[]; readonly dtype: DType }[];
  readonly attrs: Readonly<Record<string, number>>;
}

/** A body for one choice of types and ranks. */
export interface Variant extends Traced {
  readonly key: string;
  readonly staged: StagedProgram;
}

/** Values of a variant's parameters, rounded to their types. */
export function paramValues(
  { params, program }: Variant,
  shapes: readonly (readonly number[])[],
  attr: KernelAttr,
): number[] {
  return params.map((p, i) => {
    const value = p.kind === "size" ? (shapes[p.operand][p.axis] ?? 1) : attr.attrs[p.name];
    return program.params[i] === "f32" ? Math.fround(value) : value;
  });
}

/** The 32-bit words of a parameter; values of 32 bits leave the second one unused. */
function paramWords(ty: Ty, value: number): [number, number] {
  if (ty === "f64") {
    const [low, high] = new Uint32Array(Float64Array.of(value).buffer);
    return [low, high];
  }
  return [ty === "f32" ? f32Bits(value) : value >>> 0, 0];
}

/** Number of elements. */
export const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** Nanoseconds of an operation on one vector, roughly. */
const OPERATION_TIME = 0.35;

/** One launch over all units. */
export function cpuPlan(
  variant: Variant,
  inputs: readonly RoutineOperand[],
  outputs: readonly RoutineOperand[],
  attr: KernelAttr,
): CpuRoutinePlan {
  const { staged, key } = variant;
  const layout = programLayout(staged);
  const all = [...inputs, ...outputs];
  const params = paramValues(
    variant,
    all.map((o) => o.shape),
    attr,
  );
  const words = new Array<Word>(layout.words).fill(0);
  attr.units.forEach((n, d) => (words[d] = n));
  const bytes = (o: RoutineOperand): number => o.offset * dtypeInfo(o.dtype).bytes;
  all.forEach((o, i) => {
    const at = i < inputs.length ? { input: i } : { output: i - inputs.length };
    words[layout.buffers + i] = { ...at, bytes: bytes(o) };
  });
  params.forEach((v, i) => paramWords(staged.params[i], v).forEach((w, n) => (words[layout.params[i] + n] = w)));
  const unitCost = (OPERATION_TIME * unitOperations(staged.body, params)) / programLanes(staged);
  const launch = {
    key,
    bytes: (shared: boolean) => emitSpmd(staged, { shared }),
    words,
    units: product(attr.units),
    unitCost,
    scratch: 0,
  };
  return { temps: [], launches: [launch] };
}

/** One dispatch with an invocation per unit. */
export function gpuPlan(
  variant: Variant,
  inputs: readonly RoutineOperand[],
  outputs: readonly RoutineOperand[],
  attr: KernelAttr,
): GpuRoutinePlan {
  const { staged, key } = variant;
  const all = [...inputs, ...outputs];
  const params = paramValues(
    variant,
    all.map((o) => o.shape),
    attr,
  );
  const dispatch = {
    key,
    wgsl: () => programToWgsl(staged),
    words: programWords(
      staged,
      attr.units,
      all.map((o) => o.offset),
      params.map((v, i) => paramWords(staged.params[i], v)),
    ),
    bindings: [...inputs.map((_, i) => ({ input: i })), ...outputs.map((_, i) => ({ output: i }))],
    workgroups: grid(Math.ceil(product(attr.units) / WORKGROUP)),
  };
  return { temps: [], dispatches: [dispatch] };
}
