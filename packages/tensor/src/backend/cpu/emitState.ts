/**
 * State shared by the parts of the kernel emitter: locals, pointers and strides of the accesses, and the loops.
 *
 * Every access has a pointer (for `iota` a plain integer) that moves with the loops. A loop copies the pointers of the
 * accesses that move with it, so that after the loop the outer pointers are as before. All counters count down to
 * zero, which makes sizes unsigned for free.
 */
import type { Kernel, Layout } from "../../kernel/kernel.ts";
import { dtypeInfo } from "../../dtype.ts";
import type { FunctionBuilder, Local } from "./asm.ts";

/** What operations on vectors need to know. */
export interface VectorState {
  readonly f: FunctionBuilder;
  /** Lanes of a vector: 4, or 2 when 64-bit values occur. */
  readonly lanes: 2 | 4;
  readonly free: Record<"i32" | "v128", Local[]>;
  /** Which of the values computed side by side is being written. */
  copy: number;
}

/** What the emitter knows while it writes one kernel. */
export interface Emission extends VectorState {
  readonly kernel: Kernel;
  readonly layout: Layout;
  /** Loop that is vectorised. */
  readonly vector: number;
  /** Loop whose iterations (rows) may be computed side by side, or -1. */
  row: number;
  /** Current pointer of each access that is used. */
  readonly pointers: Local[];
  /** Pointers of each row, for accesses where rows are not a fixed number of bytes apart. */
  readonly rows: (Local[] | undefined)[];
  /** Strides kept in locals, see {@link keepStride}. */
  readonly strides: Map<number, Local>;
  /** Live lanes of a varying value: all of them, or 1 in tails. */
  live: number;
  /** Elements along the vectorised loop from one copy to the next; 0 while the copies are rows. */
  spread: number;
  /** Elements along the vectorised loop that lie before all the copies. */
  ahead: number;
  /** Accumulators that `acc` and `accOther` name at present. */
  acc: readonly Local[];
  accOther: readonly Local[];
}

/** Takes a local that no one uses. */
export function take(s: VectorState, type: "i32" | "v128"): Local {
  return s.free[type].pop() ?? s.f.local(type);
}

/** Gives locals back. */
export function giveBack(s: VectorState, type: "i32" | "v128", locals: readonly Local[]): void {
  for (const local of locals) s.free[type].push(local);
}

/** Bytes of one element of an access; 1 for iota. */
export function elementBytes(s: Emission, access: number): number {
  const { dtype } = s.kernel.accesses[access];
  return dtype === null ? 1 : dtypeInfo(dtype).bytes;
}

/** Whether an access moves with a loop. */
export function moves(s: Emission, access: number, dim: number): boolean {
  return s.kernel.accesses[access].classes[dim] !== "0";
}

const strideKey = (access: number, dim: number, times: number): number => (access * 64 + dim) * 16 + times;

/** Pushes `times` times the stride of an access along a loop. */
export function pushStride(s: Emission, access: number, dim: number, times: number): void {
  const { f } = s;
  if (s.kernel.accesses[access].classes[dim] === "1") {
    f.i32Const(elementBytes(s, access) * times);
    return;
  }
  const kept = s.strides.get(strideKey(access, dim, times));
  if (kept !== undefined) {
    f.get(kept);
    return;
  }
  const one = s.strides.get(strideKey(access, dim, 1));
  if (one !== undefined) f.get(one);
  else f.get(f.params[0]).mem("i32.load", 4 * (s.layout.accesses[access] + 1 + dim));
  if (times !== 1) f.i32Const(times).op("i32.mul");
}

/** Computes strides of class `k` into locals, for use inside the innermost loops. */
export function keepStrides(s: Emission, accesses: readonly number[], dim: number, times: readonly number[]): void {
  for (const access of accesses) {
    if (s.kernel.accesses[access].classes[dim] !== "k") continue;
    for (const n of times) {
      const key = strideKey(access, dim, n);
      if (s.strides.has(key)) continue;
      pushStride(s, access, dim, n);
      const local = s.f.local("i32");
      s.f.set(local);
      s.strides.set(key, local);
    }
  }
}

/** The pointer of an access for the copy being written. */
export function pointer(s: Emission, access: number): Local {
  return s.rows[access]?.[s.copy] ?? s.pointers[access];
}

/** Moves a pointer by `times` elements along a loop. */
export function advance(s: Emission, access: number, dim: number, times: number): void {
  for (const p of s.rows[access] ?? [s.pointers[access]]) {
    s.f.get(p);
    pushStride(s, access, dim, times);
    s.f.op("i32.add").set(p);
  }
}

