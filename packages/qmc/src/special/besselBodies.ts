/** The parts of kernels that compute modified Bessel functions: one expansion or sum for each region of order and argument. */
import {
  expExpr,
  expOfModerateExpr,
  logExpr,
  type InputSpecs,
  type KernelContext,
  type TypeSpecs,
  type Value,
  type Variable,
} from "@ansatz/tensor/kernel";
import { DEBYE } from "../tables/debye.ts";
import { RECIPROCAL_GAMMA } from "../tables/reciprocalGamma.ts";
import { shortLog } from "./shortLog.ts";

/** The tools of a body. */
export type Body = Pick<
  KernelContext<InputSpecs, TypeSpecs, TypeSpecs>,
  "apply" | "variable" | "if" | "for" | "while" | "select" | "constant"
>;
export type Float = Value<"float">;

/** Any logarithm, and in fewer operations that of a normal number above 0. */
const anyLog = (k: Body, x: Float): Float => k.apply(logExpr, x);
const log = (k: Body, x: Float): Float => k.apply(shortLog, x);
/** Any exponential, and in fewer operations those of numbers <= 0, below -80 as e^-80. */
const anyExp = (k: Body, x: Float): Float => k.apply(expExpr, x);
const exp = (k: Body, x: Float): Float => k.apply(expOfModerateExpr, k.select(x.lt(-80), number(k, -80), x));
const number = (k: Body, x: number): Float => k.constant("float", x);

/** The first terms of Debye's expansion are for every radius, those of a later group only where it is below a bound. */
type Groups = readonly { readonly below: number; readonly to: number }[];

/** What is left out is below 1e-17: for ratios. */
const BY_VALUE: Groups = [
  { below: Infinity, to: 4 },
  { below: 1870, to: 6 },
  { below: 291, to: 8 },
  { below: 111, to: 10 },
  { below: 63, to: 13 },
];

/** What is left out is below 1e-17 of the radius, which is added to it: for logarithms. */
const BY_RADIUS: Groups = [
  { below: Infinity, to: 3 },
  { below: 1622, to: 7 },
  { below: 95, to: 10 },
  { below: 45, to: 13 },
];

/** What Debye's expansions share, where {@link import("./debye.ts").inDebyeRegion} says that they hold. */
export interface Debye {
  /** sqrt(v^2 + x^2) and its inverse. */
  readonly r: Float;
  readonly inverse: Float;
  /** sum_k U_k(t) (+-1/v)^k and sum_k t U_k'(t) (+-1/v)^k, t = v / r. */
  readonly value: Float;
  readonly slope: Float;
}

/** Orders and arguments above this would be squared to infinity, in single and in double precision. */
const LARGE = 1e18;

/** Whether squares and quotients of v >= 0 and x are normal numbers. */
export function isModerate(v: Float, x: Float): Value<"bool"> {
  return v
    .lt(LARGE)
    .and(x.lt(LARGE))
    .and(x.gt(1 / LARGE));
}

/** sqrt(v^2 + x^2) of any numbers >= 0 of which one is above 0, without their squares. */
function anyRadius(v: Float, x: Float): Float {
  const most = v.max(x);
  const quotient = v.min(x).div(most);
  return quotient.mul(quotient).add(1).sqrt().mul(most);
}

/** Sums of Debye's expansion of I (sign 1) or K (sign -1): U_k(t) / v^k is a polynomial of t^2 over r^k. */
function debyeSums(k: Body, v: Float, r: Float, sign: 1 | -1, withSlope: boolean): Debye {
  const inverse = number(k, 1).div(r);
  const t = v.mul(inverse);
  const square = t.mul(t);
  const factor = sign === 1 ? inverse : inverse.neg();
  const horner = (c: readonly number[]): Float =>
    c.slice(0, -1).reduceRight((sum, c0) => sum.mul(square).add(c0), number(k, c[c.length - 1]));
  const derived = (c: readonly number[], i: number): number[] => c.map((c0, n) => (i + 2 * n) * c0);
  const groups = withSlope ? BY_VALUE : BY_RADIUS;
  /** The terms from, from + 1, … of a group, which begin with factor^from = before factor. */
  const sumOf = (
    g: number,
    from: number,
    before: Float | undefined,
    terms: (i: number) => readonly number[],
  ): Float => {
    let sum = horner(terms(groups[g].to));
    for (let i = groups[g].to - 1; i >= from; i--) sum = sum.mul(factor).add(horner(terms(i)));
    return sum.mul(before === undefined ? factor : factor.mul(before));
  };
  const of = (i: number): readonly number[] => DEBYE[i];
  const slopeOf = (i: number): readonly number[] => derived(DEBYE[i], i);
  const value = k.variable("float", sumOf(0, 1, undefined, of).add(1));
  const slope = k.variable("float", withSlope ? sumOf(0, 1, undefined, slopeOf) : 0);
  const further = (g: number, before: Float): void => {
    if (g === groups.length) return;
    k.if(r.lt(groups[g].below), () => {
      const from = groups[g - 1].to + 1;
      value.add(sumOf(g, from, before, of));
      if (withSlope) slope.add(sumOf(g, from, before, slopeOf));
      further(
        g + 1,
        Array.from({ length: groups[g].to + 1 - from }).reduce<Float>((power) => power.mul(factor), before),
      );
    });
  };
  // factor^to of the first group.
  const cube = factor.mul(factor).mul(factor);
  further(1, groups[0].to === 3 ? cube : cube.mul(factor));
  return { r, inverse, value: value.get(), slope: slope.get() };
}

