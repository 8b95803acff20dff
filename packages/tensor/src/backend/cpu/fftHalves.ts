/** Splitting and joining the spectra of real signals (see `fft/halves.ts`), a vector of complex numbers at a time. */
import type { HalvesAttr } from "../../fft/halves.ts";
import type { CpuRoutine, Word } from "../backend.ts";
import { wasmModule, type FunctionBuilder, type Local } from "./asm.ts";
import { formatOf, type FloatType } from "./fftPasses.ts";
import { loadWords } from "./gemmWords.ts";
import { forUp } from "./loops.ts";

/** Parameter words. A work unit is `chunk` pairs of one row; `h` and `half` are counted in complex numbers. */
// prettier-ignore
const WORDS = [
  "input", "output", "constants", "h", "inputRow", "outputRow", "chunk", "chunks", "factor", "factorHigh",
] as const;

/** Pairs per work unit. */
const CHUNK = 4096;

/** Vector of -0 where the sign of a part is to be changed. */
function signs(dtype: FloatType, re: number, im: number): ArrayBufferView {
  return dtype === "f32" ? Float32Array.of(re, im, re, im) : Float64Array.of(re, im);
}

interface Pair {
  /** Addresses of elements k and h - k of the input and the output, and of constant k. */
  readonly near: Local;
  readonly far: Local;
  readonly nearTo: Local;
  readonly farTo: Local;
  readonly constant: Local;
}

/**
 * Appends the computation of one vector of pairs. `single`: f32 has two complex numbers per vector; take one only.
 */
function emitPair(f: FunctionBuilder, dtype: FloatType, factor: Local, pair: Pair, single: boolean): void {
  const { vector } = formatOf(dtype);
  const two = dtype === "f32" && !single;
  const half = dtype === "f32" && single;
  const names = f.locals("v128", 7);
  const [a, b, even, odd, u, turned, other] = names;
  const load = (address: Local, more: number, into: Local): void => {
    f.get(address)
      .mem(half ? "v128.load64_zero" : "v128.load", more)
      .set(into);
  };
  const store = (address: Local, more: number, value: Local): void => {
    f.get(address, value);
    if (half) f.memLane("v128.store64_lane", 0, more);
    else f.mem("v128.store", more);
  };
  load(pair.near, 0, a);
  if (two) {
    // The number at h - k comes after the one at h - k - 1.
    f.get(pair.far).i32Const(8).op("i32.sub").mem("v128.load").set(b);
    f.get(b, b).shuffle([1, 0]).set(b);
  } else load(pair.far, 0, b);
  load(pair.constant, 0, u);
  f.get(b)
    .v128Const(signs(dtype, 0, -0))
    .op("v128.xor")
    .set(b);
  f.get(a, b).op(`${vector}.add`).get(factor).op(`${vector}.mul`).set(even);
  f.get(a, b).op(`${vector}.sub`).get(factor).op(`${vector}.mul`).set(odd);
  // odd u = (re u.re - im u.im, re u.im + im u.re)
  const [re, im, swapped] = dtype === "f32" ? [[0, 0, 2, 2], [1, 1, 3, 3], [1, 0, 3, 2]] : [[0, 0], [1, 1], [1, 0]]; // prettier-ignore
  f.get(odd, odd).shuffle(re).get(u).op(`${vector}.mul`);
  f.get(odd, odd).shuffle(im);
  f.get(u, u)
    .shuffle(swapped)
    .v128Const(signs(dtype, -0, 0))
    .op("v128.xor", `${vector}.mul`, `${vector}.add`)
    .set(turned);
  f.get(even, turned)
    .op(`${vector}.sub`)
    .v128Const(signs(dtype, 0, -0))
    .op("v128.xor")
    .set(other);
  if (two) {
    f.get(other, other).shuffle([1, 0]).set(other);
    f.get(pair.farTo).i32Const(8).op("i32.sub").get(other).mem("v128.store");
  } else store(pair.farTo, 0, other);
  f.get(even, turned).op(`${vector}.add`).set(even);
  store(pair.nearTo, 0, even);
}

/** Appends what happens at k = 0 and h. */
function emitEnds(
  f: FunctionBuilder,
  dtype: FloatType,
  to: HalvesAttr["to"],
  input: Local,
  output: Local,
  hBytes: Local,
): void {
  const { width } = formatOf(dtype);
  const [a, b, zero] = f.locals(dtype, 3);
  const load = `${dtype}.load` as const;
  const store = `${dtype}.store` as const;
  f.get(input).mem(load).set(a);
  if (to === "spectrum") f.get(input).mem(load, width).set(b);
  else f.get(input, hBytes).op("i32.add").mem(load).set(b);
  f.get(output).get(a, b).op(`${dtype}.add`).mem(store);
  if (to === "spectrum") {
    f.get(output, zero).mem(store, width);
    f.get(output, hBytes).op("i32.add").get(a, b).op(`${dtype}.sub`).mem(store);
    f.get(output, hBytes).op("i32.add").get(zero).mem(store, width);
  } else f.get(output).get(a, b).op(`${dtype}.sub`).mem(store, width);
}

