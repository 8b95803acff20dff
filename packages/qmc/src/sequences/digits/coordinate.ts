/** One coordinate of a sequence in base b: index to number. */
import type { DigitMap, PositionMap } from "./digitMaps.ts";

/** Writes coordinates of points first, … at target[offset], target[offset + stride], … */
export type CoordinateWriter = (
  target: { [index: number]: number },
  offset: number,
  stride: number,
  first: number,
  end: number,
) => void;

/**
 * Writer of a position-wise map. The sum of the low digits is looked up, that of the high digits is made once for a block;
 * both are integers below b^T <= 2^53, so that the quotient is correctly rounded and below 1.
 */
export function positionWriter(map: PositionMap, base: number, digits: number): CoordinateWriter {
  const scale = base ** digits;
  let low = 1;
  while (low < digits && base ** (low + 1) <= 1024) low++;
  const size = base ** low;
  const sums = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    for (let k = 0, rest = i; k < low; k++, rest = Math.floor(rest / base)) {
      sums[i] += map.table[k * base + (rest % base)] * base ** (digits - 1 - k);
    }
  }
  return (target, offset, stride, first, end) => {
    for (let i = first, o = offset; i < end;) {
      const block = Math.floor(i / size);
      let high = 0;
      for (let k = low, rest = block; k < digits; k++) {
        const next = Math.floor(rest / base);
        high += map.table[k * base + (rest - next * base)] * base ** (digits - 1 - k);
        rest = next;
      }
      const stop = Math.min(end, (block + 1) * size);
      for (let r = i - block * size; i < stop; i++, r++, o += stride) target[o] = (sums[r] + high) / scale;
    }
  };
}

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
