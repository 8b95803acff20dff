/** Kernels without a reduction: every position of the parallel loops evaluates and stores. */
import { emitStores, nest, pushCount, readsOf, startOf } from "./emitNest.ts";
import { programOf } from "./emitProgram.ts";
import { endCopy, giveBack, keepStrides, take, variants, vectorLoop, type Emission } from "./emitState.ts";

/** Instructions per vector up to which two vectors are written per iteration. */
const UNROLL_COST = 12;

/** Writes the loops of a map kernel. */
export function emitMap(s: Emission): void {
  const { f, kernel, lanes, vector } = s;
  const roots = kernel.stores.map((store) => store.value);
  const accesses = [...new Set([...readsOf(roots), ...kernel.stores.map((store) => store.access)])];
  const order = Array.from({ length: kernel.dims }, (_, d) => d);
  const program = programOf(s, roots, order);
  keepStrides(s, accesses, vector, Array.from({ length: lanes }, (_, i) => i + 1));

  const strided = accesses.some((a) => kernel.accesses[a].classes[vector] === "k");
  const unroll = strided || program.cost > UNROLL_COST ? 1 : 2;
  nest(s, order.slice(0, -1), accesses, [program], () => {
    const n = take(s, "i32");
    pushCount(s, vector);
    f.set(n);
    vectorLoop(s, accesses, startOf(s, vector), variants(s, n, unroll, (copies) => {
      for (s.copy = 0; s.copy < copies; s.copy++) {
        emitStores(s, program, copies);
        endCopy(s, accesses);
      }
      s.copy = 0;
    }));
    giveBack(s, "i32", [n]);
  });
}
