/** Matrix products of floats with weights of four bits. */
import type { Routine } from "../backend/backend.ts";
import { ArgumentError, checkOptions, DTypeError, ShapeError, show } from "../errors.ts";
import { defineOp, internAttr, type RoutineOp } from "../graph/op.ts";
import { lowerRoutine } from "../graph/lowerRoutine.ts";
import { record } from "../graph/record.ts";
import { zeros } from "../ops/create.ts";
import { cast } from "../ops/elementwise.ts";
import { internShape, showShape } from "../shape.ts";
import { requireTensor, type Tensor } from "../tensor.ts";
import { int4Cpu } from "./int4Cpu.ts";
import { int4Gpu } from "./int4.wgsl.ts";
import { int4Oracle, type Int4Attr } from "./oracle.ts";

const ROUTINE: Routine = { name: "int4Matmul", js: int4Oracle, cpu: int4Cpu, gpu: int4Gpu };

const INT4: RoutineOp = /*@__PURE__*/ defineOp<RoutineOp>({
  kind: "routine",
  schedule: lowerRoutine,
  name: "int4Matmul",
  routine: ROUTINE,
  strided: [false, false, false, false],
});

/** Options of {@link int4Matmul}. */
export interface Int4MatmulOptions {
  /** Elements of a row that share a scale: a multiple of 8 that divides k. Multiples of 32 are fast. */
  readonly group: number;
}

/**
 * `Y[i, j] = sum over groups g of scale[j, g] (sum X[i, p] code[j, p] - zero[j, g] sum X[i, p])`: a linear layer whose
 * weight lies in memory with four bits an element and is dequantised after each group.
 *
 * Eight codes in a u32 word, low bits first. Sums in f32, within 2e-5 of the sum of absolute terms; the order of
 * summation, and with it the last bits, differs between devices. Cost: m n k multiply-adds, k n / 2 bytes of weight.
 * @param activations X, f32 or f16 [m, k]; halves are computed with as f32
 * @param codes u32 [n, k/8]
 * @param scales f32 or f16 [n, k/group]
 * @param zero f32 [n, k/group], the code of zero
 * @returns f32 [m, n]
 * @throws ShapeError for shapes that do not fit; DTypeError for other types; ArgumentError for groups that are no
 * multiple of 8 or do not divide k
 */
export function int4Matmul(
  activations: Tensor,
  codes: Tensor,
  scales: Tensor,
  zero: Tensor,
  options: Int4MatmulOptions,
): Tensor<"f32"> {
  const name = "int4Matmul";
  const [x, scale] = [activations, scales].map((t) => (t.dtype === "f16" ? cast(t, "f32") : t));
  checkOptions(name, options, ["group"]);
  const { group } = options;
  for (const [what, t, dtype] of [
    ["x", x, "f32"],
    ["codes", codes, "u32"],
    ["scale", scale, "f32"],
    ["zero", zero, "f32"],
  ] as const) {
    requireTensor(name, t);
    if (t.dtype !== dtype)
      throw new DTypeError(`${name}: ${what} has a wrong type (got ${t.dtype}, expected ${dtype}).`);
    if (t.ndim !== 2)
      throw new ShapeError(`${name}: ${what} is no matrix (got ${showShape(t.shape)}, expected rank 2).`);
  }
  const [m, k] = x.shape;
  const [n] = codes.shape;
  if (!(Number.isInteger(group) && group >= 8 && group % 8 === 0 && k % group === 0)) {
    throw new ArgumentError(
      `${name}: group is out of range (got ${show(group)}, expected a multiple of 8 that divides k = ${k}).`,
    );
  }
  const wanted = { codes: [n, k / 8], scale: [n, k / group], zero: [n, k / group] };
  for (const [what, t] of Object.entries({ codes, scale, zero })) {
    const expected = wanted[what as keyof typeof wanted];
    if (t.shape.some((extent, d) => extent !== expected[d])) {
      throw new ShapeError(
        `${name}: ${what} does not fit (got ${showShape(t.shape)}, expected ${showShape(expected)}).`,
      );
    }
  }
  if (m === 0 || n === 0 || k === 0) return zeros([m, n], { dtype: "f32", device: x.device });
  return record(INT4, [x, codes, scale, zero], internShape([m, n]), "f32", internAttr<Int4Attr>({ group }));
}
