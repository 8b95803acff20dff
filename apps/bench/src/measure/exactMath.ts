/**
 * Elementary functions to 192 bits, on integers: the truth that results are compared with. A value x is held as
 * `round(x * 2^192)`; series and reductions are the textbook ones, and guard bits absorb their rounding.
 */

const BITS = 192n;
const ONE = 1n << BITS;

/** Product of two fixed-point numbers. */
function times(a: bigint, b: bigint): bigint {
  return (a * b) >> BITS;
}

/** Quotient of two fixed-point numbers. */
function over(a: bigint, b: bigint): bigint {
  return (a << BITS) / b;
}

/** `sum z^(2k+1) / (2k+1)`, with alternating signs for the arc tangent. */
function inverseSeries(z: bigint, alternating: boolean): bigint {
  const square = times(z, z);
  let power = z;
  let total = 0n;
  for (let k = 0n; power !== 0n && power !== -1n; k++) {
    const term = power / (2n * k + 1n);
    total += alternating && k % 2n === 1n ? -term : term;
    power = times(power, square);
  }
  return total;
}

/** ln 2 = 2 artanh(1/3). */
const LN2 = 2n * inverseSeries(ONE / 3n, false);
/** Machin: pi = 16 arctan(1/5) - 4 arctan(1/239). */
const PI = 16n * inverseSeries(ONE / 5n, true) - 4n * inverseSeries(ONE / 239n, true);

/** The square root of pi, by Newton's method on integers. */
const SQRT_PI = ((): bigint => {
  const target = PI << BITS;
  let root = ONE * 2n;
  for (;;) {
    const next = (root + target / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
})();

const view = new DataView(new ArrayBuffer(8));

/** A double as `mantissa * 2^exponent` with an integer mantissa; exact. */
function split(x: number): { readonly mantissa: bigint; readonly exponent: number } {
  view.setFloat64(0, x);
  const word = view.getBigUint64(0);
  const field = Number((word >> 52n) & 0x7ffn);
  const fraction = word & 0xfffffffffffffn;
  const size = field === 0 ? fraction : fraction | 0x10000000000000n;
  return { mantissa: word >> 63n === 1n ? -size : size, exponent: Math.max(field, 1) - 1075 };
}

/** A double in fixed point; exact for sizes from 2^-139 up. */
function fixed(x: number): bigint {
  const { mantissa, exponent } = split(x);
  const shift = BigInt(exponent) + BITS;
  return shift >= 0n ? mantissa << shift : mantissa >> -shift;
}

/** A number as the sum of two doubles, about 106 bits. */
export interface Exact {
  readonly high: number;
  readonly low: number;
}

/** Fixed point times a power of two, as two doubles. */
function toExact(value: bigint, power = 0): Exact {
  const high = rounded(value);
  const low = rounded(value - fixed(high));
  const scale = (x: number): number => x * 2 ** Math.trunc(power / 2) * 2 ** (power - Math.trunc(power / 2));
  return { high: scale(high), low: scale(low) };
}

/** The nearest double of a fixed-point number. */
function rounded(value: bigint): number {
  const negative = value < 0n;
  const size = negative ? -value : value;
  const length = size.toString(2).length;
  const drop = Math.max(0, length - 64);
  // The lowest kept bit stands for everything below it, so that the conversion rounds as if it saw all bits.
  const kept = size >> BigInt(drop);
  const sticky = drop > 0 && (size & ((1n << BigInt(drop)) - 1n)) !== 0n ? 1n : 0n;
  const result = Number(kept | sticky) * 2 ** (drop - Number(BITS));
  return negative ? -result : result;
}

/** e^x as a fixed-point number in [1/sqrt 2, sqrt 2] and a power of two. */
function expParts(x: bigint): { readonly value: bigint; readonly power: number } {
  const power = (x + (LN2 >> 1n)) / LN2 - (x + (LN2 >> 1n) < 0n ? 1n : 0n);
  // Halved 16 times, the series needs few terms; squaring 16 times undoes it.
  const r = (x - power * LN2) >> 16n;
  let term = ONE;
  let total = ONE;
  for (let k = 1n; term !== 0n && term !== -1n; k++) {
    term = times(term, r) / k;
    total += term;
  }
  for (let i = 0; i < 16; i++) total = times(total, total);
  return { value: total, power: Number(power) };
}

function sinSeries(r: bigint, first: bigint, start: bigint): bigint {
  const square = times(r, r);
  let term = first;
  let total = 0n;
  for (let k = start; term !== 0n && term !== -1n; k += 2n) {
    total += term;
    term = -times(term, square) / (k * (k + 1n));
  }
  return total;
}

/** sin(x + quarters pi/2). */
function sine(x: bigint, quarters: bigint): bigint {
  const half = PI >> 1n;
  const turns = (2n * x + half) / (2n * half) - (2n * x + half < 0n ? 1n : 0n);
  const r = x - turns * half;
  const quadrant = (((turns + quarters) % 4n) + 4n) % 4n;
  const value = quadrant % 2n === 0n ? sinSeries(r, r, 2n) : sinSeries(r, ONE, 1n);
  return quadrant < 2n ? value : -value;
}

/**
 * Functions of finite doubles, `log` of positive ones. Results between 2^-60 and 2^60 in size are good to 100 bits.
 */
export const exactMath: Readonly<Record<"exp" | "log" | "sin" | "cos" | "tanh" | "erf", (x: number) => Exact>> = {
  exp(x) {
    const { value, power } = expParts(fixed(x));
    return toExact(value, power);
  },
  log(x) {
    const { mantissa, exponent } = split(x);
    const length = mantissa.toString(2).length;
    // m in [3/4, 3/2).
    let m = mantissa << (BITS - BigInt(length));
    let e = exponent + length;
    if (m < (ONE * 3n) / 4n) {
      m <<= 1n;
      e -= 1;
    }
    return toExact(2n * inverseSeries(over(m - ONE, m + ONE), false) + BigInt(e) * LN2);
  },
  sin: (x) => toExact(sine(fixed(x), 0n)),
  cos: (x) => toExact(sine(fixed(x), 1n)),
  tanh(x) {
    const size = fixed(Math.abs(x));
    const { value, power } = expParts(-2n * size);
    const e = value >> BigInt(-power);
    const y = toExact(over(ONE - e, ONE + e));
    return x < 0 ? { high: -y.high, low: -y.low } : y;
  },
  erf(x) {
    // e^(-x^2) sum 2^n x^(2n+1) / (2n+1)!!: all terms have one sign.
    const z = fixed(x);
    const square = times(z, z);
    if (square > 64n * ONE) return { high: Math.sign(x), low: 0 };
    let term = z;
    let total = 0n;
    for (let n = 1n; term !== 0n && term !== -1n; n++) {
      total += term;
      term = times(term, 2n * square) / (2n * n + 1n);
    }
    const { value, power } = expParts(-square);
    return toExact(over(2n * times(total, value >> BigInt(-power)), SQRT_PI));
  },
};

/** Distance of a result from the truth in units of the last place of the truth, for f32 or f64. */
export function ulpsFrom(result: number, { high, low }: Exact, dtype: "f32" | "f64"): number {
  const [digits, least] = dtype === "f32" ? [23, -126] : [52, -1022];
  if (!Number.isFinite(result)) return Infinity;
  const exponent = Math.max(least, Math.floor(Math.log2(Math.max(Math.abs(high), Number.MIN_VALUE))));
  return Math.abs(result - high - low) / 2 ** (exponent - digits);
}