function halvesModule(dtype: FloatType, to: HalvesAttr["to"], shared: boolean): Uint8Array {
  const { width, splat } = formatOf(dtype);
  const bytes = 2 * width;
  const step = dtype === "f32" ? 2 : 1;
  const m = wasmModule({ shared });
  m.func({ name: "run", params: ["i32", "i32", "i32", "i32"] }, (f) => {
    const [pp, lo, hi] = f.params;
    const w = loadWords(f, pp, WORDS);
    const [unit, row, k, end, input, output, hBytes, wide] = f.locals("i32", 8);
    const [near, far, nearTo, farTo, constant] = f.locals("i32", 5);
    const pair: Pair = { near, far, nearTo, farTo, constant };
    const factor = f.local("v128");
    f.get(pp)
      .mem(splat, 4 * WORDS.indexOf("factor"))
      .set(factor);
    f.get(w.h).i32Const(bytes).op("i32.mul").set(hBytes);
    f.get(lo).set(unit);
    forUp(f, unit, hi, 1, () => {
      f.get(unit, w.chunks).op("i32.div_u").set(row);
      f.get(w.input).get(row, w.inputRow).op("i32.mul", "i32.add").set(input);
      f.get(w.output).get(row, w.outputRow).op("i32.mul", "i32.add").set(output);
      f.get(unit).get(row, w.chunks).op("i32.mul", "i32.sub").set(k);
      f.get(k)
        .op("i32.eqz")
        .if(() => emitEnds(f, dtype, to, input, output, hBytes));
      // Pairs k in [1 + chunk number * chunk, ...) up to h / 2.
      f.get(k, w.chunk).op("i32.mul").i32Const(1).op("i32.add").set(k);
      f.sum(end, k, w.chunk);
      f.get(w.h).i32Const(1).op("i32.shr_u").i32Const(1).op("i32.add").set(wide);
      f.get(end, wide).get(end, wide).op("i32.lt_s", "select").set(end);
      const place = (into: Local, base: Local, backwards: boolean): void => {
        f.get(base);
        if (backwards) f.get(w.h, k).op("i32.sub");
        else f.get(k);
        f.i32Const(bytes).op("i32.mul", "i32.add").set(into);
      };
      place(near, input, false);
      place(far, input, true);
      place(nearTo, output, false);
      place(farTo, output, true);
      place(constant, w.constants, false);
      const advance = (count: number): void => {
        for (const p of [near, nearTo, constant]) f.increment(p, count * bytes);
        for (const p of [far, farTo]) f.increment(p, -count * bytes);
      };
      if (step === 2) {
        // Two pairs at a time as long as they do not meet: 2 (k + 1) < h.
        f.get(w.h).i32Const(1).op("i32.sub").i32Const(1).op("i32.shr_s").set(wide);
        f.increment(end, -1).get(wide, end).get(wide, end).op("i32.lt_s", "select").set(wide).increment(end, 1);
        forUp(f, k, wide, 2, () => {
          emitPair(f, dtype, factor, pair, false);
          advance(2);
        });
      }
      forUp(f, k, end, 1, () => {
        emitPair(f, dtype, factor, pair, true);
        advance(1);
      });
    });
  });
  return m.bytes();
}

/** Inputs x [..., h or h + 1, 2] and the constants, contiguous; output [..., h + 1 or h, 2]. */
export const halvesCpu: CpuRoutine = ([x, constants], [y], attr) => {
  const { dtype } = y;
  if (dtype !== "f32" && dtype !== "f64") return null;
  const { to, factor } = attr as HalvesAttr;
  const { width } = formatOf(dtype);
  const [from, into] = [x.shape.at(-2)!, y.shape.at(-2)!];
  const h = Math.min(from, into);
  const rows = y.shape.slice(0, -2).reduce((a, b) => a * b, 1);
  const pairs = Math.floor(h / 2);
  const chunks = Math.max(1, Math.ceil(pairs / CHUNK));
  const bits =
    dtype === "f32"
      ? [...new Int32Array(Float32Array.of(factor).buffer), 0]
      : new Int32Array(Float64Array.of(factor).buffer);
  const words: Record<(typeof WORDS)[number], Word> = {
    input: { input: 0, bytes: x.offset * width },
    output: { output: 0, bytes: y.offset * width },
    constants: { input: 1, bytes: constants.offset * width },
    h,
    inputRow: from * 2 * width,
    outputRow: into * 2 * width,
    chunk: CHUNK,
    chunks,
    factor: bits[0],
    factorHigh: bits[1],
  };
  return {
    temps: [],
    launches: [
      {
        key: `fftHalves ${dtype} ${to}`,
        bytes: (shared) => halvesModule(dtype, to, shared),
        words: WORDS.map((name) => words[name]),
        units: rows * chunks,
        unitCost: 20 + Math.min(pairs, CHUNK) * 4,
        scratch: 0,
      },
    ],
  };
};
