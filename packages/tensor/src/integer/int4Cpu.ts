/** The product with four-bit weights on the CPU. */
import type { CpuLaunch, CpuRoutine, Word } from "../backend/backend.ts";
import { wasmModule } from "../backend/cpu/asm.ts";
import type { FunctionBuilder, Local, ModuleBuilder } from "../backend/cpu/asm.ts";
import { loadWords, minRemaining } from "../backend/cpu/gemmWords.ts";
import { multiplyAdd, tileConfig } from "../backend/cpu/gemmMicro.ts";
import { forUp, whileAtLeast } from "../backend/cpu/loops.ts";
import type { Int4Attr } from "./oracle.ts";

/** Codes in one vector. */
const CHUNK = 32;
/** Rows of the weight in a work unit. */
const BLOCK = 16;
/** Rows of X that share the unpacked codes. */
const ROWS = 4;

const PREPARE_WORDS = ["x", "to", "sums", "k", "group", "groups"] as const;

/**
 * Rows of X with the even elements of each 32 before the odd ones, which is how the nibbles of a vector come apart, and
 * the sum of every group. A unit is a row.
 */
function prepareModule(shared: boolean): Uint8Array {
  const m = wasmModule({ shared });
  m.func({ name: "run", params: ["i32", "i32", "i32", "i32"] }, (f) => {
    const [pp, lo, hi] = f.params;
    const w = loadWords(f, pp, PREPARE_WORDS);
    const [row, from, to, end, groupEnd, sums, bytes] = f.locals("i32", 7);
    const [first, second, acc] = f.locals("v128", 3);
    f.get(w.k).i32Const(4).op("i32.mul").set(bytes);
    f.get(lo).set(row);
    forUp(f, row, hi, 1, () => {
      f.get(w.x).get(row, bytes).op("i32.mul", "i32.add").set(from);
      f.get(w.to).get(row, bytes).op("i32.mul", "i32.add").set(to);
      f.sum(end, from, bytes);
      f.get(w.sums).get(row, w.groups).op("i32.mul").i32Const(4).op("i32.mul", "i32.add").set(sums);
      f.loop((again) => {
        f.get(from).get(w.group).i32Const(4).op("i32.mul", "i32.add").set(groupEnd);
        f.v128Const(new Float32Array(4)).set(acc);
        f.loop((more) => {
          for (let i = 0; i < 4; i++) {
            f.get(from)
              .mem("v128.load", 32 * i)
              .set(first);
            f.get(from)
              .mem("v128.load", 32 * i + 16)
              .set(second);
            f.get(acc).get(first, second).op("f32x4.add", "f32x4.add").set(acc);
            f.get(to)
              .get(first, second)
              .shuffle([0, 2, 4, 6])
              .mem("v128.store", 16 * i);
            f.get(to)
              .get(first, second)
              .shuffle([1, 3, 5, 7])
              .mem("v128.store", 64 + 16 * i);
          }
          f.increment(from, 4 * CHUNK).increment(to, 4 * CHUNK);
          f.get(from, groupEnd).op("i32.lt_u").brIf(more);
        });
        f.get(sums);
        pushLanes(f, acc);
        f.mem("f32.store").increment(sums, 4);
        f.get(from, end).op("i32.lt_u").brIf(again);
      });
    });
  });
  return m.bytes();
}

/** Pushes the sum of the four lanes. */
function pushLanes(f: FunctionBuilder, v: Local): void {
  f.get(v).lane("f32x4.extract_lane", 0).get(v).lane("f32x4.extract_lane", 1).op("f32.add");
  f.get(v).lane("f32x4.extract_lane", 2).get(v).lane("f32x4.extract_lane", 3).op("f32.add", "f32.add");
}

const MULTIPLY_WORDS = ["x", "sums", "codes", "scale", "zero", "y", "m", "n", "k", "group", "groups"] as const;

