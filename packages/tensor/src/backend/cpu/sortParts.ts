/**
 * Pieces of radix sorting: keys whose order as unsigned numbers is that of the elements, and passes that sort them by eight
 * bits at a time, lowest first, each keeping the order of equals.
 */
import type { FunctionBuilder, Local, ModuleBuilder } from "./asm.ts";
import { repeat, type ScanType } from "./scanKernel.ts";

/** Bytes of the table of counts. */
export const COUNTS: number = 256 * 4;

/** What emitters need to know about keys. */
export interface KeyFormat {
  readonly dtype: ScanType;
  readonly descending: boolean;
  readonly type: "i32" | "i64";
  readonly bytes: 4 | 8;
}

/** The keys of an element type. */
export function keyFormat(dtype: ScanType, descending: boolean): KeyFormat {
  return dtype === "f64" ? { dtype, descending, type: "i64", bytes: 8 } : { dtype, descending, type: "i32", bytes: 4 };
}

function constant(f: FunctionBuilder, { type }: KeyFormat, x: bigint): void {
  if (type === "i64") f.i64Const(x);
  else f.i32Const(Number(BigInt.asIntN(32, x)));
}

/** Appends the load of an element at `address` and its key into `key`. */
export function loadKey(f: FunctionBuilder, format: KeyFormat, address: Local, key: Local): void {
  const { dtype, type, descending } = format;
  const bits = type === "i64" ? 64n : 32n;
  const sign = 1n << (bits - 1n);
  f.get(address).mem(`${type}.load`).set(key);
  if (dtype === "i32") {
    f.get(key);
    constant(f, format, sign);
    f.op(`${type}.xor`).set(key);
  }
  if (dtype === "i32" || dtype === "u32") {
    if (descending) f.get(key).i32Const(-1).op("i32.xor").set(key);
    return;
  }
  const infinity = dtype === "f64" ? 0x7ff0000000000000n : 0x7f800000n;
  f.get(key);
  constant(f, format, sign - 1n);
  f.op(`${type}.and`);
  constant(f, format, infinity);
  f.op(`${type}.gt_u`).if(
    // NaN comes last whatever the order.
    () => {
      constant(f, format, -1n);
      f.set(key);
    },
    () => {
      // Both zeros are equal.
      f.get(key);
      constant(f, format, sign);
      f.op(`${type}.eq`).if(() => {
        constant(f, format, 0n);
        f.set(key);
      });
      // Negative numbers: all bits are turned; others: the sign.
      f.get(key, key);
      constant(f, format, bits - 1n);
      f.op(`${type}.shr_s`);
      constant(f, format, sign);
      f.op(`${type}.or`, `${type}.xor`);
      if (descending) {
        constant(f, format, -1n);
        f.op(`${type}.xor`);
      }
      f.set(key);
    },
  );
}

/** Appends the eight bits of a key that start at `shift` (a local i32). */
function digit(f: FunctionBuilder, { type }: KeyFormat, key: Local, shift: Local): void {
  if (type === "i64") f.get(key, shift).op("i64.extend_i32_u", "i64.shr_u", "i32.wrap_i64");
  else f.get(key, shift).op("i32.shr_u");
  f.i32Const(255).op("i32.and");
}

/** The functions of a module that sorts. */
export interface SortFunctions {
  /** `(elements, keys, positions, first, count)`: keys of elements and their positions, counted from `first`. */
  readonly prepare: FunctionBuilder;
  /** `(keys, count, shift, counts)`: how often every digit occurs. */
  readonly count: FunctionBuilder;
  /** `(keys, positions, keysTo, positionsTo, count, shift, starts)`: moves everything to its digit's next place. */
  readonly move: FunctionBuilder;
}

/** Emits the functions. */
export function emitSortFunctions(m: ModuleBuilder, format: KeyFormat): SortFunctions {
  const { type, bytes } = format;
  const prepare = m.func({ params: ["i32", "i32", "i32", "i32", "i32"] }, (f) => {
    const [elements, keys, positions, first, count] = f.params;
    const key = f.local(type);
    repeat(f, count, () => {
      loadKey(f, format, elements, key);
      f.get(keys, key).mem(`${type}.store`).get(positions, first).mem("i32.store");
      f.increment(elements, bytes).increment(keys, bytes).increment(positions, 4).increment(first, 1);
    });
  });
  const entry = (f: FunctionBuilder, table: Local, key: Local, shift: Local, into: Local): void => {
    digit(f, format, key, shift);
    f.i32Const(2).op("i32.shl").get(table).op("i32.add").set(into);
  };
  const count = m.func({ params: ["i32", "i32", "i32", "i32"] }, (f) => {
    const [keys, left, shift, counts] = f.params;
    const at = f.local("i32");
    const key = f.local(type);
    f.get(counts).i32Const(0).i32Const(COUNTS).memoryFill();
    repeat(f, left, () => {
      f.get(keys).mem(`${type}.load`).set(key);
      entry(f, counts, key, shift, at);
      f.get(at, at).mem("i32.load").i32Const(1).op("i32.add").mem("i32.store");
      f.increment(keys, bytes);
    });
  });
  const move = m.func({ params: ["i32", "i32", "i32", "i32", "i32", "i32", "i32"] }, (f) => {
    const [keys, positions, keysTo, positionsTo, left, shift, starts] = f.params;
    const [at, place] = f.locals("i32", 2);
    const key = f.local(type);
    repeat(f, left, () => {
      f.get(keys).mem(`${type}.load`).set(key);
      entry(f, starts, key, shift, at);
      f.get(at).mem("i32.load").set(place);
      f.get(at, place).i32Const(1).op("i32.add").mem("i32.store");
      f.get(keysTo, place).i32Const(bytes).op("i32.mul", "i32.add").get(key).mem(`${type}.store`);
      f.get(positionsTo, place).i32Const(2).op("i32.shl", "i32.add").get(positions).mem("i32.load").mem("i32.store");
      f.increment(keys, bytes).increment(positions, 4);
    });
  });
  return { prepare, count, move };
}
