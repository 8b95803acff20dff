/** One coordinate of a sequence in base b: index to number. */
import { linear, positionwise, type DigitMap, type LinearMap, type PositionMap } from "./digitMaps.ts";

/** Writes coordinates of points first, … at target[offset], target[offset + stride], … */
export type CoordinateWriter = (
  target: { [index: number]: number },
  offset: number,
  stride: number,
  first: number,
  end: number,
) => void;

/** Writer of a map that looks at all digits together. */
export function digitWriter(map: DigitMap, base: number, digits: number): CoordinateWriter {
  const scale = base ** digits;
  const a = new Int32Array(digits);
  const y = new Int32Array(digits);
  return (target, offset, stride, first, end) => {
    for (let i = first, o = offset; i < end; i++, o += stride) {
      for (let k = 0, rest = i; k < digits; k++) {
        const next = Math.floor(rest / base);
        a[k] = rest - next * base;
        rest = next;
      }
      map(a, y);
      let sum = 0;
      for (let k = 0; k < digits; k++) sum = sum * base + y[k];
      target[o] = sum / scale;
    }
  };
}

/** Largest base of which tables are made, entries of a table of low digits, and values of digits that are looked up together. */
const [LARGEST, ENTRIES, VALUES] = [4096, 256, 1200];

/**
 * Writer of a linear map, followed by a map of single digits. The digits of an index are those of its low part plus those of its
 * high part, modulo b: the low ones are looked up, the high ones are the same for a whole block.
 */
export function linearWriter(
  map: LinearMap,
  after: PositionMap | undefined,
  base: number,
  digits: number,
): CoordinateWriter {
  const whole = linear(base, map);
  if (base > LARGEST) {
    const last = after === undefined ? undefined : positionwise(after, base);
    return digitWriter(
      last === undefined
        ? whole
        : (a, y) => {
            whole(a, y);
            last(y, y);
          },
      base,
      digits,
    );
  }
  let low = 1;
  while (low < digits && base ** (low + 1) <= ENTRIES) low++;
  const size = base ** low;
  const scale = base ** digits;
  const a = new Int32Array(digits);
  const y = new Int32Array(digits);
  const digitsOf = (index: number, f: DigitMap): Int32Array => {
    for (let k = 0, rest = index; k < digits; k++) {
      const next = Math.floor(rest / base);
      a[k] = rest - next * base;
      rest = next;
    }
    f(a, y);
    return y;
  };
  // Sums of two digits are looked up, a few positions together, so that nothing has to be reduced modulo b.
  const width = 2 * base;
  let together = 1;
  while (width ** (together + 1) <= VALUES) together++;
  const groups = Math.ceil(digits / together);
  const places = width ** together;
  const weights = new Float64Array(groups * places);
  for (let at = 0; at < weights.length; at++) {
    const group = Math.floor(at / places);
    for (let k = group * together, rest = at % places; k < Math.min(digits, (group + 1) * together); k++) {
      const next = Math.floor(rest / width);
      const digit = (rest - next * width) % base;
      weights[at] += (after === undefined ? digit : after.table[k * base + digit]) * base ** (digits - 1 - k);
      rest = next;
    }
  }
  /** Where the weights of some digits begin, without or with the begin of every group. */
  const write = (found: Int32Array, out: Int32Array, at: number, begin: number): void => {
    for (let group = 0; group < groups; group++) {
      let place = 0;
      for (let k = Math.min(digits, (group + 1) * together) - 1; k >= group * together; k--) {
        place = place * width + found[k];
      }
      out[at + group] = place + group * begin;
    }
  };
  // Row i holds the places of the digits of i; made when first needed.
  let rows: Int32Array | undefined;
  const makeRows = (): Int32Array => {
    const made = new Int32Array(size * groups);
    const unshifted = linear(base, { matrix: map.matrix, shift: undefined });
    for (let i = 0; i < size; i++) write(digitsOf(i, unshifted), made, i * groups, places);
    return made;
  };
  const high = new Int32Array(groups);
  return (target, offset, stride, first, end) => {
    rows ??= makeRows();
    let o = offset;
    for (let i = first; i < end;) {
      const block = Math.floor(i / size);
      write(digitsOf(block * size, whole), high, 0, 0);
      const stop = Math.min(end, (block + 1) * size);
      for (let row = (i - block * size) * groups; i < stop; i++, o += stride) {
        let sum = 0;
        for (let k = 0; k < groups; k++) sum += weights[rows[row++] + high[k]];
        target[o] = sum / scale;
      }
    }
  };
}
