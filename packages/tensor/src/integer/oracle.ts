/** Integer products in plain JavaScript. All operands are contiguous. */
import type { JsOperand } from "../backend/backend.ts";

/** What the product of bytes is told. */
export interface Int8Attr {
  readonly k: number;
  readonly aSigned: boolean;
  readonly bSigned: boolean;
  readonly aZero: number;
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
