/**
 * The oracle: runs a {@link Kernel} in plain JavaScript, element by element, with the reference semantics of
 * `semantics.ts`. It is slow and simple on purpose; it needs neither WebAssembly nor code generation.
 */
import { visitExprs, type Expr } from "./expr.ts";
import { lanes, layoutOf, type Kernel } from "./kernel.ts";
import { evaluate } from "./semantics.ts";

/** Typed views of one address space. `refresh` is called before use, because growing a memory may replace its buffer. */
export interface MemoryViews {
  u8: Uint8Array;
  i32: Int32Array;
  u32: Uint32Array;
  f32: Float32Array;
  f64: Float64Array;
}

/** Runs the launch whose parameter block starts at byte `pp`, for positions [lo, hi) of the first parallel loop. */
export type KernelFunction = (pp: number, lo: number, hi: number, scratch: number) => void;

type Value = number | bigint;

interface State {
  views: MemoryViews;
  /** Byte address of each access at the current position (plain integer for iota). */
  address: number[];
  params: Value[];
  acc: Value[];
  other: Value[];
  values: Value[];
}

/** Instructions in evaluation order and the value slots of the roots. */
interface Program {
  run(s: State): void;
  readonly slots: readonly number[];
}

function loadFrom(views: MemoryViews, dtype: string, address: number): number {
  switch (dtype) {
    case "bool":
      return views.u8[address] !== 0 ? 1 : 0;
    case "i32":
      return views.i32[address >>> 2];
    case "u32":
      return views.u32[address >>> 2];
    case "f32":
      return views.f32[address >>> 2];
    default:
      return views.f64[address >>> 3];
  }
}

function storeTo(views: MemoryViews, dtype: string, address: number, value: number): void {
  switch (dtype) {
    case "bool":
      views.u8[address] = value;
      break;
    case "i32":
      views.i32[address >>> 2] = value;
      break;
    case "u32":
      views.u32[address >>> 2] = value;
      break;
    case "f32":
      views.f32[address >>> 2] = value;
      break;
    default:
      views.f64[address >>> 3] = value;
  }
}

const ELEMENT_BYTES: Record<string, number> = { bool: 1, i32: 4, u32: 4, f32: 4, f64: 8 };

function programFor(kernel: Kernel, roots: readonly Expr[]): Program {
  const order: Expr[] = [];
  visitExprs(roots, (e) => order.push(e));
  const slotOf = new Map<number, number>(order.map((e, i) => [e.id, i]));
  const operands = order.map((e) => e.args.map((a) => slotOf.get(a.id) as number));
  return {
    slots: roots.map((r) => slotOf.get(r.id) as number),
    run(s) {
      for (let i = 0; i < order.length; i++) {
        const e = order[i];
        const at = operands[i];
        const n = e.value as number;
        let v: Value;
        switch (e.op) {
          case "const":
            v = e.value;
            break;
          case "param":
            v = s.params[n];
            break;
          case "iota":
            v = s.address[n] | 0;
            break;
          case "load": {
            const dtype = kernel.accesses[n].dtype as string;
            const extra = at.length > 0 ? (s.values[at[0]] as number) * ELEMENT_BYTES[dtype] : 0;
            v = loadFrom(s.views, dtype, s.address[n] + extra);
            break;
          }
          case "acc":
            v = s.acc[n];
            break;
          case "accOther":
            v = s.other[n];
            break;
          default:
            v = evaluate(
              e.op,
              e.ty,
              e.args[0].ty,
              at.map((k) => s.values[k]),
            );
        }
        s.values[i] = v;
      }
    },
  };
}

function readParams(kernel: Kernel, views: MemoryViews, pp: number): Value[] {
  const layout = layoutOf(kernel);
  return kernel.params.map((ty, i) => {
    const word = (pp >>> 2) + layout.params[i];
    if (ty === "f64") return views.f64[word >>> 1];
    if (ty === "f32") return views.f32[word];
    if (ty === "u32") return views.u32[word];
    return ty === "bool" ? (views.i32[word] !== 0 ? 1 : 0) : views.i32[word];
  });
}

