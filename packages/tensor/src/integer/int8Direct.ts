/** The product of few rows of bytes: B is read where it lies, so that nothing is spent on bringing it into another form. */
import type { CpuLaunch, CpuRoutine, Word } from "../backend/backend.ts";
import { wasmModule } from "../backend/cpu/asm.ts";
import type { FunctionBuilder, Local, ModuleBuilder } from "../backend/cpu/asm.ts";
import { loadWords, minRemaining } from "../backend/cpu/gemmWords.ts";
import { forUp, whileAtLeast } from "../backend/cpu/loops.ts";
import type { Int8Attr } from "./oracle.ts";

/** Rows of A that share the bytes of B. */
const ROWS = 4;
/** Rows of B in a work unit. */
const BLOCK = 16;

/** Pushes the sum of the four lanes. */
function pushLanes(f: FunctionBuilder, v: Local): void {
  f.get(v).lane("i32x4.extract_lane", 0);
  for (const lane of [1, 2, 3]) f.get(v).lane("i32x4.extract_lane", lane).op("i32.add");
}

const WIDEN_WORDS = ["from", "stride", "to", "sums", "k", "padded", "add"] as const;

/**
 * Rows of A as 16-bit numbers less the zero point, with zeros behind, and their sums. A unit is a row; `add` holds the
 * negative zero point twice.
 */
function widenModule(signed: boolean, shared: boolean): Uint8Array {
  const m = wasmModule({ shared });
  m.func({ name: "run", params: ["i32", "i32", "i32", "i32"] }, (f) => {
    const [pp, lo, hi, scratch] = f.params;
    const w = loadWords(f, pp, WIDEN_WORDS);
    const [row, at, end, to, target] = f.locals("i32", 5);
    const [add, ones, acc] = f.locals("v128", 3);
    f.v128Const(new Int16Array(8).fill(1)).set(ones);
    f.get(w.add).op("i32x4.splat").set(add);
    f.get(lo).set(row);
    forUp(f, row, hi, 1, () => {
      f.get(scratch).get(w.from).get(row, w.stride).op("i32.mul", "i32.add").get(w.k).memoryCopy();
      f.get(w.to).get(row, w.padded).op("i32.mul").i32Const(2).op("i32.mul", "i32.add").tee(to).set(target);
      f.get(scratch).set(at).sum(end, scratch, w.padded);
      forUp(f, at, end, 8, () => {
        f.get(target).get(at);
        f.mem(signed ? "v128.load8x8_s" : "v128.load8x8_u")
          .get(add)
          .op("i16x8.add")
          .mem("v128.store");
        f.increment(target, 16);
      });
      // Behind the last byte stands what was in the scratch memory.
      f.get(to).get(w.k).i32Const(2).op("i32.mul", "i32.add").i32Const(0);
      f.get(w.padded, w.k).op("i32.sub").i32Const(2).op("i32.mul").memoryFill();
      f.v128Const(new Int32Array(4)).set(acc);
      f.get(to).set(at).get(target).set(end);
      forUp(f, at, end, 16, () => {
        f.get(at).mem("v128.load").get(ones).op("i32x4.dot_i16x8_s").get(acc).op("i32x4.add").set(acc);
      });
      f.get(w.sums).get(row).i32Const(4).op("i32.mul", "i32.add");
      pushLanes(f, acc);
      f.mem("i32.store");
    });
  });
  return m.bytes();
}

const MULTIPLY_WORDS = ["a", "sums", "b", "zeros", "c", "m", "n", "bytes", "padded"] as const;

/** `column(a, aStride, sums, b, zero, c, cStride, bytes)`: a row of B by `rows` rows of A. */
function emitColumn(m: ModuleBuilder, signed: boolean, rows: number): FunctionBuilder {
  const f = m.func({ params: Array<"i32">(8).fill("i32") });
  const [a, aStride, sums, b, zero, c, cStride, bytes] = f.params;
  const extend = signed ? "s" : "u";
  const from = f.locals("i32", rows);
  from.forEach((row, r) => (r === 0 ? f.get(a).set(row) : f.sum(row, from[r - 1], aStride)));
  // Two sums for each row, so that additions do not wait for each other.
  const acc = from.map(() => f.locals("v128", 2));
  const values = f.locals("v128", 2);
  whileAtLeast(f, bytes, 16, () => {
    values.forEach((value, i) =>
      f
        .get(b)
        .mem(`v128.load8x8_${extend}`, 8 * i)
        .set(value),
    );
    from.forEach((row, r) => {
      values.forEach((value, i) => {
        f.get(value)
          .get(row)
          .mem("v128.load", 16 * i);
        f.op("i32x4.dot_i16x8_s").get(acc[r][i]).op("i32x4.add").set(acc[r][i]);
      });
      f.increment(row, 32);
    });
    f.increment(b, 16).increment(bytes, -16);
  });
  whileAtLeast(f, bytes, 4, () => {
    f.get(b).mem("v128.load32_zero").op(`i16x8.extend_low_i8x16_${extend}`).set(values[0]);
    from.forEach((row, r) => {
      f.get(values[0]).get(row).mem("v128.load64_zero");
      f.op("i32x4.dot_i16x8_s").get(acc[r][0]).op("i32x4.add").set(acc[r][0]);
      f.increment(row, 8);
    });
    f.increment(b, 4).increment(bytes, -4);
  });
  acc.forEach(([first, second], r) => {
    f.get(first, second).op("i32x4.add").set(first);
    f.get(c);
    pushLanes(f, first);
    f.get(zero)
      .get(sums)
      .mem("i32.load", 4 * r);
    f.op("i32.mul", "i32.sub").mem("i32.store").sum(c, c, cStride);
  });
  return f;
}

