/** The quality parameter t of digital nets. */
import { ArgumentError } from "@ansatz/tensor";
import { checkInteger } from "../check.ts";
import type { DigitalNet } from "../sequences/net/digitalNet.ts";

/**
 * The exact quality parameter of the first 2^m points of a net in base 2: the smallest t such that every elementary interval
 * of volume 2^(t-m) holds exactly 2^t points.
 *
 * It is m minus the largest r for which any d_1 + … + d_s = r first rows of the generating matrices are independent
 * (H. Niederreiter, 1992, theorem 4.28). Shifts and nested scrambles change nothing, so the matrices of the plain net and of
 * a scrambled one give the same t; nets that are not linear are refused. Cost: grows with the number of compositions of r.
 * @param m 1 to 31
 * @throws ArgumentError for nets with nested scrambling, in Gray order or with replications, and m outside its range
 */
export function tValue(net: DigitalNet, m: number): number {
  checkInteger("tValue", "m", m, 1, Math.min(31, Math.log2(net.limit)));
  if (net.kind !== "net" || !net.linear || net.order !== "natural" || net.replications !== undefined) {
    throw new ArgumentError(
      `tValue: the net has no generating matrices to look at (got ${net.linear ? `order ${net.order}` : "nested scrambling"}, ` +
        `expected a linear net in natural order without replications). Ask for the plain net: t is the same.`,
    );
  }
  const rows = rowsOf(net, m);
  let least = m + 1;

  // Adds rows of coordinate j and of later ones to independent rows; `least` is the smallest dependent number so far.
  const search = (j: number, basis: readonly number[], count: number): void => {
    if (j === rows.length) return;
    let grown = basis;
    search(j + 1, grown, count);
    for (let k = 0; count + k + 1 < least; k++) {
      const rest = reduce(grown, rows[j][k]);
      if (rest === 0) {
        least = count + k + 1;
        return;
      }
      grown = grown.concat(rest);
      search(j + 1, grown, count + k + 1);
    }
  };
  search(0, [], 0);
  return m - (least - 1);
}

/** Rows of the m x m upper left parts of the matrices: bit c of row r of coordinate j is digit r of column c. */
function rowsOf(net: DigitalNet, m: number): number[][] {
  const d = net.dimension;
  const rows = Array.from({ length: d }, () => new Array<number>(m).fill(0));
  const zero = net.words(0, 1).hi;
  for (let c = 0; c < m; c++) {
    const column = net.words(2 ** c, 2 ** c + 1).hi;
    for (let j = 0; j < d; j++) {
      const word = column[j] ^ zero[j];
      for (let r = 0; r < m; r++) if ((word >>> (31 - r)) & 1) rows[j][r] |= 1 << c;
    }
  }
  return rows;
}

/** The row minus a combination of the basis, whose members have distinct leading bits after each other's reduction. */
function reduce(basis: readonly number[], row: number): number {
  let rest = row;
  for (const member of basis) {
    const lead = 1 << (31 - Math.clz32(member));
    if (rest & lead) rest ^= member;
  }
  return rest;
}
