/** Four-bit weights in the layout of ONNX Runtime's MatMulNBits, and their product with float activations. */
import { ShapeError } from "@ansatz/tensor";
import { checkInteger, checkLength } from "../check.ts";
import type { Numbers } from "../check.ts";
import { packNibbles, unpackNibbles } from "../formats/nibbles.ts";

/** A weight [rows, columns] of four-bit codes 0…15 with a scale and a zero point for each block of a row. */
export interface BlockedWeight {
  readonly codes: Numbers;
  readonly scale: Numbers;
  readonly zeroPoint: Numbers;
  readonly rows: number;
  readonly columns: number;
  /** Columns that share a scale. */
  readonly block: number;
}

/** The layout of MatMulNBits: codes [rows][columns/block][block/2], low nibble first; zero points padded with 8. */
export interface NBitsWeight {
  readonly codes: Uint8Array<ArrayBuffer>;
  readonly scale: Float32Array<ArrayBuffer>;
  readonly zeroPoint: Uint8Array<ArrayBuffer>;
  readonly rows: number;
  readonly columns: number;
  readonly block: number;
}

/** Packs a weight. Throws when blocks are odd or do not fill a row, or lengths do not fit. */
export function packMatMulNBits(weight: BlockedWeight): NBitsWeight {
  const name = "packMatMulNBits";
  const { rows, columns, block } = weight;
  checkInteger(name, "rows", rows, 1);
  checkInteger(name, "columns", columns, 1);
  checkInteger(name, "block", block, 2);
  if (block % 2 !== 0 || columns % block !== 0) {
    throw new ShapeError(
      `${name}: blocks do not fill a row (got ${columns} columns in blocks of ${block}, expected an even divisor).`,
    );
  }
  const perRow = columns / block;
  checkLength(name, "codes", weight.codes, rows * columns);
  checkLength(name, "scale", weight.scale, rows * perRow);
  checkLength(name, "zeroPoint", weight.zeroPoint, rows * perRow);
  const padded = new Uint8Array(rows * 2 * Math.ceil(perRow / 2)).fill(8);
  const width = padded.length / rows;
  for (let row = 0; row < rows; row++) {
    for (let b = 0; b < perRow; b++) padded[row * width + b] = weight.zeroPoint[row * perRow + b];
  }
  return {
    codes: packNibbles(weight.codes),
    scale: Float32Array.from(weight.scale),
    zeroPoint: packNibbles(padded),
    rows,
    columns,
    block,
  };
}

/**
 * Y[m, rows] = A[m, columns] · Wᵀ, dequantised after each block: y = Σ_g s_g (Σ a·q − z_g Σ a), accumulated in double
 * precision. The plain reference of the fast kernels; cost m·rows·columns multiply-adds.
 * @throws ShapeError for a of another length
 */
export function matmulNBits(a: Numbers, m: number, weight: NBitsWeight): Float64Array<ArrayBuffer> {
  const { rows, columns, block } = weight;
  checkLength("matmulNBits", "a", a, m * columns);
  const perRow = columns / block;
  const codes = unpackNibbles(weight.codes, rows * columns);
  const width = 2 * Math.ceil(perRow / 2);
  const zeros = unpackNibbles(weight.zeroPoint, rows * width);
  const y = new Float64Array(m * rows);
  for (let i = 0; i < m; i++) {
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      for (let g = 0; g < perRow; g++) {
        let products = 0;
        let inputs = 0;
        for (let k = g * block; k < (g + 1) * block; k++) {
          products += a[i * columns + k] * codes[row * columns + k];
          inputs += a[i * columns + k];
        }
        sum += weight.scale[row * perRow + g] * (products - zeros[row * width + g] * inputs);
      }
      y[i * rows + row] = sum;
    }
  }
  return y;
}
