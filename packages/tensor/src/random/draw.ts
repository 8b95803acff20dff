/** What all draws have in common: checking arguments, counters, and the operations that turn blocks into values. */
import type { Backend } from "../backend/backend.ts";
import { backendOf, defaultDevice, requireOnDevice } from "../device.ts";
import { checkDType, type DType } from "../dtype.ts";
import { ArgumentError, checkOptions, DTypeError } from "../errors.ts";
import { defineOp, type MapOp } from "../graph/op.ts";
import { record, scalarNode } from "../graph/record.ts";
import type { Expr, ExprBuilder } from "../kernel/expr.ts";
import { iota, tensor } from "../ops/create.ts";
import { reshapeTo, sliceBy } from "../ops/views.ts";
import { checkShape, SCALAR_SHAPE, showShape, type Shape } from "../shape.ts";
import { isTensor, type Tensor } from "../tensor.ts";
import { checkKey, type Key } from "./key.ts";
import { counterAt, threefryBits, type Pair } from "./lower.ts";

/** A key, or its two words as a u32 tensor of shape [2] (see {@link keyTensor}). */
export type KeyLike = Key | Tensor<"u32">;

/** What every draw can be told. */
export interface DrawOptions<D extends DType = DType> {
  readonly dtype?: D;
  /** Where the numbers are made; that of the key if it is a tensor, otherwise the default device. */
  readonly device?: string;
  /**
   * Number of elements of the whole draw that lie before this one, an integer in [0, 2^53); 0 when left out.
   * Elements [a, b) of a flat draw are the draw of b - a elements with offset a.
   */
  readonly offset?: number;
}

const DRAW_KEYS = ["dtype", "device", "offset"];

/** A checked draw that has not chosen its values yet. */
export interface Draw<D extends DType> {
  readonly shape: Shape;
  readonly dtype: D;
  readonly backend: Backend;
  /** Position, both words of the key and, with an offset, both words of it: the first inputs of every operation. */
  readonly counter: readonly Tensor[];
}

/**
 * The two words of a key as a tensor: as an argument of a compiled function, it makes new numbers at every call, where a
 * key itself would be a constant of the compiled code.
 * @throws ArgumentError for something that is no key
 */
export function keyTensor(key: Key, options: { readonly device?: string } = {}): Tensor<"u32"> {
  checkOptions("keyTensor", options, ["device"]);
  const { k0, k1 } = checkKey("keyTensor", key);
  return tensor(Uint32Array.of(k0, k1), { dtype: "u32", device: options.device });
}

function keyWords(name: string, key: KeyLike, backend: Backend): Tensor[] {
  if (!isTensor(key)) {
    const { k0, k1 } = checkKey(name, key);
    return [scalarNode(k0, "u32", backend), scalarNode(k1, "u32", backend)];
  }
  if (key.dtype !== "u32" || key.ndim !== 1 || key.size !== 2) {
    throw new ArgumentError(
      `${name}: a key given as a tensor must hold its two words (got ${String(key.dtype)}${showShape(key.shape)}, expected u32[2]). Use keyTensor(key).`,
    );
  }
  return [0, 1].map((i) => reshapeTo(sliceBy(key, [i], [1], [1]), SCALAR_SHAPE));
}

/**
 * Checks what a draw is given.
 * @param accepts the data types that can be drawn, the usual one first
 * @param extra further option keys of this draw
 */
export function prepare<D extends DType>(
  name: string,
  key: KeyLike,
  shape: readonly number[] | number,
  options: DrawOptions<D>,
  accepts: readonly D[],
  extra: readonly string[] = [],
): Draw<D> {
  checkOptions(name, options, [...DRAW_KEYS, ...extra]);
  const dtype = options.dtype === undefined ? accepts[0] : (checkDType(name, options.dtype) as D);
  if (!accepts.includes(dtype)) {
    throw new DTypeError(`${name}: dtype not accepted (got ${dtype}, expected ${accepts.join(", ")}).`);
  }
  const device = options.device ?? (isTensor(key) ? key.device : defaultDevice());
  const backend = backendOf(device);
  requireOnDevice(name, backend, dtype);
  const s = checkShape(name, shape);
  const offset = options.offset ?? 0;
  if (!(Number.isSafeInteger(offset) && offset >= 0)) {
    throw new ArgumentError(
      `${name}: offset must be a non-negative integer (got ${String(offset)}, expected 0 to 9007199254740991).`,
    );
  }
  const counter: Tensor[] = [iota(s.dims, { dtype: "u32", device }), ...keyWords(name, key, backend)];
  if (offset > 0) {
    counter.push(scalarNode(Math.floor(offset / 4294967296), "u32", backend));
    counter.push(scalarNode(offset % 4294967296, "u32", backend));
  }
  return { shape: s, dtype, backend, counter };
}

/** Rough cost of a Threefry block relative to an addition. */
const BLOCK_COST = 110;

/** An operation that computes a value from the block of its position and from further inputs. */
export interface DrawOp {
  readonly plain: MapOp;
  /** The same with an offset. */
  readonly shifted: MapOp;
}

/** Makes an operation of draws. `finish` gets the block's two words (u32) and the values of the further inputs. */
export function defineDraw(
  name: string,
  cost: number,
  finish: (b: ExprBuilder, pair: Pair, rest: readonly Expr[]) => Expr,
): DrawOp {
  const make = (words: number): MapOp =>
    defineOp<MapOp>({
      kind: "map",
      name,
      cost: BLOCK_COST + cost,
      lower: (b, args) => {
        const [index, k0, k1] = args;
        const zero = b.const("u32", 0);
        const [hi, lo] = words === 3 ? [zero, index] : counterAt(b, index, args[3], args[4]);
        return finish(b, threefryBits(b, k0, k1, hi, lo), args.slice(words));
      },
    });
  return { plain: make(3), shifted: make(5) };
}

/** Records an operation of a draw. */
export function drawNode<D extends DType>(
  draw: Draw<DType>,
  op: DrawOp,
  dtype: D,
  rest: readonly Tensor[] = [],
): Tensor<D> {
  const { counter, shape } = draw;
  return record(counter.length === 3 ? op.plain : op.shifted, [...counter, ...rest], shape, dtype, null);
}

/** A number as an input of a draw's operations. */
export function drawScalar<D extends DType>(draw: Draw<DType>, value: number, dtype: D): Tensor<D> {
  return scalarNode(value, dtype, draw.backend);
}
