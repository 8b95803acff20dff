/** One coordinate of a sequence in base b: index to number. */
import type { DigitMap } from "./digitMaps.ts";

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
