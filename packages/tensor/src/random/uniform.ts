/** Bits and uniform numbers. */
import { ArgumentError } from "../errors.ts";
import { cast } from "../ops/elementwise.ts";
import type { Tensor } from "../tensor.ts";
import { defineDraw, drawNode, drawScalar, prepare, type DrawOp, type DrawOptions, type KeyLike } from "./draw.ts";
import { boundedFromBits, uniform64FromBits, uniformFromBits, wordOf } from "./lower.ts";

const BITS: DrawOp = /*@__PURE__*/ defineDraw("bits", 0, (b, pair) => wordOf(b, pair));

/**
 * Uniform 32-bit words, u32. Element i is x0 xor x1 for the Threefry-2x32-20 block (x0, x1) of the counter
 * offset + i. The same bits on every device.
 */
export function bits(key: KeyLike, shape: readonly number[] | number, options: DrawOptions<"u32"> = {}): Tensor<"u32"> {
  return drawNode(prepare("bits", key, shape, options, ["u32"]), BITS, "u32");
}

/** Options of {@link uniform}. */
export interface UniformOptions<D extends "f32" | "f64" = "f32" | "f64"> extends DrawOptions<D> {
  /** Least value; 0 when left out. */
  readonly low?: number;
  /** Bound that is not reached; 1 when left out. */
  readonly high?: number;
}

const UNIFORM: DrawOp = /*@__PURE__*/ defineDraw("uniform", 3, (b, pair) => uniformFromBits(b, wordOf(b, pair)));
const UNIFORM64: DrawOp = /*@__PURE__*/ defineDraw("uniform", 6, (b, pair) => uniform64FromBits(b, pair));

const SCALED: DrawOp = /*@__PURE__*/ defineDraw("uniform", 6, (b, pair, [low, width, last]) => {
  const u = low.ty === "f32" ? uniformFromBits(b, wordOf(b, pair)) : uniform64FromBits(b, pair);
  return b.min(b.add(low, b.mul(u, width)), last);
});

/** The largest number of a type below `x`. */
function below(x: number, dtype: "f32" | "f64"): number {
  const view = new DataView(new ArrayBuffer(8));
  if (x === 0) return dtype === "f32" ? -1.401298464324817e-45 : -5e-324;
  if (dtype === "f32") {
    view.setFloat32(0, x);
    view.setInt32(0, view.getInt32(0) - Math.sign(x));
    return view.getFloat32(0);
  }
  view.setFloat64(0, x);
  view.setBigInt64(0, view.getBigInt64(0) - BigInt(Math.sign(x)));
  return view.getFloat64(0);
}

/**
 * Uniform numbers in [low, high), f32 (default) or f64.
 *
 * In [0, 1): multiples of 2^-23 from the upper 23 bits of a word (f32), or of 2^-52 from both words of a block (f64);
 * exact, hence the same bits on every device. Otherwise low + u (high - low), kept below high.
 * @throws ArgumentError unless low < high are finite in the data type and their difference is
 */
export function uniform<D extends "f32" | "f64" = "f32">(
  key: KeyLike,
  shape: readonly number[] | number,
  options: UniformOptions<D> = {},
): Tensor<D> {
  const draw = prepare<"f32" | "f64">("uniform", key, shape, options, ["f32", "f64"], ["low", "high"]);
  const { low = 0, high = 1 } = options;
  const round = draw.dtype === "f32" ? Math.fround : (x: number): number => x;
  const [from, to] = [round(low), round(high)];
  if (typeof low !== "number" || typeof high !== "number" || !(from < to) || !Number.isFinite(round(to - from))) {
    throw new ArgumentError(
      `uniform: low must be less than high, and both finite in ${draw.dtype} (got ${String(low)} and ${String(high)}).`,
    );
  }
  if (from === 0 && to === 1)
    return drawNode(draw, draw.dtype === "f32" ? UNIFORM : UNIFORM64, draw.dtype) as Tensor<D>;
  const numbers = [from, round(to - from), below(to, draw.dtype)];
  return drawNode(
    draw,
    SCALED,
    draw.dtype,
    numbers.map((x) => drawScalar(draw, x, draw.dtype)),
  ) as Tensor<D>;
}

const BOUNDED: DrawOp = /*@__PURE__*/ defineDraw("randint", 12, (b, pair, [low, spanLess1]) =>
  b.add(boundedFromBits(b, pair, spanLess1), low),
);
const BOUNDED_SIGNED: DrawOp = /*@__PURE__*/ defineDraw("randint", 12, (b, pair, [low, spanLess1]) =>
  b.bitcast("i32", b.add(boundedFromBits(b, pair, spanLess1), low)),
);

/**
 * Uniform integers in [low, high), i32 (default) or u32.
 *
 * Element i is low + floor((high - low) n / 2^64) for the 64-bit number n of its Threefry block. Every value has a
 * probability within 2^-64 of 1 / (high - low), a relative bias below 2^-32 at most, which no fewer than about 2^64 draws
 * could reveal. No draw is rejected, so slices and devices agree.
 * @throws ArgumentError unless low < high are integers that the data type spans
 */
export function randint<D extends "i32" | "u32" = "i32">(
  key: KeyLike,
  shape: readonly number[] | number,
  low: number,
  high: number,
  options: DrawOptions<D> = {},
): Tensor<D> {
  const draw = prepare<"i32" | "u32">("randint", key, shape, options, ["i32", "u32"]);
  const least = draw.dtype === "i32" ? -2147483648 : 0;
  const bound = least + 4294967296;
  if (!(Number.isInteger(low) && Number.isInteger(high) && low >= least && low < high && high <= bound)) {
    throw new ArgumentError(
      `randint: low must be less than high, and both integers from ${least} to ${bound} for ${draw.dtype} (got ${String(low)} and ${String(high)}).`,
    );
  }
  const rest = [low >>> 0, high - low - 1].map((x) => drawScalar(draw, x, "u32"));
  return drawNode(draw, draw.dtype === "i32" ? BOUNDED_SIGNED : BOUNDED, draw.dtype, rest) as Tensor<D>;
}

const SIGN: DrawOp = /*@__PURE__*/ defineDraw("rademacher", 4, (b, pair) => {
  const word = b.bitcast("i32", wordOf(b, pair));
  return b.or(b.shr(word, 31), b.const("i32", 1));
});

/** -1 or 1 with probability 1/2 each, by the top bit of a word: f32 (default), f64 or i32. */
export function rademacher<D extends "f32" | "f64" | "i32" = "f32">(
  key: KeyLike,
  shape: readonly number[] | number,
  options: DrawOptions<D> = {},
): Tensor<D> {
  const draw = prepare<"f32" | "f64" | "i32">("rademacher", key, shape, options, ["f32", "f64", "i32"]);
  return cast(drawNode(draw, SIGN, "i32"), draw.dtype) as Tensor<D>;
}
