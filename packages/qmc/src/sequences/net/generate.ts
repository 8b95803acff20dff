/**
 * Points of digital nets in base 2. Point i is the sum over F_2 of the columns that the digits of i select; it is made
 * blockwise: the first points of a block are kept, and a block is those points plus one vector for the high digits of i.
 */
import type { PointArray } from "../base.ts";
import type { NetMatrices } from "./matrices.ts";

/** How fractions of 64 bits become numbers. */
export interface Cell {
  /** Number of binary digits. */
  readonly bits: number;
  /** Whether a number is the lower end of its cell of 2^-bits, or its middle. */
  readonly place: "corner" | "centre";
}

/** One randomised net, ready to generate. */
export interface Generator {
  readonly matrices: NetMatrices;
  readonly shiftHi: Uint32Array;
  readonly shiftLo: Uint32Array;
  readonly gray: boolean;
  /** log2 of the number of points in a block. */
  readonly blockBits: number;
  /** The first points of a block without shift: point r, coordinate j at r d + j. */
  readonly lowHi: Uint32Array;
  readonly lowLo: Uint32Array;
}

/** Prepares a net; `shift` is added to every point. */
export function prepare(
  matrices: NetMatrices,
  shift: { readonly hi: Uint32Array; readonly lo: Uint32Array },
  gray: boolean,
): Generator {
  const d = matrices.dimension;
  // A block of points fills about 16 Ki words, which a first-level cache holds.
  const blockBits = Math.max(0, Math.min(8, matrices.columns, Math.floor(Math.log2(16384 / d))));
  const size = 2 ** blockBits;
  const lowHi = new Uint32Array(size * d);
  const lowLo = new Uint32Array(size * d);
  for (let r = 1; r < size; r++) {
    const index = gray ? r ^ (r >>> 1) : r;
    const top = 31 - Math.clz32(index);
    const rest = index ^ (1 << top);
    // The point of `rest` is known: in Gray order it is the point of another r.
    const from = gray ? grayInverse(rest) : rest;
    for (let j = 0; j < d; j++) {
      lowHi[r * d + j] = lowHi[from * d + j] ^ matrices.hi[j * matrices.columns + top];
      lowLo[r * d + j] = lowLo[from * d + j] ^ matrices.lo[j * matrices.columns + top];
    }
  }
  return { matrices, shiftHi: shift.hi, shiftLo: shift.lo, gray, blockBits, lowHi, lowLo };
}

function grayInverse(g: number): number {
  let r = g;
  for (let s = 1; s < 32; s *= 2) r ^= r >>> s;
  return r;
}

/** Calls `visit` for each block that meets [first, end), with the high part of its points, shift included. */
export function forBlocks(
  g: Generator,
  first: number,
  end: number,
  visit: (from: number, to: number, at: number, highHi: Uint32Array, highLo: Uint32Array) => void,
): void {
  const { matrices, blockBits } = g;
  const d = matrices.dimension;
  const size = 2 ** blockBits;
  const highHi = new Uint32Array(g.shiftHi);
  const highLo = new Uint32Array(g.shiftLo);
  let [nowHigh, nowLow] = [0, 0];
  for (let block = Math.floor(first / size); block * size < end; block++) {
    // Indices may have up to 53 digits: two halves.
    const index = block * size;
    const [high, low] = grayOf(g.gray, Math.floor(index / 4294967296), index >>> 0);
    add(low ^ nowLow, 0);
    add(high ^ nowHigh, 32);
    [nowHigh, nowLow] = [high, low];
    const from = Math.max(first, index) - index;
    const to = Math.min(end, index + size) - index;
    visit(from, to, index + from - first, highHi, highLo);
  }

  function add(changed: number, offset: number): void {
    for (let rest = changed; rest !== 0; rest &= rest - 1) {
      const c = offset + 31 - Math.clz32(rest & -rest);
      for (let j = 0, at = c; j < d; j++, at += matrices.columns) {
        highHi[j] ^= matrices.hi[at];
        highLo[j] ^= matrices.lo[at];
      }
    }
  }
}

function grayOf(gray: boolean, high: number, low: number): [number, number] {
  return gray ? [high ^ (high >>> 1), low ^ ((low >>> 1) | (high << 31))] : [high, low];
}

/** Writes points first, …, end - 1 as fractions of 64 bits. */
export function writeWords(g: Generator, hi: Uint32Array, lo: Uint32Array, first: number, end: number): void {
  const d = g.matrices.dimension;
  forBlocks(g, first, end, (from, to, at, highHi, highLo) => {
    let o = at * d;
    for (let r = from; r < to; r++) {
      for (let j = 0; j < d; j++, o++) {
        hi[o] = g.lowHi[r * d + j] ^ highHi[j];
        lo[o] = g.lowLo[r * d + j] ^ highLo[j];
      }
    }
  });
}