/** {@link debyeSums} of any numbers. */
export function debye(k: Body, v: Float, x: Float, sign: 1 | -1, withSlope: boolean): Debye {
  return debyeSums(k, v, anyRadius(v, x), sign, withSlope);
}

/** log I_v (sign 1) or log K_v (sign -1): +-(r + v log(x / (v + r))) and half the logarithm of what stands before. */
export function debyeLog(k: Body, v: Float, x: Float, sign: 1 | -1, moderate: boolean): Float {
  const radius = moderate ? v.mul(v).add(x.mul(x)).sqrt() : anyRadius(v, x);
  const above = v.add(radius);
  const quotient = x.div(above);
  // A quotient that is no normal number has lost digits.
  const logarithm = moderate
    ? log(k, quotient)
    : k.select(quotient.lt(1e-30), anyLog(k, x).sub(anyLog(k, above)), log(k, quotient));
  // A variable, so that it is finished before the branches of the sums and nothing else has to be kept through them.
  const exponent = k.variable("float", radius.add(v.mul(logarithm)));
  const { value, inverse } = debyeSums(k, v, radius, sign, false);
  const front = number(k, sign === 1 ? 0.5 / Math.PI : Math.PI / 2);
  const before = front.mul(value).mul(value).mul(inverse);
  const half = (moderate ? log(k, before) : anyLog(k, before)).mul(0.5);
  return sign === 1 ? half.add(exponent.get()) : half.sub(exponent.get());
}

/** sum_(n >= 1) q^n / (n! (v + 1)_n), q = x^2 / 4 < 256: four terms for one division, until they have fallen to rounding. */
export function seriesTail(k: Body, v: Float, x: Float): Float {
  const q = x.mul(x).mul(0.25);
  const n = k.variable("float", 1);
  const term = k.variable("float", 1);
  const sum = k.variable("float", 0);
  k.while(
    () => term.get().gt(sum.get().mul(1e-17)).and(n.get().lt(200)),
    () => {
      const first = n.get();
      const factors = [0, 1, 2, 3].map((i) => {
        const at = i === 0 ? first : first.add(i);
        return at.mul(v.add(at));
      });
      const [a, b, c, d] = factors;
      const [ab, cd] = [a.mul(b), c.mul(d)];
      const q2 = q.mul(q);
      // q / a, q^2 / (a b), … over one denominator.
      const last = term.get().div(ab.mul(cd));
      const [one, two] = [b.mul(cd).mul(q), cd.mul(q2)];
      const [three, four] = [d.mul(q2).mul(q), q2.mul(q2)];
      sum.add(last.mul(one.add(two).add(three.add(four))));
      term.set(last.mul(four));
      n.set(first.add(4));
    },
  );
  return sum.get();
}

/** log I_v(x) for v < 16 from the power series: log of (x / 2)^v (1 + S) / Gamma(v + 1). */
export function seriesLogI(k: Body, v: Float, x: Float): Float {
  const tail = seriesTail(k, v, x);
  // v = n + f with |f| <= 1/2: Gamma(v + 1) = Gamma(1 + f) (1 + f) ... (n + f).
  const whole = v.round();
  const f = v.sub(whole);
  const product = k.variable("float", 1);
  k.for(1, whole.to("i32").add(1), (i) => {
    product.set(product.get().mul(f.add(i.to("float"))));
  });
  const gamma = RECIPROCAL_GAMMA.slice(0, -1).reduceRight(
    (sum, c) => sum.mul(f).add(c),
    number(k, RECIPROCAL_GAMMA[RECIPROCAL_GAMMA.length - 1]),
  );
  const front = gamma.div(product.get());
  const one = tail.add(1);
  // What adding 1 rounds away matters where the result is near 0.
  const lost = tail.sub(one.sub(1)).div(one);
  return v
    .mul(anyLog(k, x).sub(Math.LN2))
    .add(anyLog(k, front.mul(one)))
    .add(lost);
}

