/** Complex numbers: their parts, conjugation, and the way from and to pairs of real numbers. */
import { complexOf, isComplex, isFloat, promote, realOf, type DType } from "../dtype.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { defineOp, type MapOp, type Pair } from "../graph/op.ts";
import { record } from "../graph/record.ts";
import { atan2 as atan2Expr } from "../kernel/math/inverseTrig.ts";
import { broadcastShapes, showShape } from "../shape.ts";
import { requireTensor, type Tensor } from "../tensor.ts";
import { cast, REAL } from "./elementwise.ts";
import { aliasOf, complexToPairs, expandTo, pairsToComplex } from "./views.ts";

const CONJ: MapOp = /*@__PURE__*/ defineOp<MapOp>({
  kind: "map",
  name: "conj",
  cost: 1,
  lower: (_, [x]) => x,
  complex: (b, [z]) => [(z as Pair)[0], b.neg((z as Pair)[1])],
  vjp: [(g) => conjugate(g)],
});

/** {@link conj} for checked arguments, as gradient rules use it: a real tensor itself, without a node of its own. */
export function conjugate<D extends DType>(z: Tensor<D>): Tensor<D> {
  return isComplex(z.dtype) ? record(CONJ, [z], z.s, z.dtype, null) : z;
}

/** Complex conjugate; of a real tensor, its values. */
export function conj<D extends DType>(z: Tensor<D>): Tensor<D> {
  requireTensor("conj", z, "z");
  const out = conjugate(z);
  return out === z ? aliasOf(z) : out;
}

/** Real part; of a real tensor, its values. */
export function real(z: Tensor): Tensor {
  requireTensor("real", z, "z");
  return isComplex(z.dtype) ? record(REAL, [z], z.s, realOf(z.dtype), null) : aliasOf(z);
}

const IMAG: MapOp = /*@__PURE__*/ defineOp<MapOp>({
  kind: "map",
  name: "imag",
  cost: 0,
  lower: (b, [x]) => b.const(x.ty, 0),
  complex: (_, [z]) => (z as Pair)[1],
  vjp: [(g) => record(COMPLEX, [record(ZERO, [g], g.s, g.dtype, null), g], g.s, complexOf(g.dtype), null)],
});

const ZERO: MapOp = /*@__PURE__*/ defineOp<MapOp>({
  kind: "map",
  name: "zero",
  cost: 0,
  lower: (b, [x]) => b.const(x.ty, 0),
});

/** Imaginary part; zeros for a real tensor. */
export function imag(z: Tensor): Tensor {
  requireTensor("imag", z, "z");
  return isComplex(z.dtype) ? record(IMAG, [z], z.s, realOf(z.dtype), null) : record(ZERO, [z], z.s, z.dtype, null);
}

const COMPLEX: MapOp = /*@__PURE__*/ defineOp<MapOp>({
  kind: "map",
  name: "complex",
  cost: 0,
  lower: (_, [x]) => x,
  complex: (_, [re, im]) => [re, im] as Pair,
  vjp: [(g) => real(g), (g) => imag(g)],
});

/**
 * The complex tensor with the given real and imaginary parts, which broadcast. c128 for f64 parts, otherwise c64.
 * @throws DTypeError for complex parts, ShapeError for shapes that do not broadcast
 */
export function complex(re: Tensor, im: Tensor): Tensor {
  requireTensor("complex", re, "re");
  requireTensor("complex", im, "im");
  const common = promote("complex", re.dtype, im.dtype);
  if (isComplex(common)) {
    throw new DTypeError(`complex: parts must be real (got ${re.dtype} and ${im.dtype}, expected f32 or f64).`);
  }
  const part = isFloat(common) ? common : "f32";
  const shape = broadcastShapes("complex", re.s, im.s);
  const both = [re, im].map((x) => (x.ndim === 0 ? cast(x, part) : expandTo(cast(x, part), shape)));
  return record(COMPLEX, both, shape, complexOf(part), null);
}

const ANGLE: MapOp = /*@__PURE__*/ defineOp<MapOp>({
  kind: "map",
  name: "angle",
  cost: 60,
  lower: (b, [x]) => atan2Expr(b, b.const(x.ty, 0), x),
  complex: (b, [z]) => atan2Expr(b, (z as Pair)[1], (z as Pair)[0]),
});

/** Argument of a complex number in [-pi, pi]. Carries no gradient; differentiate `imag(log(z))` instead. */
export function angle(z: Tensor): Tensor {
  requireTensor("angle", z, "z");
  const x = isFloat(z.dtype) || isComplex(z.dtype) ? z : cast(z, "f32");
  return record(ANGLE, [x], x.s, realOf(x.dtype), null);
}

/**
 * The same numbers as pairs (re, im) along a new last axis of size 2. Moves no data.
 * @throws DTypeError for a real tensor
 */
export function asReal(z: Tensor): Tensor {
  requireTensor("asReal", z, "z");
  if (!isComplex(z.dtype)) throw new DTypeError(`asReal: z must be complex (got ${z.dtype}, expected c64 or c128).`);
  return complexToPairs(z);
}

/**
 * Pairs along the last axis, which has size 2, as complex numbers. Moves no data.
 * @throws DTypeError unless x is of floats, ShapeError for a last axis of another size
 */
export function asComplex(x: Tensor): Tensor {
  requireTensor("asComplex", x);
  if (!isFloat(x.dtype)) throw new DTypeError(`asComplex: x must be of floats (got ${x.dtype}, expected f32 or f64).`);
  if (x.shape[x.ndim - 1] !== 2) {
    throw new ShapeError(`asComplex: the last axis must have size 2 (got shape ${showShape(x.shape)}).`);
  }
  return pairsToComplex(x);
}
