/** Random decisions: coins, categories, permutations. */
import { backendOf, defaultDevice } from "../device.ts";
import { isFloat } from "../dtype.ts";
import { ArgumentError, checkOptions, DTypeError, ShapeError } from "../errors.ts";
import { log, log1p } from "../kernel/math/log.ts";
import { add } from "../ops/arith.ts";
import { less } from "../ops/compare.ts";
import { tensor } from "../ops/create.ts";
import { argmax } from "../ops/reduce.ts";
import { normalizeAxis, showShape } from "../shape.ts";
import { isTensor, type Tensor } from "../tensor.ts";
import { defineDraw, drawNode, prepare, type DrawOp, type DrawOptions, type KeyLike } from "./draw.ts";
import { checkKey, type Key } from "./key.ts";
import { midpoint64FromBits, wordOf } from "./lower.ts";
import { boundedWord, threefryInto } from "./threefry.ts";
import { uniform } from "./uniform.ts";

/** Options of draws whose data type is fixed. */
export interface PlainDrawOptions {
  /** See {@link DrawOptions.device}. */
  readonly device?: string;
  /** See {@link DrawOptions.offset}. */
  readonly offset?: number;
}

/**
 * Coins: true with probability `p`, bool. An element is true where `uniform(key, shape)` in f32 is less than p, so p is
 * resolved to 2^-23.
 * @param p probability in [0, 1], or a tensor of probabilities that broadcasts to `shape` (its values are not checked)
 * @param shape that of `p` when left out
 * @throws ArgumentError for a number outside [0, 1], DTypeError for a tensor that is not of floats, ShapeError when it does not
 * broadcast to the shape
 */
export function bernoulli(
  key: KeyLike,
  p: number | Tensor,
  shape?: readonly number[] | number,
  options: PlainDrawOptions = {},
): Tensor<"bool"> {
  checkOptions("bernoulli", options, ["device", "offset"]);
  if (isTensor(p)) {
    if (!isFloat(p.dtype)) {
      throw new DTypeError(`bernoulli: p must hold probabilities (got ${p.dtype}, expected f32 or f64).`);
    }
  } else if (!(typeof p === "number" && p >= 0 && p <= 1)) {
    throw new ArgumentError(`bernoulli: p must be a probability (got ${String(p)}, expected a number in [0, 1]).`);
  }
  const device = options.device ?? (isTensor(p) ? p.device : undefined);
  const u = uniform(key, shape ?? (isTensor(p) ? p.shape : []), { ...options, device });
  const coins = less(u, p);
  if (coins.s !== u.s) {
    throw new ShapeError(
      `bernoulli: p does not broadcast to the shape (got ${showShape((p as Tensor).shape)}, expected to fit ${showShape(u.shape)}).`,
    );
  }
  return coins as Tensor<"bool">;
}

/** -log(-log(1 - t)) for t in (0, 1): near t = 0, where the large values come from, t has its full relative precision. */
const GUMBEL: DrawOp = /*@__PURE__*/ defineDraw("gumbel", 60, (b, pair) => {
  // The least t is 2^-33; the largest is kept below 1.
  const scaled = b.mul(b.convert("f32", wordOf(b, pair)), b.const("f32", 1 / 4294967296));
  const t = b.min(b.add(scaled, b.const("f32", 1 / 8589934592)), b.const("f32", 1 - 1 / 16777216));
  return b.neg(log(b, b.neg(log1p(b, b.neg(t)))));
});
const GUMBEL64: DrawOp = /*@__PURE__*/ defineDraw("gumbel", 120, (b, pair) =>
  b.neg(log(b, b.neg(log1p(b, b.neg(midpoint64FromBits(b, pair)))))),
);

/** Standard Gumbel numbers, -log(-log(U)), f32 (default; in [-2.82, 22.9]) or f64. */
export function gumbel<D extends "f32" | "f64" = "f32">(
  key: KeyLike,
  shape: readonly number[] | number,
  options: DrawOptions<D> = {},
): Tensor<D> {
  const draw = prepare<"f32" | "f64">("gumbel", key, shape, options, ["f32", "f64"]);
  return drawNode(draw, draw.dtype === "f32" ? GUMBEL : GUMBEL64, draw.dtype) as Tensor<D>;
}

/** Options of {@link categorical}. */
export interface CategoricalOptions {
  /** Axis of `logits` along which the categories lie; the last when left out. */
  readonly axis?: number;
  /** Number of draws from every distribution, as a new first axis of the result; without it, one and no new axis. */
  readonly count?: number;
}

/**
 * Categories drawn with probabilities softmax(logits) along an axis, i32: argmax(logits + gumbel), the Gumbel-max method.
 * @param logits unnormalised log-probabilities, f32 or f64; -Infinity excludes a category
 * @throws DTypeError for logits that are not of floats, ShapeError for an axis out of range, ArgumentError for a bad count
 */
export function categorical(key: KeyLike, logits: Tensor, options: CategoricalOptions = {}): Tensor<"i32"> {
  checkOptions("categorical", options, ["axis", "count"]);
  if (!isTensor(logits) || !isFloat(logits.dtype)) {
    throw new DTypeError(
      `categorical: logits must be floating point (got ${isTensor(logits) ? logits.dtype : typeof logits}, expected an f32 or f64 tensor).`,
    );
  }
  const axis = normalizeAxis("categorical", options.axis ?? -1, logits.ndim);
  const { count } = options;
  if (count !== undefined && !(Number.isInteger(count) && count >= 0)) {
    throw new ArgumentError(`categorical: count must be a non-negative integer (got ${String(count)}).`);
  }
  const shape = count === undefined ? logits.shape : [count, ...logits.shape];
  const noise = gumbel(key, shape, { dtype: logits.dtype as "f32" | "f64", device: logits.device });
  return argmax(add(logits, noise), { axis: count === undefined ? axis : axis + 1 });
}

/**
 * A random order of 0, 1, ..., n - 1, i32. Every order is equally probable, up to a relative bias of n 2^-32.
 *
 * Made on the CPU by the Fisher-Yates method in O(n) steps, with the 64-bit block of counter i for the choice among i + 1
 * places, and copied to the device. Shuffle rows with `take(x, permutation(key, n))`.
 * @param key a key, not a tensor: its words are needed at once
 * @throws ArgumentError unless n is an integer from 0 to 2^31 - 1
 */
export function permutation(key: Key, n: number, options: { readonly device?: string } = {}): Tensor<"i32"> {
  checkOptions("permutation", options, ["device"]);
  const { k0, k1 } = checkKey("permutation", key);
  if (!(Number.isInteger(n) && n >= 0 && n <= 2147483647)) {
    throw new ArgumentError(
      `permutation: n must be a non-negative integer (got ${String(n)}, expected 0 to 2147483647).`,
    );
  }
  const device = backendOf(options.device ?? defaultDevice()).name;
  const order = new Int32Array(n);
  const block = new Uint32Array(2);
  for (let i = 0; i < n; i++) {
    threefryInto(block, 0, k0, k1, 0, i);
    const j = boundedWord(block[0], block[1], i + 1);
    order[i] = order[j];
    order[j] = i;
  }
  return tensor(order, { dtype: "i32", device });
}
