/** Arithmetic and elementary functions of complex numbers, lowered to expressions of their parts. */
import type { Expr, ExprBuilder } from "../expr.ts";
import { exp } from "./exp.ts";
import { sinh, cosh } from "./hyperbolic.ts";
import { atan2 } from "./inverseTrig.ts";
import { log } from "./log.ts";
import { hypot } from "./power.ts";
import { cos, sin } from "./trig.ts";

type Pair = readonly [re: Expr, im: Expr];

export function complexAdd(b: ExprBuilder, x: Pair, y: Pair): Pair {
  return [b.add(x[0], y[0]), b.add(x[1], y[1])];
}

export function complexSub(b: ExprBuilder, x: Pair, y: Pair): Pair {
  return [b.sub(x[0], y[0]), b.sub(x[1], y[1])];
}

/** `(a + bi)(c + di)` by the definition: four products, rounded one by one. */
export function complexMul(b: ExprBuilder, x: Pair, y: Pair): Pair {
  return [b.sub(b.mul(x[0], y[0]), b.mul(x[1], y[1])), b.add(b.mul(x[0], y[1]), b.mul(x[1], y[0]))];
}

/** Quotient by Smith's method (Communications of the ACM 5, 1962): no overflow where the result has none. */
export function complexDiv(b: ExprBuilder, x: Pair, y: Pair): Pair {
  const [c, d] = y;
  const wide = b.ge(b.abs(c), b.abs(d));
  const large = b.select(wide, c, d);
  const small = b.select(wide, d, c);
  const ratio = b.div(small, large);
  const denominator = b.add(large, b.mul(small, ratio));
  const p = b.select(wide, x[0], x[1]);
  const q = b.select(wide, x[1], x[0]);
  const re = b.div(b.add(p, b.mul(q, ratio)), denominator);
  const im = b.div(b.sub(q, b.mul(p, ratio)), denominator);
  return [re, b.select(wide, im, b.neg(im))];
}

export function complexNeg(b: ExprBuilder, x: Pair): Pair {
  return [b.neg(x[0]), b.neg(x[1])];
}

/** `|z|` without overflow. */
export function complexAbs(b: ExprBuilder, z: Pair): Expr {
  return hypot(b, z[0], z[1]);
}

/** `e^x (cos y + i sin y)`. */
export function complexExp(b: ExprBuilder, z: Pair): Pair {
  const r = exp(b, z[0]);
  return [b.mul(r, cos(b, z[1])), b.mul(r, sin(b, z[1]))];
}

/** Principal logarithm `log |z| + i arg z`. */
export function complexLog(b: ExprBuilder, z: Pair): Pair {
  return [log(b, complexAbs(b, z)), atan2(b, z[1], z[0])];
}

/** Principal square root: real part not negative, by half-angle formulas that do not cancel. */
export function complexSqrt(b: ExprBuilder, z: Pair): Pair {
  const [x, y] = z;
  const zero = b.const(x.ty, 0);
  const half = b.const(x.ty, 0.5);
  const t = b.sqrt(b.mul(half, b.add(complexAbs(b, z), b.abs(x))));
  const other = b.select(
    b.eq(t, zero),
    zero,
    b.div(b.mul(half, b.abs(y)), b.select(b.eq(t, zero), b.const(x.ty, 1), t)),
  );
  const right = b.ge(x, zero);
  const im = b.select(right, other, t);
  return [b.select(right, t, other), b.select(b.lt(y, zero), b.neg(im), im)];
}

/** `sin x cosh y + i cos x sinh y`. */
export function complexSin(b: ExprBuilder, [x, y]: Pair): Pair {
  return [b.mul(sin(b, x), cosh(b, y)), b.mul(cos(b, x), sinh(b, y))];
}

/** `cos x cosh y - i sin x sinh y`. */
export function complexCos(b: ExprBuilder, [x, y]: Pair): Pair {
  return [b.mul(cos(b, x), cosh(b, y)), b.neg(b.mul(sin(b, x), sinh(b, y)))];
}