/** Pushes the size of a loop. */
export function pushSize(s: Emission, dim: number): void {
  s.f.get(s.f.params[0]).mem("i32.load", 4 * dim);
}

/** Lets the pointers of `accesses` move with a loop while `body` is written, from position `start` when given. */
export function withPointers(
  s: Emission,
  dim: number,
  accesses: readonly number[],
  start: Local | undefined,
  body: (moving: readonly number[]) => void,
): void {
  const { f } = s;
  const moving = accesses.filter((a) => moves(s, a, dim));
  const outer = moving.map((a) => s.pointers[a]);
  const outerRows = moving.map((a) => s.rows[a]);
  for (const a of moving) {
    const copies = (s.rows[a] ?? [s.pointers[a]]).map((from) => {
      const p = take(s, "i32");
      f.get(from);
      if (start !== undefined && s.kernel.accesses[a].scratch !== true) {
        f.get(start);
        pushStride(s, a, dim, 1);
        f.op("i32.mul", "i32.add");
      }
      f.set(p);
      return p;
    });
    s.pointers[a] = copies[0];
    if (s.rows[a] !== undefined) s.rows[a] = copies;
  }
  body(moving);
  moving.forEach((a, i) => {
    giveBack(s, "i32", s.rows[a] ?? [s.pointers[a]]);
    s.pointers[a] = outer[i];
    s.rows[a] = outerRows[i];
  });
}

/** `for (n = the count on the stack; n != 0; n--) body(n)`. */
export function countDown(s: Emission, body: (n: Local) => void): void {
  const { f } = s;
  const n = take(s, "i32");
  f.tee(n).if(() => {
    f.loop((again) => {
      body(n);
      f.get(n).i32Const(-1).op("i32.add").tee(n).brIf(again);
    });
  });
  giveBack(s, "i32", [n]);
}

/** A loop over single iterations; the count is on the stack. `body` gets the local with the number of iterations left. */
export function plainLoop(
  s: Emission,
  dim: number,
  accesses: readonly number[],
  start: Local | undefined,
  body: (left: Local) => void,
): void {
  const n = take(s, "i32");
  s.f.set(n);
  withPointers(s, dim, accesses, start, (moving) => {
    s.f.get(n);
    countDown(s, (left) => {
      body(left);
      for (const a of moving) advance(s, a, dim, 1);
    });
  });
  giveBack(s, "i32", [n]);
}

/** One way to write the body of a vectorised loop. */
export interface Variant {
  /** Vectors per iteration. */
  readonly copies: number;
  /** Live lanes: all, or 1. */
  readonly live: number;
  /** Pushes the number of iterations. */
  readonly count: () => void;
  readonly body: () => void;
}

/**
 * A vectorised loop, written as several loops one after the other. The bodies move the pointers of class `k` themselves,
 * by calling {@link endCopy} after every copy.
 */
export function vectorLoop(
  s: Emission,
  accesses: readonly number[],
  start: Local | undefined,
  variants: readonly Variant[],
): void {
  withPointers(s, s.vector, accesses, start, (moving) => {
    for (const { copies, live, count, body } of variants) {
      count();
      countDown(s, () => {
        s.live = live;
        s.spread = live;
        body();
        for (const a of moving) {
          if (s.kernel.accesses[a].classes[s.vector] === "1") advance(s, a, s.vector, copies * live);
        }
      });
    }
  });
}

/** Moves the pointers with a stride of class `k` along the vectorised loop to the next copy. */
export function endCopy(s: Emission, accesses: readonly number[]): void {
  for (const a of accesses) {
    if (s.kernel.accesses[a].classes[s.vector] === "k") advance(s, a, s.vector, s.live);
  }
}

/**
 * The usual three variants of a vectorised loop of `n` iterations: `unroll` vectors at once, single vectors, single
 * elements.
 */
export function variants(s: Emission, n: Local, unroll: number, body: (copies: number) => void): Variant[] {
  const { f, lanes } = s;
  const shift = Math.log2(lanes);
  const list: Variant[] = [];
  const add = (copies: number, live: number, count: () => void): void => {
    list.push({ copies, live, count, body: () => body(copies) });
  };
  if (unroll > 1) {
    add(unroll, lanes, () =>
      f
        .get(n)
        .i32Const(shift + Math.log2(unroll))
        .op("i32.shr_u"),
    );
  }
  add(1, lanes, () => {
    f.get(n).i32Const(shift).op("i32.shr_u");
    if (unroll > 1) f.i32Const(unroll - 1).op("i32.and");
  });
  add(1, 1, () =>
    f
      .get(n)
      .i32Const(lanes - 1)
      .op("i32.and"),
  );
  return list;
}
