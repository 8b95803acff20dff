/**
 * Reductions. The order of accumulation is that of `kernel.ts`, so the bits depend on neither threads nor chunks.
 */
import { InternalError } from "../../errors.ts";
import type { Reduction } from "../../kernel/kernel.ts";
import type { FunctionBuilder, Local } from "./asm.ts";
import { columnsProgram, emitColumns, storedAccumulators, type Columns } from "./emitColumns.ts";
import { emitStores, nest, pushCount, readsOf, startOf } from "./emitNest.ts";
import { isWide, pushConst, resize } from "./emitOp.ts";
import { rowsSideBySide } from "./emitSides.ts";
import { hoist, programOf, pushRoot, release, type Program } from "./emitProgram.ts";
import {
  endCopy,
  giveBack,
  keepStrides,
  plainLoop,
  pushSize,
  take,
  variants,
  vectorLoop,
  type Emission,
  type Variant,
} from "./emitState.ts";
import { parts } from "./parts.ts";

/** Instructions of a step up to which four accumulators are updated by four copies of it. */
const COPY_COST = 40;
/** Instructions in all the steps, and registers, when several outputs are accumulated side by side. */
const SIDE_COST = 24;
const SIDE_REGISTERS = 8;
/** So many columns, whose accumulators fit into registers, are reduced one group after the other. */
const FEW_COLUMNS = 32;
/** Instructions of a step up to which two rows are reduced side by side: memory is read faster in two places at once. */
const PAIR_COST = 8;
/** Index of the accumulator for the tail of a row. */
const TAIL = 4;

/** What the parts of one reduction share. */
interface Parts {
  readonly reduce: Reduction;
  readonly step: Program;
  readonly merge: Program;
  readonly stores: Program;
  /** Accesses that the step reads. */
  readonly reads: readonly number[];
  /** All accesses. */
  readonly accesses: readonly number[];
  /** Iterations of the first reduction loop, in a split reduction. */
  readonly blockCount: Local | undefined;
}

/** Writes the loops of a reduction kernel. */
export function emitReduce(s: Emission, reduce: Reduction): void {
  const { kernel, lanes } = s;
  const roots = kernel.stores.map((store) => store.value);
  const reads = readsOf(reduce.step);
  const accesses = [...new Set([...reads, ...readsOf(roots), ...kernel.stores.map((store) => store.access)])];
  if (readsOf(reduce.merge).length > 0) throw new InternalError("emitKernel: a merge must not read accesses.");

  const order = Array.from({ length: kernel.dims }, (_, d) => d);
  const inner = Array.from({ length: kernel.reduceDims }, (_, d) => kernel.dims + d);
  const rows = kernel.vector === "reduce";
  if (rows) s.row = kernel.dims - 1;
  const p: Parts = {
    reduce,
    step: programOf(s, reduce.step, [...order, ...inner]),
    merge: programOf(s, reduce.merge, order),
    stores: programOf(s, roots, order),
    reads,
    accesses,
    blockCount: kernel.split ? s.f.local("i32") : undefined,
  };
  keepStrides(
    s,
    accesses,
    s.vector,
    Array.from({ length: lanes }, (_, i) => i + 1),
  );
  keepStrides(s, reads, inner[inner.length - 1], [1]);

  const columns = !rows && s.vector >= 0;
  const outer = rows || columns ? order.slice(0, -1) : order;
  const wide = columns ? wideColumns(s, p, outer) : null;
  const programs = rows ? [p.step, p.merge, p.stores] : [p.step, p.stores];
  if (wide !== null) programs.push(wide.program);
  nest(
    s,
    outer,
    accesses,
    programs,
    () => {
      if (rows) reduceRows(s, p);
      else if (columns) reduceColumns(s, p, wide);
      else reduceSideBySide(s, p, 1);
    },
    (dim, left) => {
      if (kernel.split && dim === 0) countBlock(s, p, left);
    },
  );
}

/** Sets the number of iterations of the first reduction loop that the current block of a split reduction covers. */
function countBlock(s: Emission, p: Parts, left: Local): void {
  const { f, kernel } = s;
  const count = p.blockCount as Local;
  // Iterations from the start of this block on: size - block * (hi - left).
  const rest = take(s, "i32");
  f.get(f.params[2], left).op("i32.sub");
  pushBlock(s);
  f.op("i32.mul").set(count);
  pushSize(s, kernel.dims);
  f.get(count).op("i32.sub").set(rest);
  // None where the block starts beyond the end.
  f.get(rest).i32Const(0).get(count);
  pushSize(s, kernel.dims);
  f.op("i32.lt_u", "select").set(rest);
  f.get(rest);
  pushBlock(s);
  f.get(rest);
  pushBlock(s);
  f.op("i32.lt_u", "select").set(count);
  giveBack(s, "i32", [rest]);
}

/** Pushes the number of iterations of a reduction loop. */
function pushReduceCount(s: Emission, p: Parts, dim: number): void {
  if (p.blockCount !== undefined && dim === s.kernel.dims) s.f.get(p.blockCount);
  else pushSize(s, dim);
}

