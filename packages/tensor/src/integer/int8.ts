/** Matrix products of 8-bit integers with 32-bit sums. */
import type { Routine } from "../backend/backend.ts";
import { ArgumentError, checkOptions, DTypeError, requireFlag, ShapeError, show } from "../errors.ts";
import { defineOp, internAttr, type RoutineOp } from "../graph/op.ts";
import { lowerRoutine } from "../graph/lowerRoutine.ts";
import { record } from "../graph/record.ts";
import { zeros } from "../ops/create.ts";
import { internShape, showShape } from "../shape.ts";
import { requireTensor, type Tensor } from "../tensor.ts";
import { int8Cpu } from "./int8Cpu.ts";
import { int8Gpu } from "./int8.wgsl.ts";
import { int8Oracle, type Int8Attr } from "./oracle.ts";

/** Longest sums, with and without zero points of the second factor: 32 bits hold them whatever the codes are. */
export const INT8_LONGEST: { readonly plain: number; readonly withZeros: number } = {
  plain: Math.floor((2 ** 31 - 1) / (255 * 128)),
  withZeros: Math.floor((2 ** 31 - 1) / (255 * 255)),
};

const ROUTINE: Routine = { name: "int8Matmul", js: int8Oracle, cpu: int8Cpu, gpu: int8Gpu };

const INT8: RoutineOp = /*@__PURE__*/ defineOp<RoutineOp>({
  kind: "routine",
  schedule: lowerRoutine,
  name: "int8Matmul",
  routine: ROUTINE,
  strided: [false, false, false],
});

/** Options of {@link int8Matmul}. */
export interface Int8MatmulOptions {
  /** Number of bytes of a row that count; the rest of the last word is ignored. */
  readonly k: number;
  /** Whether the bytes of `a` are signed; false by default. */
  readonly aSigned?: boolean;
  /** Whether the bytes of `b` are signed; true by default. */
  readonly bSigned?: boolean;
  /** Subtracted from every byte of `a`; a value of its type, 0 by default. */
  readonly aZero?: number;
  /** Subtracted from the bytes of each row of `b`: i32 [n], values of its type; nothing by default. */
  readonly bZero?: Tensor;
}

/**
 * Bytes as rows of u32 words, low byte first, each row filled up with zero bytes to whole words: the layout that
 * {@link int8Matmul} reads.
 * @throws ShapeError when there are not rows·columns bytes
 */
export function packRows(codes: Int8Array | Uint8Array, rows: number, columns: number): Uint32Array<ArrayBuffer> {
  if (codes.length !== rows * columns) {
    throw new ShapeError(
      `packRows: a wrong number of codes (got ${codes.length}, expected ${rows} x ${columns} = ${rows * columns}).`,
    );
  }
  const words = Math.ceil(columns / 4);
  const bytes = new Uint8Array(4 * words * rows);
  const source = new Uint8Array(codes.buffer, codes.byteOffset, codes.length);
  for (let row = 0; row < rows; row++) bytes.set(source.subarray(row * columns, (row + 1) * columns), 4 * words * row);
  return new Uint32Array(bytes.buffer);
}

function checkZero(name: string, zero: number, signed: boolean): void {
  const [lo, hi] = signed ? [-128, 127] : [0, 255];
  if (!(Number.isInteger(zero) && zero >= lo && zero <= hi)) {
    throw new ArgumentError(
      `${name}: aZero is out of range (got ${show(zero)}, expected an integer in ${lo}...${hi}).`,
    );
  }
}

const KEYS = ["k", "aSigned", "bSigned", "aZero", "bZero"];

/**
 * `C[i, j] = sum over p < k of (A[i, p] - aZero) (B[j, p] - bZero[j])` in 32-bit integers, exactly: a linear layer with
 * the weight `b`. Both factors are rows of bytes packed into u32 words ({@link packRows}).
 *
 * Bit-identical on all devices. On the processor: four products per lane and instruction where the engine does that
 * exactly (relaxed SIMD), otherwise two (`i32x4.dot_i16x8_s`), each of which stands for two by Winograd's inner product.
 * Cost: m n k multiply-adds.
 * @param a u32 [m, ceil(k/4)]
 * @param b u32 [n, ceil(k/4)]
 * @returns i32 [m, n]
 * @throws ShapeError for shapes that do not fit; DTypeError for other types; ArgumentError for zero points out of range
 * and for k above {@link INT8_LONGEST}, where sums could leave 32 bits
 */
export function int8Matmul(a: Tensor, b: Tensor, options: Int8MatmulOptions): Tensor<"i32"> {
  const name = "int8Matmul";
  checkOptions(name, options, KEYS);
  requireTensor(name, a);
  requireTensor(name, b);
  const { k, aSigned = false, bSigned = true, aZero = 0, bZero } = options;
  requireFlag(name, "aSigned", aSigned);
  requireFlag(name, "bSigned", bSigned);
  for (const x of [a, b] as const) {
    if (x.dtype !== "u32") throw new DTypeError(`${name}: bytes come packed in words (got ${x.dtype}, expected u32).`);
  }
  const most = bZero === undefined && bSigned ? INT8_LONGEST.plain : INT8_LONGEST.withZeros;
  if (!(Number.isInteger(k) && k >= 1 && k <= most)) {
    throw new ArgumentError(
      `${name}: k is out of range (got ${show(k)}, expected an integer in 1...${most}). Split longer sums.`,
    );
  }
  checkZero(name, aZero, aSigned);
  const words = Math.ceil(k / 4);
  if (a.ndim !== 2 || b.ndim !== 2 || a.shape[1] !== words || b.shape[1] !== words) {
    throw new ShapeError(
      `${name}: shapes do not fit k = ${k} (got ${showShape(a.shape)} and ${showShape(b.shape)}, expected [m, ${words}] and [n, ${words}]).`,
    );
  }
  const [m] = a.shape;
  const [n] = b.shape;
  if (bZero !== undefined) {
    requireTensor(name, bZero);
    if (bZero.dtype !== "i32" || bZero.ndim !== 1 || bZero.shape[0] !== n) {
      throw new ShapeError(
        `${name}: bZero does not fit (got ${bZero.dtype} ${showShape(bZero.shape)}, expected i32 [${n}]).`,
      );
    }
  }
  const shape = internShape([m, n]);
  if (m === 0 || n === 0) return zeros([m, n], { dtype: "i32", device: a.device });
  const zero = bZero ?? zeros([n], { dtype: "i32", device: a.device });
  return record(INT8, [a, b, zero], shape, "i32", internAttr<Int8Attr>({ k, aSigned, bSigned, aZero }));
}
