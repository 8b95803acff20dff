/** Normal numbers, whole and truncated. */
import { ArgumentError } from "../errors.ts";
import { defineOp, type MapOp } from "../graph/op.ts";
import { record } from "../graph/record.ts";
import { takeNode } from "../ops/take.ts";
import { reshapeTo, sliceBy } from "../ops/views.ts";
import { internShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import {
  defineDraw,
  drawNode,
  drawScalar,
  prepare,
  type Draw,
  type DrawOp,
  type DrawOptions,
  type KeyLike,
} from "./draw.ts";
import { boundedFromBits, midpoint64FromBits, normalFromBits, normalRow, uniform64FromBits, wordOf } from "./lower.ts";
import { quantileOf } from "./lowerQuantile.ts";
import { OCTAVES, SEGMENTS } from "./normalTable.ts";
import { normalQuantile } from "./quantile.ts";
import { normalTableTensor } from "./tableTensor.ts";

const WORD: DrawOp = /*@__PURE__*/ defineDraw("normal", 0, (b, pair) => wordOf(b, pair));

const ROW: MapOp = /*@__PURE__*/ defineOp<MapOp>({
  kind: "map",
  name: "normalRow",
  cost: 12,
  lower: (b, [word]) => normalRow(b, word),
});

const FROM_TABLE: MapOp = /*@__PURE__*/ defineOp<MapOp>({
  kind: "map",
  name: "normal",
  cost: 30,
  lower: (b, [word, ...c]) => normalFromBits(b, word, c),
});

/** Normal numbers from uniform words through the table. */
function throughTable(draw: Draw<"f32" | "f64">, word: Tensor<"u32">): Tensor<"f32"> {
  const row = record(ROW, [word], draw.shape, "i32", null);
  const table = normalTableTensor(draw.backend);
  const rows = OCTAVES * SEGMENTS;
  const column = internShape([rows]);
  const coefficients = [0, 1, 2, 3].map((k) =>
    takeNode(reshapeTo(sliceBy(table, [0, k], [1, 1], [rows, 1]), column), row, { axis: 0, checked: false }),
  );
  return record(FROM_TABLE, [word, ...coefficients], draw.shape, "f32", null);
}

const NORMAL64: DrawOp = /*@__PURE__*/ defineDraw("normal", 150, (b, pair) =>
  quantileOf(b, midpoint64FromBits(b, pair)),
);

/**
 * Standard normal numbers, f32 (default) or f64.
 *
 * f32: an integer evaluation of the inverse distribution function on 31 bits and a sign (see `normalTable.ts`), rounded
 * once: within 2e-8 of the exact quantile before rounding, |z| <= 6.17, the same bits on every device.
 * f64: algorithm AS 241 on 52 bits, |z| <= 8.21, relative error about 1e-15.
 * @example
 * const noise = normal(key(7), [4, 3]);
 */
export function normal<D extends "f32" | "f64" = "f32">(
  key: KeyLike,
  shape: readonly number[] | number,
  options: DrawOptions<D> = {},
): Tensor<D> {
  const draw = prepare<"f32" | "f64">("normal", key, shape, options, ["f32", "f64"]);
  if (draw.dtype === "f64") return drawNode(draw, NORMAL64, "f64") as Tensor<D>;
  return throughTable(draw, drawNode(draw, WORD, "u32")) as Tensor<D>;
}

/** The word whose normal number is the quantile of (n + 1/2) / 2^32, for a number n of the range. */
const WORD_WITHIN: DrawOp = /*@__PURE__*/ defineDraw("truncatedNormal", 18, (b, pair, [first, spanLess1]) => {
  const n = b.add(first, boundedFromBits(b, pair, spanLess1));
  const top = b.const("u32", 0x80000000);
  // In the upper half the magnitude counts down from the end; in the lower half it is n itself, with the sign set.
  return b.select(b.ge(n, top), b.not(n), b.or(n, top));
});

const CLIP: MapOp = /*@__PURE__*/ defineOp<MapOp>({
  kind: "map",
  name: "truncatedNormal",
  cost: 2,
  lower: (b, [z, low, high]) => b.max(low, b.min(z, high)),
});

const WITHIN64: DrawOp = /*@__PURE__*/ defineDraw("truncatedNormal", 160, (b, pair, [first, span, low, high]) => {
  const n = b.add(first, b.floor(b.mul(uniform64FromBits(b, pair), span)));
  const u = b.mul(b.add(n, b.const("f64", 0.5)), b.const("f64", 1 / 4503599627370496));
  return b.max(low, b.min(quantileOf(b, u), high));
});

/** The smallest integer n in [0, cells] for which the quantile of (n + 1/2) / cells is at least `z`. */
function firstCell(z: number, cells: number): number {
  let low = 0;
  let high = cells;
  while (low < high) {
    const middle = low + Math.floor((high - low) / 2);
    if (normalQuantile((middle + 0.5) / cells) >= z) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Ranges that hold less than this part of all cells are refused: their numbers would be coarse. */
const LEAST_MASS: Record<"f32" | "f64", number> = { f32: 2 ** -12, f64: 2 ** -30 };

/**
 * Standard normal numbers conditioned on low <= z <= high, f32 (default) or f64; either bound may be infinite.
 *
 * The cells of the whole distribution (2^32 equally probable ones in f32, 2^52 in f64) whose quantiles lie in the range
 * are drawn with equal probability and turned into numbers as in {@link normal}.
 * @throws ArgumentError unless low < high, or when the range holds too little probability (less than 2^-12 in f32, 2^-30
 * in f64), where the cells would be too coarse
 */
export function truncatedNormal<D extends "f32" | "f64" = "f32">(
  key: KeyLike,
  shape: readonly number[] | number,
  low: number,
  high: number,
  options: DrawOptions<D> = {},
): Tensor<D> {
  const draw = prepare<"f32" | "f64">("truncatedNormal", key, shape, options, ["f32", "f64"]);
  if (!(typeof low === "number" && typeof high === "number" && low < high)) {
    throw new ArgumentError(`truncatedNormal: low must be less than high (got ${String(low)} and ${String(high)}).`);
  }
  const cells = draw.dtype === "f32" ? 4294967296 : 4503599627370496;
  const first = firstCell(low, cells);
  // The first cell beyond high; cells exactly at high do not matter.
  const span = firstCell(high, cells) - first;
  if (span < cells * LEAST_MASS[draw.dtype]) {
    throw new ArgumentError(
      `truncatedNormal: the range holds too little probability (got ${(span / cells).toPrecision(3)} for [${low}, ${high}], expected at least ${LEAST_MASS[draw.dtype].toPrecision(3)} in ${draw.dtype}).${draw.dtype === "f32" ? ' Try dtype "f64".' : ""}`,
    );
  }
  const bounds = [low, high].map((x) => drawScalar(draw, x, draw.dtype));
  if (draw.dtype === "f64") {
    const range = [first, span].map((x) => drawScalar(draw, x, "f64"));
    return drawNode(draw, WITHIN64, "f64", [...range, ...bounds]) as Tensor<D>;
  }
  const range = [first, span - 1].map((x) => drawScalar(draw, x, "u32"));
  const z = throughTable(draw, drawNode(draw, WORD_WITHIN, "u32", range));
  return record(CLIP, [z, ...bounds], draw.shape, "f32", null) as Tensor<D>;
}