/** Where e^tau overflows in every precision. */
const FARTHEST = 750;

/** Sums of exp(-g) and e^tau exp(-g) over nodes tau = i h, and what makes K of them. */
export interface Trapezoid {
  readonly sum: Float;
  readonly shifted: Float;
  readonly h: Float;
  /** sqrt(v^2 + x^2), or NaN where nothing is known. */
  readonly s: Float;
  /** Logarithm of the integrand where it is largest. */
  readonly peak: Float;
}

/**
 * The trapezoidal rule for 2 K_v(x) = integral over all t of exp(v t - x cosh t). Around the peak at t_0 = asinh(v / x), with
 * s = x cosh t_0, the exponent falls by g(tau) = p / E + q E - s - v tau, E = e^tau, p = (s - v) / 2, q = (s + v) / 2. On the
 * lines |Im t| = y the integrand is at most 1 / cos(y)^(v + 1) or e^(x (1 - cos y)) times larger, so that the error is
 * e^(-2 pi y / h) times as much: below e^-37 for y = 1.25 and h = 2.5 pi / (38.5 + 1.16 s). Nodes cover where g < 37.
 */
export function trapezoid(k: Body, v: Float, x: Float, withShifted: boolean): Trapezoid {
  const s = anyRadius(v, x);
  const both = s.add(v);
  const q = both.mul(0.5);
  const p = x.div(both).mul(x).mul(0.5);
  const h = number(k, 2.5 * Math.PI).div(s.mul(1.16).add(38.5));
  const drop = 37;
  const ratio = number(k, drop).div(s).add(1);
  const tiny = number(k, Math.log(2 * drop + 1)).sub(anyLog(k, s));
  const right = k.select(s.lt(1e-12), tiny, log(k, ratio.add(ratio.mul(ratio).sub(1).sqrt())));
  // On the left g >= v tau - s and g >= p e^tau - s.
  const left = s
    .add(drop)
    .div(v)
    .min(log(k, s.add(drop)).sub(anyLog(k, p)))
    .min(FARTHEST);
  const widest = left.max(right);
  // Of an x so tiny that e^tau overflows, nothing is known.
  const known = anyExp(k, widest).lt(Infinity);
  const [fewer, more] = [right, widest].map((reach) => reach.div(h).ceil().to("i32"));
  const exponential = withShifted ? anyExp : exp;
  const up = anyExp(k, h);
  const down = number(k, 1).div(up);
  const e = k.variable("float", 1);
  const inverse = k.variable("float", 1);
  const sum = k.variable("float", 1);
  const shifted = k.variable("float", 1);
  /** One node on the left, and one on the right where it still counts: that side falls faster. */
  const nodes = (i: Value<"i32">, rightToo: boolean): void => {
    const big = e.get().mul(up);
    const small = inverse.get().mul(down);
    e.set(big);
    inverse.set(small);
    const linear = v.mul(h).mul(i.to("float"));
    let value = exponential(k, s.sub(linear).sub(p.mul(big)).sub(q.mul(small)));
    let other = value.mul(small);
    if (rightToo) {
      const after = exponential(k, linear.add(s).sub(p.mul(small)).sub(q.mul(big)));
      value = after.add(value);
      other = after.mul(big).add(other);
    }
    sum.add(value);
    if (withShifted) shifted.add(other);
  };
  k.for(1, fewer.add(1), (i) => nodes(i, true));
  k.for(fewer.add(1), more.add(1), (i) => nodes(i, false));
  const top = log(k, v.add(s)).sub(anyLog(k, x));
  const radius = k.select(known, s, Number.NaN);
  return { sum: sum.get(), shifted: shifted.get(), h, s: radius, peak: v.mul(top).sub(radius) };
}

/** log K_v(x) for v < 16 and small x. */
export function integralLogK(k: Body, v: Float, x: Float): Float {
  const { sum, h, peak } = trapezoid(k, v, x, false);
  return peak.add(log(k, sum.mul(h).mul(0.5)));
}

/** The first value where a condition holds, the second elsewhere. */
export function choose(k: Body, condition: Value<"bool">, then: () => Float, otherwise: () => Float): Float {
  const result: Variable<"float"> = k.variable("float", 0);
  k.if(
    condition,
    () => result.set(then()),
    () => result.set(otherwise()),
  );
  return result.get();
}
