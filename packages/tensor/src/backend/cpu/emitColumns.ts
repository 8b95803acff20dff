/**
 * Reductions across rows with their accumulators in memory, where the results go: a few rows at a time are added to a block
 * of columns. So memory is read in the order in which it lies, where columns one by one would take a few elements of every
 * row. For each column the order of accumulation is the same: row after row.
 */
import type { Reduction } from "../../kernel/kernel.ts";
import type { Local } from "./asm.ts";
import { emitLoad, emitStore } from "./emitLoad.ts";
import { pushConst } from "./emitOp.ts";
import { programOf, hoist, pushRoot, release, type Program } from "./emitProgram.ts";
import { blocks, pushSides, rowsSideBySide } from "./emitSides.ts";
import { giveBack, plainLoop, take, variants, vectorLoop, type Emission } from "./emitState.ts";

/** Columns whose accumulators stay in the fastest cache, together with as many elements of the rows. */
const BLOCK = 1024;
/** A reduction whose accumulators can be kept in memory. */
export interface Columns {
  readonly reduce: Reduction;
  readonly program: Program;
  /** Accesses that the step reads. */
  readonly reads: readonly number[];
  /** For each accumulator the access of its store. */
  readonly stores: readonly number[];
  /** Pushes the number of iterations of a reduction loop. */
  readonly pushCount: (dim: number) => void;
}

/** The accesses in which accumulators are stored as they are, side by side along the vectorised loop; null when some are not. */
export function storedAccumulators({ kernel, vector }: Emission, { types }: Reduction): number[] | null {
  if (kernel.stores.length !== types.length) return null;
  const stores: number[] = [];
  for (const { access, value } of kernel.stores) {
    const { dtype, classes } = kernel.accesses[access];
    if (value.op !== "acc" || dtype !== value.ty || dtype === "bool" || classes[vector] !== "1") return null;
    stores[value.value as number] = access;
  }
  return Object.keys(stores).length === types.length ? stores : null;
}

/** The step's program for rows side by side. @param outer the parallel loops around the vectorised one */
export function columnsProgram(s: Emission, reduce: Reduction, outer: readonly number[]): Program {
  const { dims, reduceDims } = s.kernel;
  const inner = Array.from({ length: reduceDims }, (_, d) => dims + d);
  s.row = dims + reduceDims - 1;
  const program = programOf(s, reduce.step, [...outer, ...inner, s.vector]);
  s.row = -1;
  return program;
}

/** Reduces `n` columns from position `start` on. Ends with n = 0. */
export function emitColumns(s: Emission, c: Columns, n: Local, start: Local | undefined): void {
  const { kernel } = s;
  const row = kernel.dims + kernel.reduceDims - 1;
  blocks(s, s.vector, [...new Set([...c.reads, ...c.stores])], n, BLOCK, start, (count) => {
    const zeros = variants(s, count, 1, () => storeAll(s, c, initial(s, c)));
    vectorLoop(s, c.stores, undefined, zeros);
    s.row = row;
    reduceLoops(s, c, count, kernel.dims);
    s.row = -1;
  });
}

function initial(s: Emission, { reduce }: Columns): Local[] {
  return reduce.init.map((e) => {
    pushConst(s, e.ty, e.value);
    return popped(s);
  });
}

function popped(s: Emission): Local {
  const local = take(s, "v128");
  s.f.set(local);
  return local;
}

function storeAll(s: Emission, { stores }: Columns, values: readonly Local[]): void {
  stores.forEach((access, i) => emitStore(s, access, values[i], 32));
  giveBack(s, "v128", values);
}

/**
 * Rows that are taken at a time, so that accumulators are loaded and stored once for all of them, and vectors of columns that
 * are written one after the other, when a step has `cost` instructions.
 */
function shapeFor(cost: number): { readonly most: number; readonly vectors: number } {
  return { most: cost <= 24 ? 4 : 1, vectors: cost <= 6 ? 4 : 1 };
}

/** The reduction loops from loop `dim` on, the innermost of them with rows side by side. */
function reduceLoops(s: Emission, c: Columns, count: Local, dim: number): void {
  // Around the body of this loop are as many as stand before it, as the vectorised one is inside.
  const level = dim;
  c.pushCount(dim);
  if (dim < s.row) {
    plainLoop(s, dim, c.reads, undefined, () => {
      hoist(s, c.program, level, 1);
      reduceLoops(s, c, count, dim + 1);
      release(s, c.program, level);
    });
    return;
  }
  const { most, vectors } = shapeFor(c.program.cost);
  const rows = take(s, "i32");
  s.f.set(rows);
  const accesses = [...new Set([...c.reads, ...c.stores])];
  const body = (side: number): void => {
    const list = variants(s, count, vectors, (copies) => {
      s.spread = 0;
      for (let copy = 0; copy < copies; copy++) {
        s.ahead = copy * s.live;
        addRows(s, c, side);
      }
      s.ahead = 0;
    });
    vectorLoop(s, accesses, undefined, list);
  };
  const groups = (side: number): void => pushSides(s, rows, side, most);
  rowsSideBySide(s, [c.program], c.reads, level, undefined, most > 1 ? [most, 1] : [1], groups, body);
  giveBack(s, "i32", [rows]);
}

/** Takes a vector of columns through `side` rows. */
function addRows(s: Emission, c: Columns, side: number): void {
  const acc = c.stores.map((access) => {
    emitLoad(s, access, undefined);
    return popped(s);
  });
  s.acc = acc;
  for (s.copy = 0; s.copy < side; s.copy++) {
    for (let i = 0; i < acc.length; i++) pushRoot(s, c.program, i, side);
    for (const local of acc.toReversed()) s.f.set(local);
  }
  s.copy = 0;
  storeAll(s, c, acc);
}
