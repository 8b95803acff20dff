import type { FunctionBuilder, Local } from "./asm.ts";
import { forUp } from "./loops.ts";

/** Pieces of address arithmetic that the hand-written kernels share. All locals are i32. */

/** Loads named parameter words, the first of them at word `start` of the block, into locals of the same names. */
export function loadWords<W extends string>(
  f: FunctionBuilder,
  block: Local,
  names: readonly W[],
  start = 0,
): Record<W, Local> {
  const loaded = {} as Record<W, Local>;
  names.forEach((name, i) => {
    loaded[name] = f.local("i32");
    f.get(block)
      .mem("i32.load", 4 * (start + i))
      .set(loaded[name]);
  });
  return loaded;
}

/** Appends `into = min(x, y - z)` for signed numbers. */
export function minRemaining(f: FunctionBuilder, into: Local, x: Local, y: Local, z: Local): void {
  f.get(x).get(y, z).op("i32.sub").get(x).get(y, z).op("i32.sub", "i32.lt_s", "select").set(into);
}

/** Appends `into = remainder of index by size times block`, then divides `index` by `size`. */
export function takeIndex(f: FunctionBuilder, into: Local, index: Local, size: Local, block: Local): void {
  f.get(index, size).op("i32.rem_u").get(block).op("i32.mul").set(into);
  f.get(index, size).op("i32.div_u").set(index);
}

/** Appends `base += x * y` for i32 locals. */
export function addProduct(f: FunctionBuilder, base: Local, x: Local, y: Local): void {
  f.get(base).get(x, y).op("i32.mul", "i32.add").set(base);
}

/**
 * Appends the step to matrix `index` of a batch: for every batch dimension, the coordinate times the target's stride is
 * added to each target. `records` points to `dims` records (size, one stride per target). Leaves `index` at zero.
 */
export function addBatch(
  f: FunctionBuilder,
  records: Local,
  dims: Local,
  index: Local,
  targets: readonly Local[],
): void {
  const [d, p, coordinate] = f.locals("i32", 3);
  f.i32Const(0).set(d).get(records).set(p);
  forUp(f, d, dims, 1, () => {
    f.get(index).get(p).mem("i32.load").op("i32.rem_u").set(coordinate);
    f.get(index).get(p).mem("i32.load").op("i32.div_u").set(index);
    targets.forEach((target, i) => {
      f.get(p).mem("i32.load", 4 + 4 * i);
      f.get(coordinate).op("i32.mul").get(target).op("i32.add").set(target);
    });
    f.increment(p, 4 + 4 * targets.length);
  });
}
