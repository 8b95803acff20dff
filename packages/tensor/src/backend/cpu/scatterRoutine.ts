/** Adding rows at computed positions on the CPU, in the order of the positions. A work unit is one of the outer results. */
import type { CpuRoutine } from "../backend.ts";
import { wasmModule } from "./asm.ts";
import { loadWords } from "./gemmWords.ts";
import { forUp } from "./loops.ts";

/** Adds whole vectors where rows consist of them, otherwise single elements. */
function scatterModule(type: "f32" | "f64" | "i32", vectors: boolean, shared: boolean): Uint8Array {
  const step = vectors ? 16 : type === "f64" ? 8 : 4;
  const memory = vectors ? "v128" : type;
  const add = vectors ? (`${type}x${type === "f64" ? 2 : 4}.add` as "f32x4.add") : (`${type}.add` as const);
  const m = wasmModule({ shared });
  m.func({ name: "run", params: ["i32", "i32", "i32", "i32"] }, (f) => {
    const [pp, unit, hi] = f.params;
    const w = loadWords(f, pp, ["x", "at", "y", "rows", "size", "bytes"]);
    const [base, from, at, row, to, i, k] = f.locals("i32", 7);
    f.get(w.size, w.bytes).op("i32.mul").set(k);
    f.get(w.y).get(unit, k).op("i32.mul", "i32.add").set(base);
    f.get(w.x).get(unit, w.rows).op("i32.mul").get(w.bytes).op("i32.mul", "i32.add").set(from);
    forUp(f, unit, hi, 1, () => {
      f.get(base).i32Const(0).get(w.size, w.bytes).op("i32.mul").memoryFill();
      f.get(w.at).set(at).i32Const(0).set(i);
      forUp(f, i, w.rows, 1, () => {
        // Negative positions count from the end; what is still negative is outside like what is too large.
        f.get(at).mem("i32.load").tee(row).get(w.size).op("i32.add").get(row, row).i32Const(0).op("i32.lt_s", "select");
        f.tee(row)
          .get(w.size)
          .op("i32.lt_u")
          .if(
            () => {
              f.get(base).get(row, w.bytes).op("i32.mul", "i32.add").set(to).i32Const(0).set(k);
              forUp(f, k, w.bytes, step, () => {
                f.get(to, to).mem(`${memory}.load`).get(from).mem(`${memory}.load`).op(add).mem(`${memory}.store`);
                f.increment(to, step).increment(from, step);
              });
            },
            () => f.sum(from, from, w.bytes),
          );
        f.increment(at, 4);
      });
      f.get(base).get(w.size, w.bytes).op("i32.mul", "i32.add").set(base);
    });
  });
  return m.bytes();
}

/** Rows of x added at positions: inputs [..., rows, after] and the positions, output [..., size, after]. */
export const scatterCpu: CpuRoutine = ([x, at], [y], attr) => {
  const { axis, size } = attr as { readonly axis: number; readonly size: number };
  const type = y.dtype === "u32" ? "i32" : (y.dtype as "f32" | "f64" | "i32");
  const width = type === "f64" ? 8 : 4;
  const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
  const rows = count(at.shape);
  const bytes = width * count(y.shape.slice(axis + 1));
  const vectors = bytes % 16 === 0;
  return {
    temps: [],
    launches: [
      {
        key: `scatter ${type} ${vectors}`,
        bytes: (shared) => scatterModule(type, vectors, shared),
        words: [
          { input: 0, bytes: x.offset * width },
          { input: 1, bytes: at.offset * 4 },
          { output: 0, bytes: y.offset * width },
          rows,
          size,
          bytes,
        ],
        units: count(y.shape.slice(0, axis)),
        unitCost: rows + (rows + size) * bytes * 0.1,
        scratch: 0,
      },
    ],
  };
};
