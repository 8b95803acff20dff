/** Halves inside kernels: from bits to f32, which is exact, and to bits, rounded to nearest, ties to even. */
import type { Expr, ExprBuilder } from "../kernel/expr.ts";

/** The f32 of the low 16 bits of a u32 whose other bits are 0. Uses no f32 subnormals, which GPUs may flush. */
export function fromBits(b: ExprBuilder, bits: Expr): Expr {
  const u = (v: number): Expr => b.const("u32", v);
  const size = b.and(bits, u(0x7fff));
  const sign = b.shl(b.and(bits, u(0x8000)), 16);
  // Exponents move by 112; infinities and NaN need the largest.
  const bias = b.select(b.ge(size, u(0x7c00)), u(224 << 23), u(112 << 23));
  const normal = b.add(b.shl(size, 13), bias);
  const small = b.bitcast("u32", b.mul(b.convert("f32", size), b.const("f32", 2 ** -24)));
  return b.bitcast("f32", b.binary("or", b.select(b.lt(size, u(0x400)), small, normal), sign));
}

/** The bits of the half nearest to a real number, as a u32; NaN gives 0x7e00. */
export function toBits(b: ExprBuilder, x: Expr): Expr {
  const u = (v: number): Expr => b.const("u32", v);
  const word = b.bitcast("u32", x.ty === "f64" ? roundedToOdd(b, x) : b.convert("f32", x));
  const sign = b.and(b.shr(word, 16), u(0x8000));
  const size = b.and(word, u(0x7fffffff));
  // Half of the last place less one, and one more when the last bit that stays is odd.
  const odd = b.and(b.shr(size, 13), u(1));
  const normal = b.shr(b.add(b.sub(size, u(112 << 23)), b.add(odd, u(0xfff))), 13);
  // The last place of numbers in [1/2, 1) is that of subnormal halves: the addition rounds.
  const half = b.const("f32", 0.5);
  const small = b.sub(b.bitcast("u32", b.add(b.bitcast("f32", size), half)), b.bitcast("u32", half));
  const finite = b.select(b.lt(size, u(113 << 23)), small, normal);
  // From 65520 on, infinity.
  const bits = b.binary("or", b.select(b.ge(size, u(0x477ff000)), u(0x7c00), finite), sign);
  return b.select(b.lt(u(0x7f800000), size), u(0x7e00), bits);
}

/**
 * An f64 as the f32 below it in size with the last bit set if it is not exact: rounding that once more gives what rounding the
 * f64 once would.
 */
function roundedToOdd(b: ExprBuilder, x: Expr): Expr {
  const near = b.convert("f32", x);
  const back = b.convert("f64", near);
  const one = b.const("u32", 1);
  const word = b.bitcast("u32", near);
  const below = b.select(b.lt(b.abs(x), b.abs(back)), b.sub(word, one), word);
  return b.select(b.compare("eq", back, x), word, b.binary("or", below, one));
}