/** Takes accumulators and sets them to their initial values. */
function accumulators(s: Emission, p: Parts): Local[] {
  return p.reduce.init.map((e) => {
    const local = take(s, "v128");
    pushConst(s, e.ty, e.value);
    s.f.set(local);
    return local;
  });
}

/** Sets accumulators to a program's roots, all at once. */
function assign(s: Emission, program: Program, target: readonly Local[], copies: number): void {
  program.roots.forEach((root, i) => {
    pushRoot(s, program, i, copies);
    if (root.expr.ty === "bool") resize(s, root.width, 32);
  });
  for (const local of target.toReversed()) s.f.set(local);
}

/** The reduction loops from number `index` on, around `inner`; the innermost is left to `inner` when `leave` is 1. */
function reduceLoops(s: Emission, p: Parts, leave: 0 | 1, copies: number, inner: () => void, index = 0): void {
  const { dims, reduceDims } = s.kernel;
  if (index === reduceDims - leave) return inner();
  const level = dims + index + 1;
  pushReduceCount(s, p, dims + index);
  plainLoop(s, dims + index, p.reads, undefined, () => {
    hoist(s, p.step, level, copies);
    reduceLoops(s, p, leave, copies, inner, index + 1);
    release(s, p.step, level);
  });
}

/** Accumulates `copies` vectors of outputs over the reduction loops and stores them. */
function reduceSideBySide(s: Emission, p: Parts, copies: number): void {
  const acc = Array.from({ length: copies }, () => accumulators(s, p));
  reduceLoops(s, p, 0, copies, () => {
    for (s.copy = 0; s.copy < copies; s.copy++) {
      s.acc = acc[s.copy];
      assign(s, p.step, s.acc, copies);
    }
    s.copy = 0;
  });
  for (s.copy = 0; s.copy < copies; s.copy++) {
    s.acc = acc[s.copy];
    emitStores(s, p.stores, copies);
    endCopy(s, p.accesses);
  }
  s.copy = 0;
  for (const list of acc) giveBack(s, "v128", list);
}

/** Whether loads along the vectorised loop are gathered. */
function isStrided(s: Emission, p: Parts): boolean {
  return p.reads.some((a) => s.kernel.accesses[a].classes[s.vector] === "k");
}

/** How many columns are reduced a few rows at a time; null when the accumulators cannot be in memory, or need not. */
function wideColumns(s: Emission, p: Parts, outer: readonly number[]): Columns | null {
  const { kernel, vector } = s;
  const row = kernel.dims + kernel.reduceDims - 1;
  const apart = p.reads.some(
    (a) => kernel.accesses[a].classes[vector] === "1" && kernel.accesses[a].classes[row] === "k",
  );
  const stores = apart && !isStrided(s, p) ? storedAccumulators(s, p.reduce) : null;
  if (stores === null) return null;
  const program = columnsProgram(s, p.reduce, outer);
  keepStrides(s, p.reads, row, [1, 2, 3, 4]);
  return { reduce: p.reduce, program, reads: p.reads, stores, pushCount: (dim) => pushReduceCount(s, p, dim) };
}

/** The vectorised parallel loop: many columns a few rows at a time, or a few columns one after the other. */
function reduceColumns(s: Emission, p: Parts, wide: Columns | null): void {
  const { f, vector } = s;
  const n = take(s, "i32");
  pushCount(s, vector);
  f.set(n);
  if (wide === null) reduceFew(s, p, n);
  else {
    f.get(n)
      .i32Const(FEW_COLUMNS)
      .op("i32.gt_u")
      .if(
        () => emitColumns(s, wide, n, startOf(s, vector)),
        () => reduceFew(s, p, n),
      );
  }
  giveBack(s, "i32", [n]);
}

/** `n` outputs, several vectors of them side by side. */
function reduceFew(s: Emission, p: Parts, n: Local): void {
  const { kernel, vector } = s;
  // A pointer serves all the copies of an access only where they are a fixed number of bytes apart.
  const strided = isStrided(s, p);
  const level = kernel.dims;
  const registers = p.reduce.init.length + (p.step.hoists[level] ?? []).filter((node) => node.perCopy).length;
  let unroll = 1;
  while (!strided && 2 * unroll * p.step.cost <= SIDE_COST && 2 * unroll * registers <= SIDE_REGISTERS) unroll *= 2;
  vectorLoop(
    s,
    p.accesses,
    startOf(s, vector),
    variants(s, n, unroll, (copies) => {
      hoist(s, p.step, level, copies);
      reduceSideBySide(s, p, copies);
      release(s, p.step, level);
    }),
  );
}

