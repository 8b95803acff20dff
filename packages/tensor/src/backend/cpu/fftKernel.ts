/** The module of a step of a Fourier transform: gathers a group of short transforms, runs the passes, scatters the results. */
import { product, type Complex } from "../../fft/butterfly.ts";
import type { Radix } from "../../fft/factor.ts";
import { wasmModule, type FunctionBuilder, type Local } from "./asm.ts";
import {
  declareBases,
  gather,
  gatherRows,
  lineOf,
  scatter,
  scatterRows,
  swapIf,
  type Access,
  type Bases,
} from "./fftAccess.ts";
import { emitPasses, formatOf, GROUP, VECTORS, vectorReals, type FloatType } from "./fftPasses.ts";
import { addBatch, loadWords } from "./gemmWords.ts";
import { forUp } from "./loops.ts";

/**
 * Parameter words, in order; addresses, strides and sizes in bytes. After them come: per pass (radix, span, place of its
 * factors); per axis of the batch (size, stride read, stride written, stride of the twiddle factors); per element the place
 * it is loaded from; per result, in the order they are stored, its place among the groups, the place it is stored to and, as
 * `finish` says, the places of its one or two twiddle factors.
 */
// prettier-ignore
export const FFT_WORDS = [
  "input", "output", "factors", "low", "high",
  "bytes", "passes", "batch", "axes", "pair",
  "scale", "scaleHigh",
] as const;

/** What is done to results before they are stored. */
export type Finish = "none" | "scale" | "twiddle" | "twiddleTwice";

/** The variants of the module. */
export interface FftConfig {
  readonly dtype: FloatType;
  readonly radices: readonly Radix[];
  readonly load: Access;
  readonly store: Exclude<Access, "apart">;
  /** Twiddle factors of a group's lanes. */
  readonly columns: "neighbours" | "scattered";
  /** Exchange real and imaginary parts. */
  readonly swapLoad: boolean;
  readonly swapStore: boolean;
  readonly finish: Finish;
}

/** Bytes of scratch for transforms of a length. */
export function fftScratch(length: number): number {
  return length * GROUP + 12 * formatOf("f32").lanes;
}

/** `do body() while ((p += step) < end)`, with addresses as unsigned numbers. */
function eachAddress(f: FunctionBuilder, p: Local, end: Local, step: number, body: () => void): void {
  f.loop((again) => {
    body();
    f.increment(p, step).get(p, end).op("i32.lt_u").brIf(again);
  });
}

/** Module bytes of a step. A work unit is one group of short transforms. */
export function fftModule(config: FftConfig, shared: boolean): Uint8Array {
  const format = formatOf(config.dtype);
  const { lanes } = format;
  const m = wasmModule({ shared });
  const pass = emitPasses(m, format, config.radices);
  m.func({ name: "run", params: ["i32", "i32", "i32", "i32"] }, (f) => {
    const [pp, lo, hi, scratch] = f.params;
    const w = loadWords(f, pp, FFT_WORDS);
    const [unit, index, lane, last, from, to, column, list, record, records] = f.locals("i32", 10);
    const [dataEnd, data, offset, table, tableEnd, loads, tableBytes] = f.locals("i32", 7);
    const source = declareBases(f, format, config.load);
    const target = declareBases(f, format, config.store);
    const columns = declareBases(f, format, config.columns);
    const scale = f.local("v128");

    f.sum(dataEnd, scratch, w.bytes);
    // The tables have one word per element of 64 bytes.
    f.get(w.bytes).i32Const(4).op("i32.shr_u").set(tableBytes);
    f.increment(pp, 4 * FFT_WORDS.length);
    f.get(pp, w.passes).i32Const(12).op("i32.mul", "i32.add").set(records);
    f.get(records, w.axes).i32Const(4).op("i32.shl", "i32.add").set(loads);
    f.get(w.batch).i32Const(1).op("i32.sub").set(last);
    if (config.finish === "scale") {
      f.get(pp)
        .i32Const(4 * (FFT_WORDS.length - FFT_WORDS.indexOf("scale")))
        .op("i32.sub")
        .mem(format.splat)
        .set(scale);
    }

    f.get(lo).set(unit);
    forUp(f, unit, hi, 1, () => {
      // Base addresses of the lanes; what is missing in the last group repeats the last transform.
      f.get(unit).i32Const(lanes).op("i32.mul").set(lane).get(dataEnd).set(list);
      f.get(dataEnd)
        .i32Const(12 * lanes)
        .op("i32.add")
        .set(record);
      eachAddress(f, list, record, 12, () => {
        f.get(lane, last).get(lane, last).op("i32.lt_u", "select").set(index);
        f.get(w.input).set(from).get(w.output).set(to).i32Const(0).set(column);
        addBatch(f, records, w.axes, index, [from, to, column]);
        f.get(list, from).mem("i32.store").get(list, to).mem("i32.store", 4).get(list, column).mem("i32.store", 8);
        f.increment(lane, 1);
      });
      [source, target, columns].forEach(({ at }, which) =>
        at.forEach((local, i) =>
          f
            .get(dataEnd)
            .mem("i32.load", 12 * i + 4 * which)
            .set(local),
        ),
      );

      f.get(scratch).set(data).get(loads).set(table);
      const line = config.load === "rows" ? lineOf(format) : 1;
      eachAddress(f, data, dataEnd, line * GROUP, () => {
        f.get(table).mem("i32.load").set(offset);
        if (config.load === "rows") gatherRows(f, format, source, offset, data, config.swapLoad);
        else {
          for (let v = 0; v < VECTORS; v++) {
            const x = swapIf(config.swapLoad, gather(f, format, source, v, offset, w.pair));
            f.get(data, x.re).mem("v128.store", 32 * v);
            f.get(data, x.im).mem("v128.store", 32 * v + 16);
          }
        }
        f.increment(table, 4 * line);
      });

      f.get(pp).set(record);
      eachAddress(f, record, records, 12, () => {
        f.get(record).mem("i32.load").get(scratch, dataEnd).get(record).mem("i32.load", 4);
        f.get(record).mem("i32.load", 8).get(w.factors).op("i32.add").call(pass);
      });

      f.sum(table, loads, tableBytes).sum(tableEnd, table, tableBytes);
      emitStores(f, config, { scratch, table, tableEnd, tableBytes, target, columns, scale, low: w.low, high: w.high });
    });
  });
  return m.bytes();
}

