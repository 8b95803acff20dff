import type { FunctionBuilder, Local, ModuleBuilder } from "./asm.ts";
import { transposeInto } from "./gemmCopy.ts";
import { multiplyAdd, splatLoad } from "./gemmMicro.ts";
import type { TileConfig } from "./gemmMicro.ts";
import { forUp, whileAtLeast } from "./loops.ts";

/**
 * The inner loops of a vector times a matrix, y = x B: one for a B whose rows are adjacent in memory, one for a B whose
 * columns are. Each reads B once and adds the products of an element of y in increasing k.
 */

/** Names of the instructions that touch one element of a vector. */
function elementOps<B extends 32 | 64>(bits: B) {
  return { load: `v128.load${bits}_zero`, lane: `v128.load${bits}_lane`, store: `v128.store${bits}_lane` } as const;
}

/** Rows of B that one pass over y adds; each needs a register for its factor. */
const ROWS_PER_PASS = 8;

/**
 * Emits `accumulate(y, x, xStride, b, bStride, n, k)`: y[j] += sum over k of x[k] B[k][j], a few rows of B at a time
 * while y stays in the first-level cache. Elements of y and of a row of B are adjacent.
 */
export function emitAccumulate(m: ModuleBuilder, config: TileConfig): FunctionBuilder {
  const { width, lanes } = config;
  const one = elementOps(config.width === 4 ? 32 : 64);
  const f = m.func({ params: ["i32", "i32", "i32", "i32", "i32", "i32", "i32"] });
  const [y, x, xStride, b, bStride, n, k] = f.params;
  const [j, whole, to] = f.locals("i32", 3);
  const rows = f.locals("i32", ROWS_PER_PASS);
  const factors = f.locals("v128", ROWS_PER_PASS);
  const [acc, part] = f.locals("v128", 2);
  f.get(n).i32Const(-lanes).op("i32.and").set(whole);

  const pass = (count: number): void => {
    for (let r = 0; r < count; r++) {
      f.get(x).mem(splatLoad(config)).set(factors[r]);
      f.sum(x, x, xStride);
      f.get(b).set(rows[r]);
      f.sum(b, b, bStride);
    }
    const step = (load: "v128.load" | typeof one.load, store: () => void, bytes: number): void => {
      f.get(to).mem(load).set(acc);
      for (let r = 0; r < count; r++) {
        f.get(rows[r]).mem(load).set(part);
        multiplyAdd(f, config, acc, factors[r], part);
        f.increment(rows[r], bytes);
      }
      f.get(to, acc);
      store();
      f.increment(to, bytes);
    };
    f.get(y).set(to).i32Const(0).set(j);
    forUp(f, j, whole, lanes, () => step("v128.load", () => f.mem("v128.store"), 16));
    // The same arithmetic on a vector with one element in it, so that a column's bits do not depend on its place.
    forUp(f, j, n, 1, () => step(one.load, () => f.memLane(one.store, 0), width));
    f.increment(k, -count);
  };
  for (const count of [ROWS_PER_PASS, 1]) whileAtLeast(f, k, count, () => pass(count));
  return f;
}

/**
 * Emits `dots(y, x, xStride, b, columnStride, n, k)`: y[j] = sum over k of x[k] B[k][j] where the elements of a column
 * of B are adjacent. Lanes hold different columns, so that each sum still runs through k in order; squares of B are
 * transposed in registers.
 */
export function emitDots(m: ModuleBuilder, config: TileConfig): FunctionBuilder {
  const { width, lanes } = config;
  const one = elementOps(config.width === 4 ? 32 : 64);
  const f = m.func({ params: ["i32", "i32", "i32", "i32", "i32", "i32", "i32"] });
  const [y, x, xStride, b, columnStride, n, k] = f.params;
  const [p, xk, start, left, column] = f.locals("i32", 5);
  const loaded = f.locals("v128", lanes);
  const rows = f.locals("v128", lanes);
  const accs = f.locals("v128", 4);
  const factor = f.local("v128");
  /** Starts the sums of the columns at `b`. */
  const begin = (accumulators: readonly Local[]): void => {
    for (const acc of accumulators) f.v128Const(new Uint8Array(16)).set(acc);
    f.get(b).set(p).get(x).set(xk).get(k).set(left);
  };
  const loadFactor = (): void => {
    f.get(xk).mem(splatLoad(config)).set(factor);
    f.sum(xk, xk, xStride);
  };
  /** Moves on to the next columns. */
  const end = (columns: number): void => {
    f.get(b, columnStride).i32Const(columns).op("i32.mul", "i32.add").set(b);
    f.increment(y, columns * width).increment(n, -columns);
  };

  /** Sums for groups of `lanes` columns at once: independent chains hide the latency of the additions. */
  const groups = (accumulators: readonly Local[]): void => {
    begin(accumulators);
    whileAtLeast(f, left, lanes, () => {
      f.get(p).set(column).get(xk).set(start);
      for (const acc of accumulators) {
        for (const vector of loaded) {
          f.get(column).mem("v128.load").set(vector);
          f.sum(column, column, columnStride);
        }
        transposeInto(f, config, loaded, rows);
        f.get(start).set(xk);
        for (const row of rows) {
          loadFactor();
          multiplyAdd(f, config, acc, factor, row);
        }
      }
      f.increment(p, 16).increment(left, -lanes);
    });
    whileAtLeast(f, left, 1, () => {
      f.get(p).set(column);
      loadFactor();
      for (const acc of accumulators) {
        for (let i = 0; i < lanes; i++) {
          f.get(column, loaded[0]).memLane(one.lane, i).set(loaded[0]);
          f.sum(column, column, columnStride);
        }
        multiplyAdd(f, config, acc, factor, loaded[0]);
      }
      f.increment(p, width).increment(left, -1);
    });
    accumulators.forEach((acc, i) => f.get(y, acc).mem("v128.store", 16 * i));
    end(accumulators.length * lanes);
  };
  for (const count of [4, 1]) whileAtLeast(f, n, count * lanes, () => groups(accs.slice(0, count)));
  whileAtLeast(f, n, 1, () => {
    const [acc] = accs;
    begin([acc]);
    whileAtLeast(f, left, 1, () => {
      loadFactor();
      f.get(p).mem(one.load).set(loaded[0]);
      multiplyAdd(f, config, acc, factor, loaded[0]);
      f.increment(p, width).increment(left, -1);
    });
    f.get(y, acc).memLane(one.store, 0);
    end(1);
  });
  return f;
}