/** Makes the function that runs `kernel` on the address space that `memory()` returns. */
export function interpret(kernel: Kernel, memory: () => MemoryViews): KernelFunction {
  const loops = kernel.dims + kernel.reduceDims;
  const layout = layoutOf(kernel);
  const L = lanes(kernel);
  const stores = kernel.stores.map((s) => kernel.accesses[s.access].dtype as string);
  const storeProgram = programFor(
    kernel,
    kernel.stores.map((s) => s.value),
  );
  const stepProgram = kernel.reduce ? programFor(kernel, kernel.reduce.step) : undefined;
  const mergeProgram = kernel.reduce ? programFor(kernel, kernel.reduce.merge) : undefined;
  const initial = kernel.reduce ? kernel.reduce.init.map((e) => e.value) : [];

  return (pp, lo, hi) => {
    const views = memory();
    const words = pp >>> 2;
    const sizes = Array.from({ length: loops }, (_, d) => views.u32[words + d]);
    const block = views.u32[words + layout.block];
    const base = layout.accesses.map((w, i) =>
      kernel.accesses[i].dtype === null ? views.i32[words + w] : views.u32[words + w],
    );
    const strides = layout.accesses.map((w) => Array.from({ length: loops }, (_, d) => views.i32[words + w + 1 + d]));
    const s: State = {
      views,
      address: [],
      params: readParams(kernel, views, pp),
      acc: [],
      other: [],
      values: [],
    };

    const seek = (position: readonly number[]): void => {
      for (let a = 0; a < base.length; a++) {
        let address = base[a];
        for (let d = 0; d < loops; d++) address += strides[a][d] * position[d];
        s.address[a] = address;
      }
    };
    const store = (): void => {
      storeProgram.run(s);
      for (let k = 0; k < stores.length; k++) {
        const value = s.values[storeProgram.slots[k]] as number;
        storeTo(views, stores[k], s.address[kernel.stores[k].access], value);
      }
    };
    const step = (accumulators: Value[], position: readonly number[]): void => {
      if (!stepProgram) return;
      seek(position);
      s.acc = accumulators;
      stepProgram.run(s);
      for (let k = 0; k < accumulators.length; k++) accumulators[k] = s.values[stepProgram.slots[k]];
    };
    const merge = (left: Value[], right: Value[]): void => {
      if (!mergeProgram) return;
      s.acc = left;
      s.other = right;
      mergeProgram.run(s);
      for (let k = 0; k < left.length; k++) left[k] = s.values[mergeProgram.slots[k]];
    };

    const reduceAt = (position: number[]): void => {
      const bounds = sizes.slice(kernel.dims);
      if (kernel.split) {
        const b = position[0];
        bounds[0] = Math.min(block, bounds[0] - b * block);
      }
      const rows = kernel.vector === "reduce";
      const lane: Value[][] = Array.from({ length: rows ? 4 * L : 1 }, () => [...initial]);
      const tail = [...initial];
      const inner = bounds[bounds.length - 1];
      const wide = Math.floor(inner / (4 * L)) * 4 * L;
      const narrow = Math.floor(inner / L) * L;
      forEach(bounds, kernel.dims, position, () => {
        const j = position[loops - 1];
        if (!rows) step(lane[0], position);
        else if (j < wide) step(lane[j % (4 * L)], position);
        else if (j < narrow) step(lane[j % L], position);
        else step(tail, position);
      });
      if (rows) {
        for (let h = 2 * L; h >= 1; h >>= 1) for (let i = 0; i < h; i++) merge(lane[i], lane[i + h]);
        merge(lane[0], tail);
      }
      for (let d = kernel.dims; d < loops; d++) position[d] = 0;
      seek(position);
      s.acc = lane[0];
      store();
    };

    const position = new Array<number>(loops).fill(0);
    const parallel = sizes.slice(0, kernel.dims);
    parallel[0] = hi - lo;
    forEach(parallel, 0, position, () => {
      position[0] += lo;
      if (kernel.reduce) {
        reduceAt(position);
      } else {
        seek(position);
        store();
      }
      position[0] -= lo;
    });
  };
}

/** Runs `body` for every position of `sizes`, written into `position` from index `first`, last loop fastest. */
function forEach(sizes: readonly number[], first: number, position: number[], body: () => void): void {
  const total = sizes.reduce((a, b) => a * b, 1);
  for (let d = 0; d < sizes.length; d++) position[first + d] = 0;
  for (let n = 0; n < total; n++) {
    body();
    for (let d = sizes.length - 1; d >= 0; d--) {
      if (++position[first + d] < sizes[d]) break;
      position[first + d] = 0;
    }
  }
}
