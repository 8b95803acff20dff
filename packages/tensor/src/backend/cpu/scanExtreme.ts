/** Places of running extremes on the CPU, one column after the other. */
import type { ExtremeAttr } from "../../scan/oracle.ts";
import { wasmModule } from "./asm.ts";
import { loadWords } from "./gemmWords.ts";
import { repeat, type ScanType } from "./scanKernel.ts";
import { forUp } from "./loops.ts";

/**
 * Parameter words; a work unit is one column. `row` and `yRow` are the distances of rows, `first` and `yFirst` the places of
 * the first one in the direction of the scan, all in bytes; `index` is its number and `step` 1 or -1.
 */
// prettier-ignore
export const EXTREME_WORDS = [
  "x", "y", "n", "inner", "outer", "yOuter", "row", "yRow", "first", "yFirst", "index", "step",
] as const;

/** Module of the places of running extremes. */
export function extremeModule(dtype: ScanType, { kind }: ExtremeAttr, shared: boolean): Uint8Array {
  const width = dtype === "f64" ? 8 : 4;
  const type = dtype === "u32" ? "i32" : dtype;
  const m = wasmModule({ shared });
  m.func({ name: "run", params: ["i32", "i32", "i32", "i32"] }, (f) => {
    const [pp, lo, hi] = f.params;
    const w = loadWords(f, pp, EXTREME_WORDS);
    const [unit, x, y, left, index, at, outer, column] = f.locals("i32", 8);
    const [value, best] = f.locals(type, 2);
    const better = (): void => {
      f.get(value, best);
      if (type !== "i32") f.op(`${type}.${kind === "max" ? "gt" : "lt"}`);
      else f.op(`i32.${kind === "max" ? "gt" : "lt"}_${dtype === "u32" ? "u" : "s"}`);
      if (type === "i32") return;
      f.get(value, value).op(`${type}.ne`).get(best, best).op(`${type}.eq`, "i32.and", "i32.or");
    };
    f.get(lo).set(unit);
    forUp(f, unit, hi, 1, () => {
      f.get(unit, w.inner).op("i32.div_u").set(outer);
      f.get(unit).get(outer, w.inner).op("i32.mul", "i32.sub").set(column);
      const place = (base: typeof x, stride: typeof x, first: typeof x, bytes: number, into: typeof x): void => {
        f.get(base).get(outer, stride).op("i32.mul", "i32.add").get(first).op("i32.add");
        f.get(column).i32Const(bytes).op("i32.mul", "i32.add").set(into);
      };
      place(w.x, w.outer, w.first, width, x);
      place(w.y, w.yOuter, w.yFirst, 4, y);
      f.get(w.n).set(left).get(w.index).set(index).get(index).set(at);
      f.get(x).mem(`${type}.load`).set(best);
      repeat(f, left, () => {
        f.get(x).mem(`${type}.load`).set(value);
        better();
        f.if(() => f.get(value).set(best).get(index).set(at));
        f.get(y, at).mem("i32.store");
        f.sum(x, x, w.row).sum(y, y, w.yRow).sum(index, index, w.step);
      });
    });
  });
  return m.bytes();
}