/** A unit is a block of rows of B. */
function multiplyModule(signed: boolean, shared: boolean): Uint8Array {
  const module = wasmModule({ shared });
  const columns = Array.from({ length: ROWS }, (_, i) => emitColumn(module, signed, i + 1));
  module.func({ name: "run", params: ["i32", "i32", "i32", "i32"] }, (f) => {
    const [pp, lo, hi] = f.params;
    const w = loadWords(f, pp, MULTIPLY_WORDS);
    const [unit, j, end, block, aStride, cStride, i, left] = f.locals("i32", 8);
    f.get(w.padded).i32Const(2).op("i32.mul").set(aStride);
    f.get(w.n).i32Const(4).op("i32.mul").set(cStride);
    f.i32Const(BLOCK).set(block);
    const call = (column: FunctionBuilder): void => {
      f.get(w.a).get(i, aStride).op("i32.mul", "i32.add").get(aStride);
      f.get(w.sums).get(i).i32Const(4).op("i32.mul", "i32.add");
      f.get(w.b).get(j, w.bytes).op("i32.mul", "i32.add");
      f.get(w.zeros).get(j).i32Const(4).op("i32.mul", "i32.add").mem("i32.load");
      f.get(w.c).get(i, w.n).op("i32.mul").get(j).op("i32.add").i32Const(4).op("i32.mul", "i32.add");
      f.get(cStride, w.bytes).call(column);
    };
    f.get(lo).set(unit);
    forUp(f, unit, hi, 1, () => {
      f.get(unit, block).op("i32.mul").set(j);
      minRemaining(f, end, block, w.n, j);
      f.sum(end, end, j);
      forUp(f, j, end, 1, () => {
        f.i32Const(0).set(i).get(w.m).set(left);
        whileAtLeast(f, left, ROWS, () => {
          call(columns[ROWS - 1]);
          f.increment(i, ROWS).increment(left, -ROWS);
        });
        for (let count = ROWS - 1; count >= 1; count--) {
          f.get(left).i32Const(count).op("i32.eq");
          f.if(() => call(columns[count - 1]));
        }
      });
    });
  });
  return module.bytes();
}

/** The launches for few rows of A. Temporaries: its rows in 16-bit numbers, and their sums. */
export const int8Direct: CpuRoutine = ([a, b, zero], [c], attr) => {
  const { k, aSigned, bSigned, aZero } = attr as Int8Attr;
  const [m, words] = a.shape;
  const [n] = b.shape;
  const padded = Math.ceil(k / 16) * 16;
  const less = -aZero & 0xffff;
  const widen: Record<(typeof WIDEN_WORDS)[number], Word> = {
    from: { input: 0, bytes: 4 * a.offset },
    stride: 4 * words,
    to: { temp: 0 },
    sums: { temp: 1 },
    k,
    padded,
    add: less | (less << 16),
  };
  const multiply: Record<(typeof MULTIPLY_WORDS)[number], Word> = {
    a: { temp: 0 },
    sums: { temp: 1 },
    b: { input: 1, bytes: 4 * b.offset },
    zeros: { input: 2, bytes: 4 * zero.offset },
    c: { output: 0, bytes: 4 * c.offset },
    m,
    n,
    bytes: 4 * words,
    padded,
  };
  const launches: CpuLaunch[] = [
    {
      key: `int8 widen ${aSigned}`,
      bytes: (shared) => widenModule(aSigned, shared),
      words: WIDEN_WORDS.map((name) => widen[name]),
      units: m,
      unitCost: 50 + padded / 4,
      scratch: padded,
    },
    {
      key: `int8 direct ${bSigned}`,
      bytes: (shared) => multiplyModule(bSigned, shared),
      words: MULTIPLY_WORDS.map((name) => multiply[name]),
      units: Math.ceil(n / BLOCK),
      unitCost: 100 + (Math.min(n, BLOCK) * m * padded) / 15,
      scratch: 0,
    },
  ];
  return { temps: [2 * m * padded, 4 * m], launches };
};
