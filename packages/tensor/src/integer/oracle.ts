/** Integer products in plain JavaScript. All operands are contiguous. */
import type { JsOperand } from "../backend/backend.ts";

/** What the product of bytes is told. */
export interface Int8Attr {
  readonly k: number;
  readonly aSigned: boolean;
  readonly bSigned: boolean;
  readonly aZero: number;
  /** Bytes of a number in the panels that are given as a fourth input, if they are. */
  readonly width?: number;
}

/** What the making of panels is told. */
export interface PanelsAttr {
  readonly k: number;
  readonly bSigned: boolean;
  /** Bytes of a number. */
  readonly width: number;
}

/** What the product with four-bit weights is told. */
export interface Int4Attr {
  /** Elements of a row that share a scale. */
  readonly group: number;
}

/** Byte `at` of a row that begins at word `row`. */
function byteAt(x: JsOperand, row: number, at: number, signed: boolean): number {
  const word = x.data[x.offset + row + (at >> 2)];
  const byte = (word >>> (8 * (at & 3))) & 255;
  return signed ? (byte << 24) >> 24 : byte;
}

/** Oracle of the product of bytes: inputs a [m, words], b [n, words], zero points of b [n]; output [m, n]. */
export function int8Oracle([a, b, zero]: readonly JsOperand[], [c]: readonly JsOperand[], attr: unknown): void {
  const { k, aSigned, bSigned, aZero } = attr as Int8Attr;
  const [m, words] = a.shape;
  const [n] = b.shape;
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      const bZero = zero.data[zero.offset + j];
      let sum = 0;
      for (let p = 0; p < k; p++) {
        sum += (byteAt(a, i * words, p, aSigned) - aZero) * (byteAt(b, j * words, p, bSigned) - bZero);
      }
      c.data[c.offset + i * n + j] = sum | 0;
    }
  }
}

/**
 * Oracle of panels: input b [n, words], output the panels of eight columns, a word of each after the other, then for
 * every column the sum of its numbers and that of the products of neighbours, which is 0 for numbers of one byte. Numbers
 * of two bytes stand with the even ones of each four before the odd ones.
 */
export function panelsOracle([b]: readonly JsOperand[], [to]: readonly JsOperand[], attr: unknown): void {
  const { k, bSigned, width } = attr as PanelsAttr;
  const [n, words] = b.shape;
  const padded = Math.ceil(k / 16) * 16;
  const columns = Math.ceil(n / 8) * 8;
  const end = to.offset + (width * columns * padded) / 4;
  for (let at = to.offset; at < end + 2 * columns; at++) to.data[at] = 0;
  for (let j = 0; j < n; j++) {
    let [sum, products, last] = [0, 0, 0];
    for (let p = 0; p < k; p++) {
      const value = byteAt(b, j * words, p, bSigned) - (bSigned ? 0 : 128);
      const word = width === 1 ? p >> 2 : 2 * (p >> 2) + (p & 1);
      const shift = width === 1 ? 8 * (p & 3) : 16 * ((p >> 1) & 1);
      const at = to.offset + 2 * width * padded * (j >> 3) + 8 * word + (j & 7);
      to.data[at] = (to.data[at] | ((value & (width === 1 ? 0xff : 0xffff)) << shift)) >>> 0;
      sum += value;
      if (p % 2 === 1) products += last * value;
      last = value;
    }
    to.data[end + 2 * j] = sum >>> 0;
    to.data[end + 2 * j + 1] = width === 1 ? 0 : products >>> 0;
  }
}

/**
 * Oracle of the product with four-bit weights: inputs x [m, k], codes [n, k/8], scales and zero points [n, k/group];
 * output [m, n], in double precision until the end.
 */
export function int4Oracle(
  [x, codes, scale, zero]: readonly JsOperand[],
  [y]: readonly JsOperand[],
  attr: unknown,
): void {
  const { group } = attr as Int4Attr;
  const [m, k] = x.shape;
  const [n, words] = codes.shape;
  const groups = k / group;
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++) {
        const code = (codes.data[codes.offset + j * words + (p >> 3)] >>> (4 * (p & 7))) & 15;
        const g = j * groups + Math.floor(p / group);
        sum += x.data[x.offset + i * k + p] * scale.data[scale.offset + g] * (code - zero.data[zero.offset + g]);
      }
      y.data[y.offset + i * n + j] = Math.fround(sum);
    }
  }
}