/** Iterations of the innermost parallel loop: outputs, two at a time where that keeps few values in registers. */
function reduceRows(s: Emission, p: Parts): void {
  const { f, kernel } = s;
  const left = take(s, "i32");
  pushCount(s, s.row);
  f.set(left);
  const isBlocks = kernel.split && s.row === 0;
  const pair = p.reduce.types.length === 1 && p.step.cost <= PAIR_COST;
  rowsSideBySide(
    s,
    [p.step, p.merge, p.stores],
    p.accesses,
    kernel.dims,
    startOf(s, s.row),
    pair ? [2, 1] : [1],
    (side) => {
      if (side === 1) {
        f.get(left);
        return;
      }
      const pairs = take(s, "i32");
      if (isBlocks) pushWholeBlocks(s);
      else f.get(left);
      f.i32Const(1).op("i32.shr_u").tee(pairs).get(left, pairs, pairs).op("i32.add", "i32.sub").set(left);
      giveBack(s, "i32", [pairs]);
    },
    (side, rest) => {
      if (isBlocks && side === 1) countBlock(s, p, rest);
      else if (isBlocks) pushBlock(s).set(p.blockCount as Local);
      reduceRow(s, p, side);
    },
  );
  giveBack(s, "i32", [left]);
}

/** Pushes the number of iterations of a whole block. */
function pushBlock({ f, layout }: Emission): FunctionBuilder {
  return f.get(f.params[0]).mem("i32.load", 4 * layout.block);
}

/** Pushes how many of the blocks [lo, hi) are whole: the first ones are. */
function pushWholeBlocks(s: Emission): void {
  const { f, kernel } = s;
  const [, lo, hi] = f.params;
  const end = take(s, "i32");
  pushSize(s, kernel.dims);
  pushBlock(s).op("i32.div_u").tee(end).get(hi, end, hi).op("i32.lt_u", "select").tee(end).get(lo).op("i32.sub");
  f.i32Const(0).get(end, lo).op("i32.gt_u", "select");
  giveBack(s, "i32", [end]);
}

/** `side` outputs, each reduced along the vectorised loop with four vectors of accumulators and one for the tail. */
function reduceRow(s: Emission, p: Parts, side: number): void {
  const { f, vector, lanes } = s;
  const rows = Array.from({ length: side }, () => Array.from({ length: 5 }, () => accumulators(s, p)));
  reduceLoops(s, p, 1, side, () => {
    const n = take(s, "i32");
    pushReduceCount(s, p, vector);
    f.set(n);
    const step = (copies: number): void => {
      s.spread = 0;
      for (let copy = 0; copy < copies; copy++) {
        s.ahead = copy * s.live;
        for (s.copy = 0; s.copy < side; s.copy++) {
          s.acc = rows[s.copy][s.live === 1 ? TAIL : copy];
          assign(s, p.step, s.acc, copies);
        }
        endCopy(s, p.reads);
      }
      s.copy = 0;
      s.ahead = 0;
    };
    const list = variants(s, n, 4, step);
    if (p.step.cost > COPY_COST) list[0] = rotating(s, n, rows[0].slice(0, TAIL), () => step(1));
    vectorLoop(s, p.reads, undefined, list);
    giveBack(s, "i32", [n]);
  });

  for (const acc of rows) {
    s.live = lanes;
    mergeLanes(s, p, acc);
    s.live = 1;
    s.acc = acc[0];
    emitStores(s, p.stores, side);
    s.copy++;
  }
  s.copy = 0;
  for (const locals of rows.flat()) giveBack(s, "v128", locals);
}

/** Merges the accumulators of an output into the first lane of the first one. */
function mergeLanes(s: Emission, p: Parts, acc: readonly (readonly Local[])[]): void {
  const { f, lanes } = s;
  const merge = (left: readonly Local[], right: readonly Local[]): void => {
    s.acc = left;
    s.accOther = right;
    assign(s, p.merge, left, 1);
  };
  merge(acc[0], acc[2]);
  merge(acc[1], acc[3]);
  merge(acc[0], acc[1]);
  for (let h = lanes / 2; h >= 1; h /= 2) {
    acc[0].forEach((local, i) => {
      const all = isWide(p.reduce.types[i]) ? 2 : 4;
      f.get(local, local)
        .shuffle(Array.from({ length: all }, (_, lane) => (lane + h) % all))
        .set(acc[1][i]);
    });
    merge(acc[0], acc[1]);
  }
  merge(acc[0], acc[TAIL]);
}

/**
 * The main part of a row with one copy of the step: the accumulators take turns, by changing places after each vector.
 * The number of vectors is a multiple of 4, so in the end they are back in place.
 */
function rotating(s: Emission, n: Local, acc: readonly (readonly Local[])[], step: () => void): Variant {
  const { f, lanes } = s;
  return {
    copies: 1,
    live: lanes,
    count: () =>
      f
        .get(n)
        .i32Const(Math.log2(lanes) + 2)
        .op("i32.shr_u")
        .i32Const(2)
        .op("i32.shl"),
    body: () => {
      step();
      for (let slot = 0; slot < acc[0].length; slot++) {
        f.get(...acc.map((locals) => locals[slot]));
        for (const to of [2, 1, 0, 3]) f.set(acc[to][slot]);
      }
    },
  };
}

/** Adds reductions to the emitter. */
export function useReductions(): void {
  parts.emitReduce = emitReduce;
}
