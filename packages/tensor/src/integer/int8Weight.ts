/** Second factors of products of bytes, brought once into the form in which the processor reads them. */
import type { Routine } from "../backend/backend.ts";
import { checkOptions, ShapeError } from "../errors.ts";
import { lowerRoutine } from "../graph/lowerRoutine.ts";
import { defineOp, internAttr, type RoutineOp } from "../graph/op.ts";
import { isTracing, record } from "../graph/record.ts";
import { internShape, showShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { dotKind } from "./dot.ts";
import { checkLength, checkWords, checkZeros, type Int8WeightOptions } from "./int8Check.ts";
import { panelBytes, panelsCpu } from "./int8Cpu.ts";
import { widthOf } from "./int8Multiply.ts";
import { panelsOracle, type PanelsAttr } from "./oracle.ts";

const ROUTINE: Routine = { name: "int8Panels", js: panelsOracle, cpu: panelsCpu };

const PANELS: RoutineOp = /*@__PURE__*/ defineOp<RoutineOp>({
  kind: "routine",
  schedule: lowerRoutine,
  name: "int8Panels",
  routine: ROUTINE,
  strided: [false],
});

/** A second factor of {@link import("./int8.ts").int8Matmul} for many products; made by {@link prepareInt8}. */
export interface Int8Weight extends Required<Omit<Int8WeightOptions, "bZero">>, Pick<Int8WeightOptions, "bZero"> {
  /** The bytes that were given, u32 [n, ceil(k/4)]. */
  readonly codes: Tensor;
  /** The same in the form that the processor reads; undefined on devices that read `codes` as they are. */
  readonly panels: Tensor | undefined;
  /** Bytes of a number in `panels`. */
  readonly width: number;
  /** Frees `panels`; `codes` and `bZero` remain yours. */
  dispose(): void;
}

/**
 * Prepares the second factor of {@link import("./int8.ts").int8Matmul} once for many products of more than four rows,
 * which then need not bring it into another form each time. Products of fewer rows read the bytes as they lie.
 *
 * On the processor this takes one more byte for every weight where engines add four products of bytes in one instruction, and two
 * more elsewhere; on other devices nothing is done. Cost: one pass over `b`.
 * @param b u32 [n, ceil(k/4)]: rows of bytes packed into words
 * @returns a weight with the same meaning as `b`, `k`, `bSigned` and `bZero`; `b` must live as long
 * @throws ShapeError, DTypeError and ArgumentError as {@link import("./int8.ts").int8Matmul}
 * @example
 * const weight = prepareInt8(tensor(packRows(codes, n, k), { shape: [n, Math.ceil(k / 4)] }), { k });
 * const sums = int8Matmul(a, weight, { aZero: 128 });
 */
export function prepareInt8(b: Tensor, options: Int8WeightOptions): Int8Weight {
  const name = "prepareInt8";
  checkOptions(name, options, ["k", "bSigned", "bZero"]);
  const { k, bSigned = true, bZero } = options;
  checkWords(name, b);
  checkLength(name, options);
  const words = Math.ceil(k / 4);
  if (b.ndim !== 2 || b.shape[1] !== words) {
    throw new ShapeError(
      `${name}: the shape does not fit k = ${k} (got ${showShape(b.shape)}, expected [n, ${words}]).`,
    );
  }
  const [n] = b.shape;
  checkZeros(name, bZero, n);
  const kind = dotKind();
  const width = widthOf(kind);
  let panels: Tensor | undefined;
  if (b.device === "cpu" && n > 0) {
    const bytes = panelBytes(n, k, kind);
    const attr = internAttr<PanelsAttr>({ k, bSigned, width });
    panels = record(PANELS, [b], internShape([(bytes.panels + bytes.sums) / 4]), "u32", attr);
    if (!isTracing()) panels.eval();
  }
  return {
    codes: b,
    k,
    bSigned,
    ...(bZero === undefined ? {} : { bZero }),
    panels,
    width,
    dispose: () => panels?.dispose(),
  };
}