/** Writes points first, …, end - 1 as numbers at `offset` of `target`. */
export function writePoints(
  g: Generator,
  cell: Cell,
  target: PointArray,
  offset: number,
  first: number,
  end: number,
): void {
  const d = g.matrices.dimension;
  const centre = cell.place === "centre";
  if (target instanceof Float32Array) {
    const digits = Math.min(cell.bits, centre ? 23 : 24);
    const half = centre ? 2 ** -(digits + 1) : 0;
    forBlocks(g, first, end, (from, to, at, highHi) => {
      writeSingle(target, offset + at * d, g.lowHi, highHi, d, from, to, 32 - digits, 2 ** -digits, half);
    });
  } else if (cell.bits <= 32) {
    const half = centre ? 2 ** -(cell.bits + 1) : 0;
    const flipped = new Int32Array(d);
    forBlocks(g, first, end, (from, to, at, highHi) => {
      for (let j = 0; j < d; j++) flipped[j] = highHi[j] ^ 0x80000000;
      writeNarrow(target, offset + at * d, g.lowHi, flipped, d, from, to, 0.5 + half);
    });
  } else {
    const digits = Math.min(cell.bits, centre ? 52 : 53);
    const half = centre ? 2 ** -(digits + 1) : 0;
    forBlocks(g, first, end, (from, to, at, highHi, highLo) => {
      writeWide(target, offset + at * d, g, highHi, highLo, from, to, 64 - digits, half);
    });
  }
}

/**
 * f64 from 32 digits: a signed word times 2^-32 plus 1/2 is exact and cheaper than an unsigned one. Eight columns at a time
 * keep their high parts in registers and write whole cache lines.
 */
function writeNarrow(
  target: Float64Array,
  offset: number,
  low: Uint32Array,
  high: Int32Array,
  d: number,
  from: number,
  to: number,
  add: number,
): void {
  const s = 2 ** -32;
  let j = 0;
  for (; j + 8 <= d; j += 8) {
    const h0 = high[j];
    const h1 = high[j + 1];
    const h2 = high[j + 2];
    const h3 = high[j + 3];
    const h4 = high[j + 4];
    const h5 = high[j + 5];
    const h6 = high[j + 6];
    const h7 = high[j + 7];
    for (let r = from, k = from * d + j, o = offset + j; r < to; r++, k += d, o += d) {
      target[o] = (low[k] ^ h0) * s + add;
      target[o + 1] = (low[k + 1] ^ h1) * s + add;
      target[o + 2] = (low[k + 2] ^ h2) * s + add;
      target[o + 3] = (low[k + 3] ^ h3) * s + add;
      target[o + 4] = (low[k + 4] ^ h4) * s + add;
      target[o + 5] = (low[k + 5] ^ h5) * s + add;
      target[o + 6] = (low[k + 6] ^ h6) * s + add;
      target[o + 7] = (low[k + 7] ^ h7) * s + add;
    }
  }
  for (; j < d; j++) {
    const h = high[j];
    for (let r = from, k = from * d + j, o = offset + j; r < to; r++, k += d, o += d) {
      target[o] = (low[k] ^ h) * s + add;
    }
  }
}

/** f32 from the first digits of a word, cut. */
function writeSingle(
  target: Float32Array,
  offset: number,
  low: Uint32Array,
  high: Uint32Array,
  d: number,
  from: number,
  to: number,
  drop: number,
  s: number,
  add: number,
): void {
  let j = 0;
  for (; j + 4 <= d; j += 4) {
    const h0 = high[j];
    const h1 = high[j + 1];
    const h2 = high[j + 2];
    const h3 = high[j + 3];
    for (let r = from, k = from * d + j, o = offset + j; r < to; r++, k += d, o += d) {
      target[o] = ((low[k] ^ h0) >>> drop) * s + add;
      target[o + 1] = ((low[k + 1] ^ h1) >>> drop) * s + add;
      target[o + 2] = ((low[k + 2] ^ h2) >>> drop) * s + add;
      target[o + 3] = ((low[k + 3] ^ h3) >>> drop) * s + add;
    }
  }
  for (; j < d; j++) {
    const h = high[j];
    for (let r = from, k = from * d + j, o = offset + j; r < to; r++, k += d, o += d) {
      target[o] = ((low[k] ^ h) >>> drop) * s + add;
    }
  }
}

/** f64 from up to 53 digits, cut: rounding could give 1. */
function writeWide(
  target: Float64Array,
  offset: number,
  g: Generator,
  highHi: Uint32Array,
  highLo: Uint32Array,
  from: number,
  to: number,
  drop: number,
  half: number,
): void {
  const d = g.matrices.dimension;
  const { lowHi, lowLo } = g;
  const s = 2 ** (drop - 64);
  for (let j = 0; j < d; j++) {
    const h = highHi[j] ^ 0x80000000;
    const l = highLo[j];
    for (let r = from, k = from * d + j, o = offset + j; r < to; r++, k += d, o += d) {
      target[o] = (lowHi[k] ^ h) * 2 ** -32 + 0.5 + (((lowLo[k] ^ l) >>> drop) * s + half);
    }
  }
}
