/** Linear matrix scrambling and digital shifts of nets in base 2. */
import { ArgumentError } from "@ansatz/tensor";
import type { Key } from "@ansatz/tensor/random";
import { randomWords } from "../../words.ts";
import { digitMask, emptyMatrices, storeInteger, type NetMatrices } from "./matrices.ts";

/** Rows of scrambling matrices: row r of coordinate j at j bits + r; bit 63 of a row (hi's first bit) is column 0. */
export interface ScrambleRows {
  readonly hi: Uint32Array;
  readonly lo: Uint32Array;
}

/**
 * Random rows of lower-triangular matrices with ones on the diagonal, `bits` x `inner`; rows from `inner` on are free.
 * Coordinate j of the result depends on the key and on j alone.
 */
export function randomRows(key: Key, dimension: number, bits: number, inner: number): ScrambleRows {
  const hi = new Uint32Array(dimension * bits);
  const lo = new Uint32Array(dimension * bits);
  const [allHi, allLo] = digitMask(inner);
  for (let j = 0; j < dimension; j++) {
    const words = randomWords(key.fold(j), 2 * bits);
    for (let r = 0; r < bits; r++) {
      const at = j * bits + r;
      const [belowHi, belowLo] = r < inner ? digitMask(r) : [allHi, allLo];
      hi[at] = words[2 * r] & belowHi;
      lo[at] = words[2 * r + 1] & belowLo;
      if (r < inner) {
        if (r < 32) hi[at] |= 1 << (31 - r);
        else lo[at] |= 1 << (63 - r);
      }
    }
  }
  return { hi, lo };
}

/** Rows that a user gives: for each coordinate, `bits` integers of `inner` bits whose most significant bit is column 0. */
export function givenRows(
  name: string,
  rows: readonly (readonly (number | bigint)[])[],
  dimension: number,
  inner: number,
): { rows: ScrambleRows; bits: number } {
  const bits = rows[0]?.length ?? 0;
  if (rows.length !== dimension || rows.some((list) => list.length !== bits) || bits < 1 || bits > 64) {
    throw new ArgumentError(
      `${name}: the scrambling matrices do not fit (got ${rows.length} lists of ${bits} rows, expected ${dimension} lists ` +
        `of the same number of rows, at most 64).`,
    );
  }
  const hi = new Uint32Array(dimension * bits);
  const lo = new Uint32Array(dimension * bits);
  rows.forEach((list, j) => {
    list.forEach((row, r) => {
      storeInteger(name, row, inner, "msb", hi, lo, j * bits + r);
    });
  });
  return { rows: { hi, lo }, bits };
}

/** The matrices S C: digit r of a column is the parity of row r and the column. */
export function scrambleMatrices(source: NetMatrices, rows: ScrambleRows, bits: number): NetMatrices {
  const { columns, dimension } = source;
  const out = emptyMatrices(dimension, columns, bits);
  for (let j = 0; j < dimension; j++) {
    for (let c = 0; c < columns; c++) {
      const at = j * columns + c;
      const [vHi, vLo] = [source.hi[at], source.lo[at]];
      let [wHi, wLo] = [0, 0];
      for (let r = 0; r < bits; r++) {
        const row = j * bits + r;
        const odd = parity((rows.hi[row] & vHi) ^ (rows.lo[row] & vLo));
        if (r < 32) wHi |= odd << (31 - r);
        else wLo |= odd << (63 - r);
      }
      out.hi[at] = wHi;
      out.lo[at] = wLo;
    }
  }
  return out;
}

function parity(x: number): number {
  x ^= x >>> 16;
  x ^= x >>> 8;
  x ^= x >>> 4;
  return (0x6996 >>> (x & 15)) & 1;
}

/** A word of `bits` digits for each coordinate; coordinate j depends on the key and on j alone. */
export function randomShift(key: Key, dimension: number, bits: number): ScrambleRows {
  const hi = new Uint32Array(dimension);
  const lo = new Uint32Array(dimension);
  const [keepHi, keepLo] = digitMask(bits);
  for (let j = 0; j < dimension; j++) {
    const pair = key.fold(j);
    hi[j] = pair.k0 & keepHi;
    lo[j] = pair.k1 & keepLo;
  }
  return { hi, lo };
}