/** Locals of the stores. */
interface Stores {
  readonly scratch: Local;
  /** The table of places among the groups, which the others follow. */
  readonly table: Local;
  readonly tableEnd: Local;
  readonly tableBytes: Local;
  readonly target: Bases;
  readonly columns: Bases;
  readonly scale: Local;
  readonly low: Local;
  readonly high: Local;
}

function emitStores(f: FunctionBuilder, config: FftConfig, s: Stores): void {
  const format = formatOf(config.dtype);
  const { table, tableBytes } = s;
  const o = vectorReals(f, format);
  const line = config.store === "rows" ? lineOf(format) : 1;
  const [data, offset, low, high, word] = f.locals("i32", 5);
  const twiddles = config.finish === "twiddle" || config.finish === "twiddleTwice";
  /** Word of the current result in the table of that number. */
  const entry = (number: number): FunctionBuilder => {
    f.get(table).set(word);
    for (let i = 0; i < number; i++) f.sum(word, word, tableBytes);
    return f.get(word).mem("i32.load");
  };
  const element = (e: number, v: number): Complex<Local> => {
    const [re, im] = f.locals("v128", 2);
    if (line > 1) {
      f.get(table)
        .mem("i32.load", 4 * e)
        .get(s.scratch)
        .op("i32.add")
        .set(data);
    }
    f.get(data)
      .mem("v128.load", 32 * v)
      .set(re);
    f.get(data)
      .mem("v128.load", 32 * v + 16)
      .set(im);
    let y: Complex<Local> = { re, im };
    if (config.finish === "scale") y = { re: o.mul(y.re, s.scale), im: o.mul(y.im, s.scale) };
    if (twiddles) {
      let factor = gather(f, format, s.columns, v, low, low);
      if (config.finish === "twiddleTwice") factor = product(o, factor, gather(f, format, s.columns, v, high, high));
      y = product(o, y, factor);
    }
    return swapIf(config.swapStore, y);
  };
  eachAddress(f, table, s.tableEnd, 4 * line, () => {
    entry(1).set(offset);
    if (config.store === "rows") {
      scatterRows(f, format, s.target, offset, element);
      return;
    }
    entry(0).get(s.scratch).op("i32.add").set(data);
    // low and high point to the factors of this position in column 0.
    if (twiddles) entry(2).get(s.low).op("i32.add").set(low);
    if (config.finish === "twiddleTwice") entry(3).get(s.high).op("i32.add").set(high);
    for (let v = 0; v < VECTORS; v++) scatter(f, format, s.target, v, offset, element(0, v));
  });
}
