/** Matrix products of 8-bit integers with 32-bit sums. */
import type { Routine } from "../backend/backend.ts";
import { ArgumentError, checkOptions, requireFlag, ShapeError, show } from "../errors.ts";
import { defineOp, internAttr, type RoutineOp } from "../graph/op.ts";
import { lowerRoutine } from "../graph/lowerRoutine.ts";
import { record } from "../graph/record.ts";
import { zeros } from "../ops/create.ts";
import { internShape, showShape } from "../shape.ts";
import { isTensor, type Tensor } from "../tensor.ts";
import { checkLength, checkWords, checkZeros, type Int8WeightOptions } from "./int8Check.ts";
import { int8Cpu } from "./int8Cpu.ts";
import { int8Gpu } from "./int8.wgsl.ts";
import type { Int8Weight } from "./int8Weight.ts";
import { int8Oracle, type Int8Attr } from "./oracle.ts";

const ROUTINE: Routine = { name: "int8Matmul", js: int8Oracle, cpu: int8Cpu, gpu: int8Gpu };

/** The product, its inputs being a, b, the zero points of b, and the panels of b where there are any. */
const INT8: RoutineOp = /*@__PURE__*/ defineOp<RoutineOp>({
  kind: "routine",
  schedule: lowerRoutine,
  name: "int8Matmul",
  routine: ROUTINE,
  strided: [false, false, false, false],
});

/** Options of {@link int8Matmul} on the first factor. */
export interface Int8InputOptions {
  /** Whether the bytes of `a` are signed; false by default. */
  readonly aSigned?: boolean;
  /** Subtracted from every byte of `a`; a value of its type, 0 by default. */
  readonly aZero?: number;
}

/** Options of {@link int8Matmul}. */
export interface Int8MatmulOptions extends Int8InputOptions, Int8WeightOptions {}

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

const INPUT_KEYS = ["aSigned", "aZero"];
const KEYS = ["k", "bSigned", "bZero", ...INPUT_KEYS];

/**
 * `C[i, j] = sum over p < k of (A[i, p] - aZero) (B[j, p] - bZero[j])` in 32-bit integers, exactly: a linear layer with
 * the weight `b`. Both factors are rows of bytes packed into u32 words ({@link packRows}).
 *
 * Bit-identical on all devices. On the processor: four products per lane and instruction where the engine does that
 * exactly (relaxed SIMD), otherwise two (`i32x4.dot_i16x8_s`), each of which stands for two by Winograd's inner product.
 * Few rows of `a` are multiplied by the bytes of `b` as they lie; for more than sixteen, `b` is brought into another form
 * first, which {@link prepareInt8} does once for many products. Cost: m n k multiply-adds.
 * @param a u32 [m, ceil(k/4)]
 * @param b u32 [n, ceil(k/4)], or what {@link prepareInt8} made of it; `k`, `bSigned` and `bZero` are then known and not given
 * @returns i32 [m, n]
 * @throws ShapeError for shapes that do not fit; DTypeError for other types; ArgumentError for zero points out of range
 * and for k above {@link INT8_LONGEST}, where sums could leave 32 bits
 */
export function int8Matmul(a: Tensor, b: Int8Weight, options?: Int8InputOptions): Tensor<"i32">;
export function int8Matmul(a: Tensor, b: Tensor, options: Int8MatmulOptions): Tensor<"i32">;
export function int8Matmul(
  a: Tensor,
  b: Tensor | Int8Weight,
  options: Int8InputOptions & Partial<Int8WeightOptions> = {},
): Tensor<"i32"> {
  const name = "int8Matmul";
  const weight =
    isTensor(b) || !isTensor((b as Partial<Int8Weight> | undefined)?.codes) ? undefined : (b as Int8Weight);
  checkOptions(name, options, weight === undefined ? KEYS : INPUT_KEYS);
  const given: Int8WeightOptions = weight ?? (options as Int8MatmulOptions);
  const { k, bSigned = true, bZero } = given;
  const codes = weight?.codes ?? (b as Tensor);
  const { aSigned = false, aZero = 0 } = options;
  requireFlag(name, "aSigned", aSigned);
  for (const x of [a, codes]) checkWords(name, x);
  checkLength(name, given);
  checkZero(name, aZero, aSigned);
  const words = Math.ceil(k / 4);
  if (a.ndim !== 2 || codes.ndim !== 2 || a.shape[1] !== words || codes.shape[1] !== words) {
    throw new ShapeError(
      `${name}: shapes do not fit k = ${k} (got ${showShape(a.shape)} and ${showShape(codes.shape)}, expected [m, ${words}] and [n, ${words}]).`,
    );
  }
  const [m] = a.shape;
  const [n] = codes.shape;
  checkZeros(name, bZero, n);
  const shape = internShape([m, n]);
  if (m === 0 || n === 0) return zeros([m, n], { dtype: "i32", device: a.device });
  const zero = bZero ?? zeros([n], { dtype: "i32", device: a.device });
  const attr: Int8Attr = { k, aSigned, bSigned, aZero };
  if (weight?.panels === undefined) return record(INT8, [a, codes, zero], shape, "i32", internAttr<Int8Attr>(attr));
  const inputs = [a, codes, zero, weight.panels];
  return record(INT8, inputs, shape, "i32", internAttr<Int8Attr>({ ...attr, width: weight.width }));
}
