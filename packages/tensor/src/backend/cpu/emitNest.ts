/** Parts that maps and reductions share: which accesses are used, the parallel loops, and the stores. */
import { visitExprs, type Expr } from "../../kernel/expr.ts";
import type { Local } from "./asm.ts";
import { emitStore } from "./emitLoad.ts";
import { hoist, pushRoot, release, type Program } from "./emitProgram.ts";
import { giveBack, plainLoop, pushSize, take, type Emission } from "./emitState.ts";

/** Accesses that expressions read. */
export function readsOf(roots: readonly Expr[]): number[] {
  const found = new Set<number>();
  visitExprs(roots, (e) => {
    if (e.op === "load" || e.op === "iota") found.add(e.value as number);
  });
  return [...found];
}

/** Pushes the number of iterations of a parallel loop in this call: the first loop covers [lo, hi). */
export function pushCount(s: Emission, dim: number): void {
  if (dim === 0) s.f.get(s.f.params[2], s.f.params[1]).op("i32.sub");
  else pushSize(s, dim);
}

/** Position at which a parallel loop starts in this call, unless 0. */
export function startOf(s: Emission, dim: number): Local | undefined {
  return dim === 0 ? s.f.params[1] : undefined;
}

/**
 * Loops over `dims` around `body`, with the hoisted values of `programs`. `begin` is written at the start of every
 * iteration, with the local that counts the iterations left.
 */
export function nest(
  s: Emission,
  dims: readonly number[],
  accesses: readonly number[],
  programs: readonly Program[],
  body: () => void,
  begin?: (dim: number, left: Local) => void,
): void {
  const open = (depth: number): void => {
    for (const p of programs) hoist(s, p, depth, 1);
    if (depth === dims.length) body();
    else {
      const dim = dims[depth];
      pushCount(s, dim);
      plainLoop(s, dim, accesses, startOf(s, dim), (left) => {
        begin?.(dim, left);
        open(depth + 1);
      });
    }
    for (const p of programs) release(s, p, depth);
  };
  open(0);
}

/** Evaluates a program's roots for the current copy and stores them. */
export function emitStores(s: Emission, program: Program, copies: number): void {
  // Every value is computed before the first is stored, so that an output may take the place of an input.
  const values = s.kernel.stores.map((_, i) => {
    pushRoot(s, program, i, copies);
    const local = take(s, "v128");
    s.f.set(local);
    return local;
  });
  storeValues(s, program, values);
}

/** Stores values of a program's roots for the current copy, and gives back their locals. */
export function storeValues(s: Emission, program: Program, values: readonly Local[]): void {
  s.kernel.stores.forEach((store, i) => emitStore(s, store.access, values[i], program.roots[i].width));
  giveBack(s, "v128", values);
}
