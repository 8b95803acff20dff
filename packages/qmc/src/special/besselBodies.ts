/** The parts of kernels that compute modified Bessel functions: one expansion or sum for each region of order and argument. */
import {
  expExpr,
  expm1Expr,
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
import { ARTANH_TERMS, TINY } from "./besselSmall.ts";
import { shortLog, shortQuarterLog } from "./shortLog.ts";

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
  { below: 700, to: 7 },
  { below: 120, to: 10 },
  { below: 54, to: 14 },
];

/** What is left out is below 1e-17 of the radius, which is added to it: for logarithms. */
const BY_RADIUS: Groups = [
  { below: Infinity, to: 3 },
  { below: 1590, to: 7 },
  { below: 95, to: 10 },
  { below: 45, to: 16 },
];

/** Orders and arguments above this would be squared to infinity, in single and in double precision. */
const LARGE = 1e18;

/** Whether squares and quotients of v and x are normal numbers. */
export function isModerate(v: Float, x: Float): Value<"bool"> {
  return v
    .mul(v)
    .add(x.mul(x))
    .lt(LARGE ** 2)
    .and(x.gt(1 / LARGE));
}

/** sqrt(v^2 + x^2) of any numbers >= 0 of which one is above 0, without their squares. */
function anyRadius(v: Float, x: Float): Float {
  const most = v.max(x);
  const quotient = v.min(x).div(most);
  return quotient.mul(quotient).add(1).sqrt().mul(most);
}

/**
 * The logarithm of Debye's sum of I (sign 1) or K (sign -1), or its derivative times t: sums of D_k(t) (+-1/v)^k and of
 * t D_k'(t) (+-1/v)^k, t = v / r. D_k(t) / v^k is a polynomial of t^2 over r^k.
 */
function debyeSum(k: Body, v: Float, inverse: Float, sign: 1 | -1, groups: Groups, slope: boolean): Float {
  const t = v.mul(inverse);
  const square = t.mul(t);
  const factor = sign === 1 ? inverse : inverse.neg();
  const term = (i: number): Float => {
    const c = slope ? DEBYE[i - 1].map((c0, n) => (i + 2 * n) * c0) : DEBYE[i - 1];
    return polynomial(k, square, c);
  };
  /** The terms from, from + 1, … of a group, which begin with factor^from = before factor. */
  const sumOf = (g: number, from: number, before: Float | undefined): Float => {
    let sum = term(groups[g].to);
    for (let i = groups[g].to - 1; i >= from; i--) sum = sum.mul(factor).add(term(i));
    return sum.mul(before === undefined ? factor : factor.mul(before));
  };
  const sum = k.variable("float", sumOf(0, 1, undefined));
  const further = (g: number, before: Float): void => {
    if (g === groups.length) return;
    k.if(inverse.gt(1 / groups[g].below), () => {
      const from = groups[g - 1].to + 1;
      sum.add(sumOf(g, from, before));
      further(g + 1, before.mul(power(factor, groups[g].to + 1 - from)));
    });
  };
  further(1, power(factor, groups[0].to));
  return sum.get();
}

/** sqrt(v^2 + x^2), its inverse, and sum_k t D_k'(t) (+-1/v)^k. */
export function debyeSlope(k: Body, v: Float, x: Float, sign: 1 | -1): { r: Float; inverse: Float; slope: Float } {
  const r = anyRadius(v, x);
  const inverse = number(k, 1).div(r);
  return { r, inverse, slope: debyeSum(k, v, inverse, sign, BY_VALUE, true) };
}