/** `row(x, xStride, sums, sumStride, codes, scale, zero, y, yStride, group, groups)`: one row of the weight by `rows` of X. */
function emitRow(m: ModuleBuilder, relaxed: boolean, rows: number): FunctionBuilder {
  const f = m.func({ params: Array<"i32">(11).fill("i32") });
  const [x, xStride, sums, sumStride, codes, scale, zero, y, yStride, group, groups] = f.params;
  const config = tileConfig("f32", relaxed);
  const xs = f.locals("i32", rows);
  const sumsOf = f.locals("i32", rows);
  for (let r = 0; r < rows; r++) {
    if (r === 0) f.get(x).set(xs[0]).get(sums).set(sumsOf[0]);
    else f.sum(xs[r], xs[r - 1], xStride).sum(sumsOf[r], sumsOf[r - 1], sumStride);
  }
  // A single row alternates between four sums, so that additions do not wait for each other.
  const parts = rows === 1 ? 4 : 1;
  const acc = Array.from({ length: rows }, () => f.locals("v128", parts));
  const total = f.locals("v128", rows);
  const rest = f.locals("f32", rows);
  const [packed, nibbles, wide, values, factor] = f.locals("v128", 5);
  const left = f.local("i32");
  const step = (half: number): void => {
    f.get(packed);
    if (half === 1) f.i32Const(4).op("i32x4.shr_u");
    f.v128Const(new Uint8Array(16).fill(15)).op("v128.and").set(nibbles);
    for (const [i, byteHalf] of (["low", "high"] as const).entries()) {
      f.get(nibbles).op(`i16x8.extend_${byteHalf}_i8x16_u`).set(wide);
      for (const [j, wordHalf] of (["low", "high"] as const).entries()) {
        f.get(wide).op(`i32x4.extend_${wordHalf}_i16x8_u`, "f32x4.convert_i32x4_s").set(values);
        const t = 2 * i + j;
        for (let r = 0; r < rows; r++) {
          f.get(xs[r])
            .mem("v128.load", 64 * half + 16 * t)
            .set(factor);
          multiplyAdd(f, config, acc[r][t % parts], values, factor);
        }
      }
    }
  };
  whileAtLeast(f, groups, 1, () => {
    for (const sum of acc.flat()) f.v128Const(new Float32Array(4)).set(sum);
    f.get(group).set(left);
    whileAtLeast(f, left, 1, () => {
      f.get(codes).mem("v128.load").set(packed);
      step(0);
      step(1);
      f.increment(codes, CHUNK / 2).increment(left, -CHUNK);
      for (const at of xs) f.increment(at, 4 * CHUNK);
    });
    f.get(scale).mem("v128.load32_splat").set(factor);
    for (let r = 0; r < rows; r++) {
      for (const part of acc[r].slice(1)) f.get(acc[r][0], part).op("f32x4.add").set(acc[r][0]);
      multiplyAdd(f, config, total[r], acc[r][0], factor);
      f.get(rest[r]).get(scale).mem("f32.load").get(zero).mem("f32.load").op("f32.mul");
      f.get(sumsOf[r]).mem("f32.load").op("f32.mul", "f32.add").set(rest[r]);
      f.increment(sumsOf[r], 4);
    }
    f.increment(scale, 4).increment(zero, 4).increment(groups, -1);
  });
  for (let r = 0; r < rows; r++) {
    f.get(y);
    pushLanes(f, total[r]);
    f.get(rest[r]).op("f32.sub").mem("f32.store").sum(y, y, yStride);
  }
  return f;
}

