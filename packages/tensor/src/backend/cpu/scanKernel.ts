/**
 * Running reductions on the CPU. Rows of neighbouring columns are combined whole; rows along memory are taken four at a time
 * and transposed in registers, so that both do the same operations in the same order.
 */
import type { ScanKind } from "../../scan/layout.ts";
import type { FunctionBuilder, Local } from "./asm.ts";
import type { PlainOp } from "./opcodes.ts";
import { whileAtLeast } from "./loops.ts";

/** Element types of scans. */
export type ScanType = "f32" | "f64" | "i32" | "u32";

/** What emitters need to know about an element type. */
export interface ScanFormat {
  readonly width: 4 | 8;
  readonly lanes: 4 | 2;
  readonly splat: "v128.load32_splat" | "v128.load64_splat";
  readonly zero: "v128.load32_zero" | "v128.load64_zero";
  readonly storeLane: "v128.store32_lane" | "v128.store64_lane";
}

/** Facts about an element type. */
export function scanFormat(dtype: ScanType): ScanFormat {
  return dtype === "f64"
    ? { width: 8, lanes: 2, splat: "v128.load64_splat", zero: "v128.load64_zero", storeLane: "v128.store64_lane" }
    : { width: 4, lanes: 4, splat: "v128.load32_splat", zero: "v128.load32_zero", storeLane: "v128.store32_lane" };
}

/** Whether scans of a data type have a compiled version. */
export function isScanType(dtype: string): dtype is ScanType {
  return dtype === "f32" || dtype === "f64" || dtype === "i32" || dtype === "u32";
}

/** The vector instruction that combines elements. */
export function combineOp(kind: ScanKind, dtype: ScanType): PlainOp {
  const name = { sum: "add", prod: "mul", max: "max", min: "min" } as const;
  if (dtype === "f32") return `f32x4.${name[kind]}`;
  if (dtype === "f64") return `f64x2.${name[kind]}`;
  if (kind === "sum" || kind === "prod") return `i32x4.${name[kind as "sum" | "prod"]}`;
  return `i32x4.${name[kind]}_${dtype === "i32" ? "s" : "u"}`;
}

/** All lanes set to a number. */
export function splatOf(dtype: ScanType, x: number): ArrayBufferView {
  if (dtype === "f32") return new Float32Array(4).fill(x);
  if (dtype === "f64") return new Float64Array(2).fill(x);
  return dtype === "i32" ? new Int32Array(4).fill(x) : new Uint32Array(4).fill(x);
}

/** `do body() while ((count -= 1) > 0)` for a count that may be 0. */
export function repeat(f: FunctionBuilder, count: Local, body: () => void): void {
  f.get(count).if(() => {
    f.loop((again) => {
      body();
      f.increment(count, -1).get(count).brIf(again);
    });
  });
}

/** Columns worked on together: their state is kept in scratch. */
export const STRIP = 512;

/** Addresses of the same column in several arrays. */
export interface Columns {
  readonly at: readonly Local[];
}

/**
 * Appends `body` for all `count` columns, a vector of them at a time and then one by one; `load` and `store` given to it move
 * a vector or a single element from and to the addresses, which advance from column to column.
 */
export function eachColumn(
  f: FunctionBuilder,
  format: ScanFormat,
  count: Local,
  { at }: Columns,
  body: (load: (array: number) => Local, store: (array: number, value: Local) => void) => void,
): void {
  const left = f.local("i32");
  f.get(count).set(left);
  const run = (lanes: number): void => {
    const load = (array: number): Local => {
      const value = f.local("v128");
      f.get(at[array])
        .mem(lanes === 1 ? format.zero : "v128.load")
        .set(value);
      return value;
    };
    const store = (array: number, value: Local): void => {
      f.get(at[array], value);
      if (lanes === 1) f.memLane(format.storeLane, 0);
      else f.mem("v128.store");
    };
    whileAtLeast(f, left, lanes, () => {
      body(load, store);
      for (const address of at) f.increment(address, lanes * format.width);
      f.increment(left, -lanes);
    });
  };
  run(format.lanes);
  run(1);
}

/** Rows along memory that are scanned together. */
export const CHAINS = 4;

/** Transposes as many vectors as they have lanes. */
export function transposed(f: FunctionBuilder, format: ScanFormat, rows: readonly Local[]): Local[] {
  const shuffle = (a: Local, b: Local, lanes: readonly number[]): Local => {
    const result = f.local("v128");
    f.get(a, b).shuffle(lanes).set(result);
    return result;
  };
  if (format.lanes === 2) {
    const [a, b] = rows;
    return [shuffle(a, b, [0, 2]), shuffle(a, b, [1, 3])];
  }
  const [a, b, c, d] = rows;
  const low = [shuffle(a, b, [0, 4, 1, 5]), shuffle(c, d, [0, 4, 1, 5])] as const;
  const high = [shuffle(a, b, [2, 6, 3, 7]), shuffle(c, d, [2, 6, 3, 7])] as const;
  return [low, high].flatMap(([ab, cd]) => [shuffle(ab, cd, [0, 1, 4, 5]), shuffle(ab, cd, [2, 3, 6, 7])]);
}