/** log I_v (sign 1) or log K_v (sign -1): +-(r + v log(x / (v + r))) - log(r) / 2 and the logarithm of Debye's sum. */
export function debyeLog(k: Body, v: Float, x: Float, sign: 1 | -1, moderate: boolean): Float {
  const square = v.mul(v).add(x.mul(x));
  const radius = moderate ? square.sqrt() : anyRadius(v, x);
  const above = v.add(radius);
  const quotient = x.div(above);
  // A quotient that is no normal number has lost digits.
  const logarithm = moderate
    ? log(k, quotient)
    : k.select(quotient.lt(1e-30), anyLog(k, x).sub(anyLog(k, above)), log(k, quotient));
  const half = moderate ? k.apply(shortQuarterLog, square) : anyLog(k, radius).mul(0.5);
  const front = half.add(0.5 * Math.log(sign === 1 ? 2 * Math.PI : 2 / Math.PI));
  const exponent = radius.add(v.mul(logarithm));
  // A variable, so that it is finished before the branches of the sums and nothing else has to be kept through them.
  const main = k.variable("float", sign === 1 ? exponent.sub(front) : exponent.add(front));
  const sum = debyeSum(k, v, number(k, 1).div(radius), sign, BY_RADIUS, false);
  return sign === 1 ? main.get().add(sum) : sum.sub(main.get());
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

/** 1 / Gamma(v + 1) for 0 <= v < 16: v = n + f with |f| <= 1/2 and Gamma(v + 1) = Gamma(1 + f) (1 + f) ... (n + f). */
function reciprocalGamma(k: Body, v: Float): Float {
  const whole = v.round();
  const f = v.sub(whole);
  const product = k.variable("float", 1);
  k.for(1, whole.to("i32").add(1), (i) => {
    product.set(product.get().mul(f.add(i.to("float"))));
  });
  return polynomial(k, f, RECIPROCAL_GAMMA).div(product.get());
}

/** log I_v(x) for small v and x from the power series: log of (x / 2)^v (1 + S) / Gamma(v + 1). */
export function seriesLogI(k: Body, v: Float, x: Float): Float {
  const tail = seriesTail(k, v, x);
  const one = tail.add(1);
  // What adding 1 rounds away matters where the result is near 0.
  const lost = tail.sub(one.sub(1)).div(one);
  return v
    .mul(anyLog(k, x).sub(Math.LN2))
    .add(anyLog(k, reciprocalGamma(k, v).mul(one)))
    .add(lost);
}

/** Sums of exp(-g) and e^tau exp(-g) over nodes tau = i h, and what makes K of them. */
export interface Trapezoid {
  readonly sum: Float;
  readonly shifted: Float;
  readonly h: Float;
  /** sqrt(v^2 + x^2). */
  readonly s: Float;
  /** Logarithm of the integrand where it is largest. */
  readonly peak: Float;
}

/**
 * The trapezoidal rule for 2 K_v(x) = integral over all t of exp(v t - x cosh t). Around the peak at t_0 = asinh(v / x), with
 * s = x cosh t_0, the exponent falls by g(tau) = p / E + q E - s - v tau, E = e^tau, p = (s - v) / 2, q = (s + v) / 2. On the
 * lines |Im t| = y the integrand is that of K_v(x cos y), times larger at most e^(v log(1 / cos y) + (s - v) (1 - cos y)) / cos y, so
 * that the error is e^(-2 pi y / h) times as much: below e^-37 for y = 1.25 and h = 2.5 pi / (38.5 + 0.685 s + 0.47 v). Nodes
 * cover where g < 37.
 */
export function trapezoid(k: Body, v: Float, x: Float, withShifted: boolean): Trapezoid {
  const s = anyRadius(v, x);
  const both = s.add(v);
  const q = both.mul(0.5);
  const p = x.div(both).mul(x).mul(0.5);
  const h = number(k, 2.5 * Math.PI).div(s.mul(0.685).add(v.mul(0.47)).add(38.5));
  const drop = 37;
  const ratio = number(k, drop).div(s).add(1);
  const tiny = number(k, Math.log(2 * drop + 1)).sub(anyLog(k, s));
  const right = k.select(s.lt(1e-12), tiny, log(k, ratio.add(ratio.mul(ratio).sub(1).sqrt())));
  // On the left g >= v tau - s and g >= p e^tau - s; Newton's step from there stays above where g = 37, as g is convex.
  const far = s
    .add(drop)
    .div(v)
    .min(log(k, s.add(drop)).sub(anyLog(k, p)));
  const [grown, fallen] = [p.mul(anyExp(k, far)), q.mul(exp(k, far.neg()))];
  const beyond = v.mul(far).add(grown).add(fallen).sub(s.add(drop));
  const left = far.sub(beyond.div(v.add(grown).sub(fallen)));
  const [fewer, more] = [right, left.max(right)].map((reach) => reach.div(h).ceil().to("i32"));
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
  return { sum: sum.get(), shifted: shifted.get(), h, s, peak: v.mul(top).sub(s) };
}

/** log K_v(x) for small v and x. */
export function smallLogK(k: Body, v: Float, x: Float): Float {
  const usual = (): Float => {
    const { sum, h, peak } = trapezoid(k, v, x, false);
    return peak.add(log(k, sum.mul(h).mul(0.5)));
  };
  return choose(k, x.lt(TINY), () => tinyLogK(k, v, x), usual);
}

/** K_(v+1)(x) / K_v(x) for small v and x. */
export function smallRatioK(k: Body, v: Float, x: Float): Float {
  const usual = (): Float => {
    const { sum, shifted, s } = trapezoid(k, v, x, true);
    return v.add(s).div(x).mul(shifted.div(sum));
  };
  const tiny = (): Float =>
    choose(
      k,
      v.lt(0.5),
      () => number(k, 1).div(limitK(k, v, x).factor),
      () => v.mul(2),
    ).div(x);
  return choose(k, x.lt(TINY), tiny, usual);
}

/** log K_v(x) for x below {@link TINY}. */
function tinyLogK(k: Body, v: Float, x: Float): Float {
  return choose(
    k,
    v.lt(0.5),
    () => {
      const { d, factor, product } = limitK(k, v, x);
      return d.add(anyLog(k, factor)).sub(anyLog(k, product).mul(0.5));
    },
    () => {
      const gamma = anyLog(k, reciprocalGamma(k, v).mul(v)).add(Math.LN2);
      return v.mul(number(k, Math.LN2).sub(anyLog(k, x))).sub(gamma);
    },
  );
}

/** The numbers of `limitK` in `besselSmall.ts`. */
function limitK(k: Body, v: Float, x: Float): { d: Float; factor: Float; product: Float } {
  const square = v.mul(v);
  const [even, odd] = [0, 1].map((part) =>
    polynomial(
      k,
      square,
      RECIPROCAL_GAMMA.filter((_, i) => i % 2 === part),
    ),
  );
  const y = odd.div(even);
  const series = polynomial(
    k,
    v.mul(y).mul(v.mul(y)),
    Array.from({ length: ARTANH_TERMS }, (_, i) => 1 / (2 * i + 1)),
  );
  const perOrder = number(k, Math.LN2).sub(anyLog(k, x)).sub(y.mul(series));
  const d = v.mul(perOrder);
  const share = k.apply(expm1Expr, d.mul(-2)).div(d.mul(-2));
  const factor = k.select(d.eq(0), number(k, 1), share).mul(perOrder);
  return { d, factor, product: even.sub(v.mul(odd)).mul(even.add(v.mul(odd))) };
}

/** x^n for n >= 1. */
function power(x: Float, n: number): Float {
  return n === 1 ? x : power(x, n - 1).mul(x);
}

/** c_0 + c_1 x + … by Horner's rule. */
function polynomial(k: Body, x: Float, c: readonly number[]): Float {
  return c.slice(0, -1).reduceRight((sum, c0) => sum.mul(x).add(c0), number(k, c[c.length - 1]));
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
