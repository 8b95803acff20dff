/**
 * Reductions. The order of accumulation is that of `kernel.ts`, so the bits depend on neither threads nor chunks.
 */
import { InternalError } from "../../errors.ts";
import type { Reduction } from "../../kernel/kernel.ts";
import type { Local } from "./asm.ts";
import { emitStores, nest, pushCount, readsOf, startOf } from "./emitNest.ts";
import { isWide, pushConst, resize } from "./emitOp.ts";
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
  nest(
    s,
    columns ? order.slice(0, -1) : order,
    accesses,
    rows ? [p.step, p.merge, p.stores] : [p.step, p.stores],
    () => {
      if (rows) reduceRow(s, p);
      else if (columns) reduceColumns(s, p);
      else reduceSideBySide(s, p, 1);
    },
    (dim, left) => {
      if (kernel.split && dim === 0) countBlock(s, p, left);
    },
  );
}

/** Sets the number of iterations of the first reduction loop that the current block of a split reduction covers. */
function countBlock(s: Emission, p: Parts, left: Local): void {
  const { f, kernel, layout } = s;
  const count = p.blockCount as Local;
  const pushBlock = (): void => void f.get(f.params[0]).mem("i32.load", 4 * layout.block);
  // Iterations from the start of this block on: size - block * (hi - left).
  const rest = take(s, "i32");
  f.get(f.params[2], left).op("i32.sub");
  pushBlock();
  f.op("i32.mul").set(count);
  pushSize(s, kernel.dims);
  f.get(count).op("i32.sub").set(rest);
  // None where the block starts beyond the end.
  f.get(rest).i32Const(0).get(count);
  pushSize(s, kernel.dims);
  f.op("i32.lt_u", "select").set(rest);
  f.get(rest);
  pushBlock();
  f.get(rest);
  pushBlock();
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

/** The vectorised parallel loop: several vectors of outputs are accumulated side by side. */
function reduceColumns(s: Emission, p: Parts): void {
  const { f, kernel, vector } = s;
  const n = take(s, "i32");
  pushCount(s, vector);
  f.set(n);
  // A pointer serves all the copies of an access only where they are a fixed number of bytes apart.
  const strided = p.reads.some((a) => kernel.accesses[a].classes[vector] === "k");
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
  giveBack(s, "i32", [n]);
}

/** One output, reduced along the vectorised loop with four vectors of accumulators and one for the tail. */
function reduceRow(s: Emission, p: Parts): void {
  const { f, vector, lanes } = s;
  const acc = Array.from({ length: 4 }, () => accumulators(s, p));
  const tail = accumulators(s, p);
  reduceLoops(s, p, 1, 1, () => {
    const n = take(s, "i32");
    pushReduceCount(s, p, vector);
    f.set(n);
    const copiesOf = p.step.cost <= COPY_COST ? 4 : 1;
    const step = (copies: number): void => {
      for (s.copy = 0; s.copy < copies; s.copy++) {
        s.acc = s.live === 1 ? tail : acc[s.copy];
        assign(s, p.step, s.acc, copies);
        endCopy(s, p.reads);
      }
      s.copy = 0;
    };
    const list = variants(s, n, 4, step);
    if (copiesOf === 1) list[0] = rotating(s, n, acc, () => step(1));
    vectorLoop(s, p.reads, undefined, list);
    giveBack(s, "i32", [n]);
  });

  s.live = lanes;
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
  merge(acc[0], tail);
  s.live = 1;
  s.acc = acc[0];
  emitStores(s, p.stores, 1);
  for (const locals of [...acc, tail]) giveBack(s, "v128", locals);
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
