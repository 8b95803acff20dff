/** Moving complex numbers between memory, where real and imaginary parts alternate, and groups of vectors. */
import type { Complex } from "../../fft/butterfly.ts";
import type { FunctionBuilder, Local } from "./asm.ts";
import { GROUP, VECTORS, type Format } from "./fftPasses.ts";

/**
 * How the numbers of a group's lanes lie. `neighbours`: those of one element side by side; `rows`: those of one lane side by
 * side, a multiple of a cache line; `scattered`: anywhere; `apart`: not even the parts of one number are together.
 */
export type Access = "neighbours" | "rows" | "scattered" | "apart";

/** Where the lanes of a group lie: one base address each, to which a common offset is added. */
export interface Bases {
  readonly access: Access;
  readonly at: readonly Local[];
}

/** Declares the base addresses that an access needs. */
export function declareBases(f: FunctionBuilder, { lanes }: Format, access: Access): Bases {
  return { access, at: f.locals("i32", access === "neighbours" ? 1 : lanes) };
}

/** Elements of one lane in a cache line. */
export function lineOf({ width }: Format): number {
  return GROUP / (2 * width);
}

/** Exchanges the parts where `swap` says so. */
export function swapIf<V>(swap: boolean, { re, im }: Complex<V>): Complex<V> {
  return swap ? { re: im, im: re } : { re, im };
}

/** Appends `lane + offset` as an address. */
function address(f: FunctionBuilder, { at }: Bases, lane: number, offset: Local): FunctionBuilder {
  return f.get(at[lane], offset).op("i32.add");
}

function shuffled(f: FunctionBuilder, a: Local, b: Local, lanes: readonly number[]): Local {
  const result = f.local("v128");
  f.get(a, b).shuffle(lanes).set(result);
  return result;
}

/** Loads pieces of consecutive lanes, of 32 or 64 bits each, into one vector. */
function loadLanes(
  f: FunctionBuilder,
  bases: Bases,
  bits: 32 | 64,
  lanes: readonly number[],
  offset: Local,
  more?: Local,
): Local {
  const into = f.local("v128");
  lanes.forEach((lane, i) => {
    address(f, bases, lane, offset);
    if (more !== undefined) f.get(more).op("i32.add");
    if (i === 0) f.mem(`v128.load${bits}_zero`);
    else f.get(into).memLane(`v128.load${bits}_lane`, i);
    f.set(into);
  });
  return into;
}

function loadVector(f: FunctionBuilder, bases: Bases, lane: number, offset: Local, more = 0): Local {
  const into = f.local("v128");
  address(f, bases, lane, offset).mem("v128.load", more).set(into);
  return into;
}

/**
 * Loads vector number `v` of one complex number of each lane, for every access but `rows`.
 * @param pair local with the distance of the parts, for `apart`
 */
export function gather(
  f: FunctionBuilder,
  format: Format,
  bases: Bases,
  v: number,
  offset: Local,
  pair: Local,
): Complex<Local> {
  const half = format.lanes / VECTORS;
  const first = v * half;
  const lanes = Array.from({ length: half }, (_, i) => first + i);
  if (bases.access === "apart") {
    const bits = format.width === 4 ? 32 : 64;
    return { re: loadLanes(f, bases, bits, lanes, offset), im: loadLanes(f, bases, bits, lanes, offset, pair) };
  }
  let both: Local[];
  if (bases.access === "neighbours") both = [0, 16].map((more) => loadVector(f, bases, 0, offset, 32 * v + more));
  else if (format.width === 8) both = lanes.map((lane) => loadVector(f, bases, lane, offset));
  else both = [0, 2].map((i) => loadLanes(f, bases, 64, [first + i, first + i + 1], offset));
  const [a, b] = both;
  const [re, im] = format.width === 4 ? [[0, 2, 4, 6], [1, 3, 5, 7]] : [[0, 2], [1, 3]]; // prettier-ignore
  return { re: shuffled(f, a, b, re), im: shuffled(f, a, b, im) };
}