/** A unit is a block of rows of the weight, by all rows of X. */
function multiplyModule(relaxed: boolean, shared: boolean): Uint8Array {
  const module = wasmModule({ shared });
  const rows = Array.from({ length: ROWS }, (_, i) => emitRow(module, relaxed, i + 1));
  module.func({ name: "run", params: ["i32", "i32", "i32", "i32"] }, (f) => {
    const [pp, lo, hi] = f.params;
    const w = loadWords(f, pp, MULTIPLY_WORDS);
    const [unit, j, end, i, left, xStride, sumStride, yStride, block, codes, scale, zero] = f.locals("i32", 12);
    f.get(w.k).i32Const(4).op("i32.mul").set(xStride);
    f.get(w.groups).i32Const(4).op("i32.mul").set(sumStride);
    f.get(w.n).i32Const(4).op("i32.mul").set(yStride);
    f.i32Const(BLOCK).set(block);
    const call = (callee: FunctionBuilder): void => {
      f.get(w.x).get(i, xStride).op("i32.mul", "i32.add").get(xStride);
      f.get(w.sums).get(i, sumStride).op("i32.mul", "i32.add").get(sumStride, codes, scale, zero);
      f.get(w.y).get(i, w.n).op("i32.mul").get(j).op("i32.add").i32Const(4).op("i32.mul", "i32.add").get(yStride);
      f.get(w.group, w.groups).call(callee);
    };
    f.get(lo).set(unit);
    forUp(f, unit, hi, 1, () => {
      f.get(unit, block).op("i32.mul").set(j);
      minRemaining(f, end, block, w.n, j);
      f.sum(end, end, j);
      forUp(f, j, end, 1, () => {
        f.get(w.codes).get(j, w.k).op("i32.mul").i32Const(2).op("i32.div_u", "i32.add").set(codes);
        f.get(w.scale).get(j, sumStride).op("i32.mul", "i32.add").set(scale);
        f.get(w.zero).get(j, sumStride).op("i32.mul", "i32.add").set(zero);
        f.i32Const(0).set(i).get(w.m).set(left);
        whileAtLeast(f, left, ROWS, () => {
          call(rows[ROWS - 1]);
          f.increment(i, ROWS).increment(left, -ROWS);
        });
        for (let count = ROWS - 1; count >= 1; count--) {
          f.get(left).i32Const(count).op("i32.eq");
          f.if(() => call(rows[count - 1]));
        }
      });
    });
  });
  return module.bytes();
}

/** Groups that are no multiple of 32 are left to the oracle. */
export const int4Cpu: CpuRoutine = ([x, codes, scale, zero], [y], attr, { relaxed }) => {
  const { group } = attr as Int4Attr;
  if (group % CHUNK !== 0) return null;
  const [m, k] = x.shape;
  const [n] = codes.shape;
  const groups = k / group;
  const prepare: Record<(typeof PREPARE_WORDS)[number], Word> = {
    x: { input: 0, bytes: 4 * x.offset },
    to: { temp: 0 },
    sums: { temp: 1 },
    k,
    group,
    groups,
  };
  const multiply: Record<(typeof MULTIPLY_WORDS)[number], Word> = {
    x: { temp: 0 },
    sums: { temp: 1 },
    codes: { input: 1, bytes: 4 * codes.offset },
    scale: { input: 2, bytes: 4 * scale.offset },
    zero: { input: 3, bytes: 4 * zero.offset },
    y: { output: 0, bytes: 4 * y.offset },
    m,
    n,
    k,
    group,
    groups,
  };
  const launches: CpuLaunch[] = [
    {
      key: "int4 prepare",
      bytes: prepareModule,
      words: PREPARE_WORDS.map((name) => prepare[name]),
      units: m,
      unitCost: k / 4,
      scratch: 0,
    },
    {
      key: `int4 multiply ${relaxed}`,
      bytes: (shared) => multiplyModule(relaxed, shared),
      words: MULTIPLY_WORDS.map((name) => multiply[name]),
      units: Math.ceil(n / BLOCK),
      unitCost: 50 + (Math.min(n, BLOCK) * m * k) / 10,
      scratch: 0,
    },
  ];
  return { temps: [4 * m * k, 4 * m * groups], launches };
};
