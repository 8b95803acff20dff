/** Layers in 8-bit integers: codes in, 32-bit sums or floats out. */
import { add, astype, mul, relu as relu_, tensor } from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import { int8Matmul, packRows, prepareInt8, type Int8Weight } from "@ansatz/tensor/integer";
import { checkInteger, checkLength } from "../check.ts";
import type { Numbers } from "../check.ts";

/** Codes of 8 bits with what they mean. */
export interface Codes {
  readonly codes: Int8Array | Uint8Array;
  /** Subtracted from every code; 0 when left out. */
  readonly zeroPoint?: number;
}

/** A weight [rows, columns] in codes, packed for products. */
export interface PackedWeight {
  readonly rows: number;
  readonly columns: number;
  readonly words: Tensor;
  /** The same, in the form that products of many rows read. */
  readonly prepared: Int8Weight;
  readonly signed: boolean;
  readonly zeroPoints?: Tensor;
}

/**
 * Packs a weight [rows, columns] once for many products.
 * @param zeroPoints one for each row; none for symmetric weights, which are the faster and longer ones
 * @throws ArgumentError for rows or columns out of range; ShapeError for zeroPoints of another length
 */
export function packWeight(
  codes: Int8Array | Uint8Array,
  rows: number,
  columns: number,
  zeroPoints?: Numbers,
): PackedWeight {
  checkInteger("packWeight", "rows", rows, 1);
  checkInteger("packWeight", "columns", columns, 1);
  if (zeroPoints !== undefined) checkLength("packWeight", "zeroPoints", zeroPoints, rows);
  const words = tensor(packRows(codes, rows, columns), { shape: [rows, Math.ceil(columns / 4)] });
  const signed = codes instanceof Int8Array;
  const zeros = zeroPoints === undefined ? undefined : tensor(Int32Array.from(zeroPoints));
  const bZero = zeros === undefined ? {} : { bZero: zeros };
  const prepared = prepareInt8(words, { k: columns, bSigned: signed, ...bZero });
  return { rows, columns, words, prepared, signed, ...(zeros === undefined ? {} : { zeroPoints: zeros }) };
}

/**
 * Σ (a − z_a)(w − z_w) for inputs [m, columns] and a weight [rows, columns]: i32 [m, rows], exact and the same on every
 * device. Errors as of `int8Matmul`.
 */
export function integerLinear({ codes, zeroPoint = 0 }: Codes, m: number, weight: PackedWeight): Tensor<"i32"> {
  const { columns, prepared } = weight;
  return int8Matmul(tensor(packRows(codes, m, columns), { shape: [m, Math.ceil(columns / 4)] }), prepared, {
    aSigned: codes instanceof Int8Array,
    aZero: zeroPoint,
  });
}

/**
 * The float outputs of sums [m, rows]: c·sₐ·s_w + bias for each row of the weight, and max(·, 0) when `relu` is set; one
 * fused operation.
 */
export function dequantizeSums(
  sums: Tensor,
  options: { readonly aScale: number; readonly wScale: Numbers; readonly bias?: Numbers; readonly relu?: boolean },
): Tensor {
  const { aScale, wScale, bias, relu = false } = options;
  const factors = tensor(Float32Array.from(wScale, (s) => Math.fround(s) * Math.fround(aScale)));
  let y = mul(astype(sums, "f32"), factors);
  if (bias !== undefined) y = add(y, tensor(Float32Array.from(bias)));
  return relu ? relu_(y) : y;
}