/** Stores vector number `v` of one complex number of each lane. Lanes that are there twice write the same twice. */
export function scatter(
  f: FunctionBuilder,
  format: Format,
  bases: Bases,
  v: number,
  offset: Local,
  y: Complex<Local>,
): void {
  const first = (v * format.lanes) / VECTORS;
  const [low, high] = format.width === 4 ? [[0, 4, 1, 5], [2, 6, 3, 7]] : [[0, 2], [1, 3]]; // prettier-ignore
  const halves = [shuffled(f, y.re, y.im, low), shuffled(f, y.re, y.im, high)];
  halves.forEach((both, i) => {
    if (bases.access === "neighbours") {
      address(f, bases, 0, offset)
        .get(both)
        .mem("v128.store", 32 * v + 16 * i);
    } else if (format.width === 8)
      address(f, bases, first + i, offset)
        .get(both)
        .mem("v128.store");
    else {
      for (const lane of [0, 1]) {
        address(f, bases, first + 2 * i + lane, offset)
          .get(both)
          .memLane("v128.store64_lane", lane);
      }
    }
  });
}

/** Loads a cache line of each lane and stores its elements as groups from `data` on. */
export function gatherRows(
  f: FunctionBuilder,
  format: Format,
  bases: Bases,
  offset: Local,
  data: Local,
  swap: boolean,
): void {
  const half = format.lanes / VECTORS;
  const put = (element: number, v: number, x: Complex<Local>): void => {
    const { re, im } = swapIf(swap, x);
    const at = element * GROUP + 32 * v;
    f.get(data, re).mem("v128.store", at);
    f.get(data, im).mem("v128.store", at + 16);
  };
  for (let v = 0; v < VECTORS; v++) {
    for (let piece = 0; piece < 4; piece++) {
      const lanes = Array.from({ length: half }, (_, i) => loadVector(f, bases, v * half + i, offset, 16 * piece));
      if (format.width === 8) {
        const [a, b] = lanes;
        put(piece, v, { re: shuffled(f, a, b, [0, 2]), im: shuffled(f, a, b, [1, 3]) });
        continue;
      }
      const [a, b, c, d] = lanes;
      for (const [element, pairs] of [
        [0, 4, 1, 5],
        [2, 6, 3, 7],
      ].entries()) {
        // prettier-ignore
        const [ab, cd] = [shuffled(f, a, b, pairs), shuffled(f, c, d, pairs)];
        put(2 * piece + element, v, { re: shuffled(f, ab, cd, [0, 1, 4, 5]), im: shuffled(f, ab, cd, [2, 3, 6, 7]) });
      }
    }
  }
}

/** Stores a cache line of each lane. `element(e, v)` appends the computation of vector v of its element e. */
export function scatterRows(
  f: FunctionBuilder,
  format: Format,
  bases: Bases,
  offset: Local,
  element: (e: number, v: number) => Complex<Local>,
): void {
  const half = format.lanes / VECTORS;
  const store = (lane: number, both: Local, at: number): void => {
    address(f, bases, lane, offset).get(both).mem("v128.store", at);
  };
  for (let v = 0; v < VECTORS; v++) {
    for (let piece = 0; piece < 4; piece++) {
      if (format.width === 8) {
        const y = element(piece, v);
        store(v * half, shuffled(f, y.re, y.im, [0, 2]), 16 * piece);
        store(v * half + 1, shuffled(f, y.re, y.im, [1, 3]), 16 * piece);
        continue;
      }
      const [y, z] = [element(2 * piece, v), element(2 * piece + 1, v)];
      // [y0 y1 | z0 z1] of two lanes each, then one lane of both.
      for (const [i, pairs] of [
        [0, 4, 1, 5],
        [2, 6, 3, 7],
      ].entries()) {
        // prettier-ignore
        const [ys, zs] = [shuffled(f, y.re, y.im, pairs), shuffled(f, z.re, z.im, pairs)];
        store(v * half + 2 * i, shuffled(f, ys, zs, [0, 1, 4, 5]), 16 * piece);
        store(v * half + 2 * i + 1, shuffled(f, ys, zs, [2, 3, 6, 7]), 16 * piece);
      }
    }
  }
}
