/** What the functions on bytes demand of their arguments. */
import { ArgumentError, DTypeError, requireFlag, ShapeError, show } from "../errors.ts";
import { showShape } from "../shape.ts";
import { requireTensor, type Tensor } from "../tensor.ts";

/** Longest sums, with and without zero points of the second factor: 32 bits hold them whatever the codes are. */
export const INT8_LONGEST: { readonly plain: number; readonly withZeros: number } = {
  plain: Math.floor((2 ** 31 - 1) / (255 * 128)),
  withZeros: Math.floor((2 ** 31 - 1) / (255 * 255)),
};

/** What {@link import("./int8.ts").int8Matmul} must know of its second factor. */
export interface Int8WeightOptions {
  /** Number of bytes of a row that count; the rest of the last word is ignored. */
  readonly k: number;
  /** Whether the bytes of `b` are signed; true by default. */
  readonly bSigned?: boolean;
  /** Subtracted from the bytes of each row of `b`: i32 [n], values of its type; nothing by default. */
  readonly bZero?: Tensor;
}

/** Bytes packed in words. */
export function checkWords(name: string, x: Tensor): void {
  requireTensor(name, x);
  if (x.dtype !== "u32") throw new DTypeError(`${name}: bytes come packed in words (got ${x.dtype}, expected u32).`);
}

/** Length and signs of sums. */
export function checkLength(name: string, { k, bSigned = true, bZero }: Int8WeightOptions): void {
  requireFlag(name, "bSigned", bSigned);
  const most = bZero === undefined && bSigned ? INT8_LONGEST.plain : INT8_LONGEST.withZeros;
  if (!(Number.isInteger(k) && k >= 1 && k <= most)) {
    throw new ArgumentError(
      `${name}: k is out of range (got ${show(k)}, expected an integer in 1...${most}). Split longer sums.`,
    );
  }
}

/** Zero points of the `n` rows of the second factor. */
export function checkZeros(name: string, zeros: Tensor | undefined, n: number): void {
  if (zeros === undefined) return;
  requireTensor(name, zeros);
  if (zeros.dtype !== "i32" || zeros.ndim !== 1 || zeros.shape[0] !== n) {
    throw new ShapeError(
      `${name}: bZero does not fit (got ${zeros.dtype} ${showShape(zeros.shape)}, expected i32 [${n}]).`,
    );
  }
}
