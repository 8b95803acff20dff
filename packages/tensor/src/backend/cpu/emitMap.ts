/** Kernels without a reduction: every position of the parallel loops evaluates and stores. */
import type { Local } from "./asm.ts";
import { emitStores, nest, pushCount, readsOf, startOf, storeValues } from "./emitNest.ts";
import { loadSquares, programOf, releaseSquares, type Program } from "./emitProgram.ts";
import { blocks, pushSides, rowsSideBySide } from "./emitSides.ts";
import { endCopy, giveBack, keepStrides, take, variants, vectorLoop, type Emission } from "./emitState.ts";
import { parts } from "./parts.ts";

/** Instructions per vector up to which two vectors are written one after the other per iteration; dearer ones together. */
const UNROLL_COST = 12;
/** Instructions per vector up to which whole squares are transposed in registers. */
const SQUARE_COST = 24;
/** Iterations of the two loops of a transposing kernel that are done together, so that cache lines are used up. */
const ROW_BLOCK = 32;
const VECTOR_BLOCK = 32;

/** The loop along which the most loads are contiguous that are strided along the vectorised loop; -1 when there is none. */
function rowLoopOf(s: Emission, reads: readonly number[]): number {
  let best = -1;
  let most = 0;
  for (let d = 0; d < s.kernel.dims - 1; d++) {
    const n = reads.filter((a) => {
      const { dtype, classes } = s.kernel.accesses[a];
      return dtype !== null && classes[d] === "1" && classes[s.vector] === "k";
    }).length;
    if (n > most) [best, most] = [d, n];
  }
  return best;
}

/** Writes the loops of a map kernel. */
export function emitMap(s: Emission): void {
  const { kernel, lanes, vector } = s;
  const roots = kernel.stores.map((store) => store.value);
  const reads = readsOf(roots);
  const accesses = [...new Set([...reads, ...kernel.stores.map((store) => store.access)])];
  s.row = rowLoopOf(s, reads);
  const outer = Array.from({ length: kernel.dims - 1 }, (_, d) => d).filter((d) => d !== s.row);
  const order = s.row < 0 ? [...outer, vector] : [...outer, s.row, vector];
  const program = programOf(s, roots, order);
  const times = Array.from({ length: lanes }, (_, i) => i + 1);
  keepStrides(s, accesses, vector, times);
  if (s.row >= 0) keepStrides(s, accesses, s.row, times);
  nest(s, outer, accesses, [program], () => {
    const n = take(s, "i32");
    pushCount(s, vector);
    s.f.set(n);
    if (s.row >= 0) mapBlocks(s, program, accesses, n);
    else mapVectors(s, program, accesses, n, startOf(s, vector));
    giveBack(s, "i32", [n]);
  });
}

/** The vectorised loop of `n` iterations. */
function mapVectors(s: Emission, program: Program, accesses: readonly number[], n: Local, start?: Local): void {
  const strided = accesses.some((a) => s.kernel.accesses[a].classes[s.vector] === "k");
  const cheap = program.cost <= UNROLL_COST;
  const unroll = strided ? 1 : cheap ? 2 : (parts.together?.copies(program) ?? 1);
  vectorLoop(
    s,
    accesses,
    start,
    variants(s, n, unroll, (copies) => {
      const values = (!cheap && copies > 1 && parts.together?.evaluate(s, program, copies)) || [];
      for (s.copy = 0; s.copy < copies; s.copy++) {
        if (values.length > 0) storeValues(s, program, values[s.copy]);
        else emitStores(s, program, copies);
        endCopy(s, accesses);
      }
      s.copy = 0;
    }),
  );
}

/** The row loop and the vectorised loop of `n` iterations, block by block. */
function mapBlocks(s: Emission, program: Program, accesses: readonly number[], n: Local): void {
  const rows = take(s, "i32");
  pushCount(s, s.row);
  s.f.set(rows);
  blocks(s, s.row, accesses, rows, ROW_BLOCK, startOf(s, s.row), (rowCount) => {
    const rest = take(s, "i32");
    s.f.get(n).set(rest);
    blocks(s, s.vector, accesses, rest, VECTOR_BLOCK, undefined, (count) => {
      mapRows(s, program, accesses, rowCount, count);
    });
    giveBack(s, "i32", [rest]);
  });
  giveBack(s, "i32", [rows]);
}

/** `rows` rows of `count` elements each: as many rows as a vector has lanes side by side, then single rows. */
function mapRows(s: Emission, program: Program, accesses: readonly number[], rows: Local, count: Local): void {
  const sides = program.cost <= SQUARE_COST ? [s.lanes, 1] : [1];
  rowsSideBySide(
    s,
    [program],
    accesses,
    s.kernel.dims - 1,
    undefined,
    sides,
    (side) => pushSides(s, rows, side, sides[0]),
    (side) => {
      if (side === 1) mapVectors(s, program, accesses, count);
      else mapSquares(s, program, accesses, count);
    },
  );
}

/** The vectorised loop of `n` iterations on as many rows as a vector has lanes. */
function mapSquares(s: Emission, program: Program, accesses: readonly number[], n: Local): void {
  vectorLoop(
    s,
    accesses,
    undefined,
    variants(s, n, 1, () => {
      s.spread = 0;
      if (s.live > 1) loadSquares(s, program);
      for (s.copy = 0; s.copy < s.lanes; s.copy++) emitStores(s, program, s.lanes);
      s.copy = 0;
      releaseSquares(s, program);
      endCopy(s, accesses);
    }),
  );
}
