/** Running reductions and linear recurrences over rows of neighbouring columns. */
import { identityOf, type ScanAttr } from "../../scan/layout.ts";
import { wasmModule, type FunctionBuilder, type Local } from "./asm.ts";
import { loadWords, minRemaining, takeIndex } from "./gemmWords.ts";
import { combineOp, eachColumn, repeat, scanFormat, splatOf, STRIP, type ScanType } from "./scanKernel.ts";
import { forUp } from "./loops.ts";

/**
 * Parameter words. `row` is the distance of rows in bytes, `first` the place of the first row in the direction of the scan;
 * `block` elements along the axis make a block, of which the first in that direction may be shorter (`start`).
 */
// prettier-ignore
export const COLUMN_WORDS = [
  "x", "y", "a", "outer", "n", "inner", "strips", "row", "first", "block", "start",
] as const;

/** Bytes of scratch. */
export const COLUMN_SCRATCH: number = 2 * STRIP * 8;

/** Locals of one strip. */
interface Strip {
  readonly w: Readonly<Record<(typeof COLUMN_WORDS)[number], Local>>;
  readonly columns: Local;
  readonly x: Local;
  readonly y: Local;
  readonly a: Local;
  readonly scratch: Local;
}

/** Emits a module whose work units are strips of columns; `body` appends what happens to one. */
function stripModule(dtype: ScanType, shared: boolean, body: (f: FunctionBuilder, strip: Strip) => void): Uint8Array {
  const { width } = scanFormat(dtype);
  const m = wasmModule({ shared });
  m.func({ name: "run", params: ["i32", "i32", "i32", "i32"] }, (f) => {
    const [pp, lo, hi, scratch] = f.params;
    const w = loadWords(f, pp, COLUMN_WORDS);
    const [unit, index, column, columns, strip, place] = f.locals("i32", 6);
    const [x, y, a] = f.locals("i32", 3);
    f.i32Const(STRIP).set(strip);
    f.get(lo).set(unit);
    forUp(f, unit, hi, 1, () => {
      f.get(unit).set(index);
      takeIndex(f, column, index, w.strips, strip);
      minRemaining(f, columns, strip, w.inner, column);
      // index is now the outer one.
      f.get(index, w.outer).op("i32.mul").get(column).i32Const(width).op("i32.mul", "i32.add");
      f.get(w.first).op("i32.add").set(place);
      f.sum(x, w.x, place).sum(y, w.y, place).sum(a, w.a, place);
      body(f, { w, columns, x, y, a, scratch });
    });
  });
  return m.bytes();
}

/** Fills the state of a strip with a number. */
function fillState(f: FunctionBuilder, dtype: ScanType, at: Local, columns: Local, value: number): void {
  const address = f.local("i32");
  const vector = f.local("v128");
  f.v128Const(splatOf(dtype, value)).set(vector);
  f.get(at).set(address);
  eachColumn(f, scanFormat(dtype), columns, { at: [address] }, (_, store) => store(0, vector));
}

/** Module of a running reduction. */
export function scanColumnsModule(dtype: ScanType, { kind, exclusive }: ScanAttr, shared: boolean): Uint8Array {
  const format = scanFormat(dtype);
  const op = combineOp(kind, dtype);
  const identity = identityOf(kind, dtype, exclusive);
  return stripModule(dtype, shared, (f, { w, columns, x, y, scratch }) => {
    const [left, rows, offsets, from, to, local, offset] = f.locals("i32", 7);
    f.get(scratch)
      .i32Const(STRIP * format.width)
      .op("i32.add")
      .set(offsets);
    const combined = (p: Local, q: Local): Local => {
      const result = f.local("v128");
      f.get(p, q).op(op).set(result);
      return result;
    };
    fillState(f, dtype, offsets, columns, identity);
    f.get(w.n).set(left).get(w.start).set(rows);
    f.loop((nextBlock) => {
      f.get(left, rows).op("i32.sub").set(left);
      fillState(f, dtype, scratch, columns, identity);
      repeat(f, rows, () => {
        f.get(x).set(from).get(y).set(to).get(scratch).set(local).get(offsets).set(offset);
        eachColumn(f, format, columns, { at: [from, to, local, offset] }, (load, store) => {
          const before = load(2);
          const after = combined(before, load(0));
          store(1, combined(load(3), exclusive ? before : after));
          store(2, after);
        });
        f.sum(x, x, w.row).sum(y, y, w.row);
      });
      f.get(left).if(() => {
        f.get(scratch).set(local).get(offsets).set(offset);
        eachColumn(f, format, columns, { at: [local, offset] }, (load, store) => store(1, combined(load(1), load(0))));
        f.get(left, w.block).get(left, w.block).op("i32.lt_s", "select").set(rows);
        f.br(nextBlock);
      });
    });
  });
}

/** Module of a linear recurrence: y = a y + x down the columns. */
export function linearColumnsModule(dtype: "f32" | "f64", shared: boolean): Uint8Array {
  const format = scanFormat(dtype);
  const vector = dtype === "f32" ? "f32x4" : "f64x2";
  return stripModule(dtype, shared, (f, { w, columns, x, y, a, scratch }) => {
    const [left, from, to, factor, state] = f.locals("i32", 5);
    fillState(f, dtype, scratch, columns, 0);
    f.get(w.n).set(left);
    repeat(f, left, () => {
      f.get(x).set(from).get(y).set(to).get(a).set(factor).get(scratch).set(state);
      eachColumn(f, format, columns, { at: [from, to, factor, state] }, (load, store) => {
        const result = f.local("v128");
        f.get(load(2), load(3)).op(`${vector}.mul`).get(load(0)).op(`${vector}.add`).set(result);
        store(1, result);
        store(3, result);
      });
      f.sum(x, x, w.row).sum(y, y, w.row).sum(a, a, w.row);
    });
  });
}
