/**
 * A logarithm in as few operations as its use in a sum allows: an absolute error of about 1e-16 (f64) or 1e-7 (f32) times the
 * larger of 1 and the result, for normal numbers above 0.
 */
import type { Expr, ExprBuilder } from "@ansatz/tensor/kernel";

interface Format {
  readonly bits: "i32" | "i64";
  /** Bits of the significand that are stored. */
  readonly mantissa: number;
  /** Bit patterns of 1 and of about the square root of 1/2. */
  readonly one: bigint;
  readonly from: bigint;
  readonly bias: number;
  /** log((1 + s) / (1 - s)) = 2 s + s^3 q(s^2) for |s| <= 0.1716, interpolated at Chebyshev's nodes; the rough one to rounding. */
  readonly q: readonly number[];
  readonly rough: readonly number[];
}

const FORMATS: { readonly f32: Format; readonly f64: Format } = {
  f32: {
    bits: "i32",
    mantissa: 23,
    one: 0x3f800000n,
    from: 0x3f3504f3n,
    bias: 127,
    q: [0.6666668503957586, 0.3998878056602198, 0.29579949391972793],
    rough: [0.6666349945494474, 0.4085826936143872],
  },
  f64: {
    bits: "i64",
    mantissa: 52,
    one: 0x3ff0000000000000n,
    from: 0x3fe6a09e00000000n,
    bias: 1023,
    q: [
      0.666666666666667, 0.399999999998995, 0.28571428625977147, 0.22222211134570335, 0.18182889139429934,
      0.15331721186305985, 0.1461645422529509,
    ],
    rough: [
      0.6666666666666208, 0.40000000011206505, 0.2857142413832416, 0.22222862280108716, 0.18140193802865992,
      0.16621817152858928,
    ],
  },
};

/** log(x) for x in the range of normal numbers. */
export function shortLog(b: ExprBuilder, x: Expr): Expr {
  return scaledLog(b, x, 1);
}

/** log(x) / 4. */
export function shortQuarterLog(b: ExprBuilder, x: Expr): Expr {
  return scaledLog(b, x, 0.25);
}

function scaledLog(b: ExprBuilder, x: Expr, scale: 1 | 0.25): Expr {
  const { bits, mantissa, one, from, bias, ...polynomials } = FORMATS[x.ty as "f32" | "f64"];
  const q = (scale === 1 ? polynomials.q : polynomials.rough).map((c) => c * scale);
  const float = (value: number): Expr => b.const(x.ty, value);
  const word = (value: bigint): Expr => b.const(bits, bits === "i64" ? value : Number(value));
  // Moved so that the exponent changes at `from`, the pattern gives k + bias above and the distance of m from `from` below.
  const moved = b.add(b.bitcast(bits, x), word(one - from));
  // Positive, so that an unsigned shift does the same, which is how it is compiled: vectors have no signed one of 64 bits.
  const shifted = b.shr(moved, mantissa);
  const exponent = bits === "i64" ? b.and(shifted, word((1n << BigInt(64 - mantissa)) - 1n)) : shifted;
  // An integer below 2^52 in the low bits of the pattern of 2^52.
  const k =
    bits === "i64"
      ? b.sub(b.bitcast("f64", b.or(exponent, word(0x4330000000000000n))), float(2 ** 52 + bias))
      : b.sub(b.convert(x.ty, exponent), float(bias));
  const m = b.bitcast(x.ty, b.add(b.and(moved, word((1n << BigInt(mantissa)) - 1n)), word(from)));
  const s = b.div(b.sub(m, float(1)), b.add(m, float(1)));
  const z = b.mul(s, s);
  // Pairs of neighbours first: a chain of sums would take longer than the sums themselves.
  const pairs: Expr[] = [];
  for (let i = 0; i < q.length; i += 2) {
    pairs.push(i + 1 < q.length ? b.add(b.mul(float(q[i + 1]), z), float(q[i])) : float(q[i]));
  }
  const square = b.mul(z, z);
  const sum = pairs.reduceRight((above, pair) => b.add(b.mul(above, square), pair));
  const tail = b.mul(b.mul(s, z), sum);
  return b.add(b.mul(k, float(scale * Math.LN2)), b.add(scale === 1 ? b.add(s, s) : b.mul(s, float(2 * scale)), tail));
}
