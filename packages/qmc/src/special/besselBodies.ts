/** The parts of kernels that compute modified Bessel functions: one expansion or sum for each region of order and argument. */
import {
  expExpr,
  logExpr,
  type InputSpecs,
  type KernelContext,
  type TypeSpecs,
  type Value,
  type Variable,
} from "@ansatz/tensor/kernel";
import { DEBYE } from "../tables/debye.ts";
import { RECIPROCAL_GAMMA } from "../tables/reciprocalGamma.ts";

/** The tools of a body. */
export type Body = Pick<
  KernelContext<InputSpecs, TypeSpecs, TypeSpecs>,
  "apply" | "variable" | "if" | "for" | "while" | "select" | "constant"
>;
export type Float = Value<"float">;

const log = (k: Body, x: Float): Float => k.apply(logExpr, x);
const exp = (k: Body, x: Float): Float => k.apply(expExpr, x);
const number = (k: Body, x: number): Float => k.constant("float", x);

/** Terms of Debye's expansion that a radius below a bound needs beside the ones before: those above have fallen to rounding. */
const DEBYE_GROUPS = [
  { below: Infinity, from: 1, to: 4 },
  { below: 1200, from: 5, to: 6 },
  { below: 190, from: 7, to: 8 },
  { below: 72, from: 9, to: 10 },
  { below: 40, from: 11, to: 13 },
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

/** Sums of Debye's expansion of I (sign 1) or K (sign -1): U_k(t) / v^k is a polynomial of t^2 over r^k. */
export function debye(k: Body, v: Float, x: Float, sign: 1 | -1, withSlope: boolean): Debye {
  const scale = k.select(v.max(x).gt(LARGE), number(k, 1 / LARGE), 1);
  const [a, b] = [v.mul(scale), x.mul(scale)];
  const scaled = a.mul(a).add(b.mul(b)).sqrt();
  const r = scaled.mul(k.select(v.max(x).gt(LARGE), number(k, LARGE), 1));
  const inverse = number(k, 1).div(r);
  const t = v.mul(inverse);
  const square = t.mul(t);
  const factor = sign === 1 ? inverse : inverse.neg();
  const value = k.variable("float", 1);
  const slope = k.variable("float", 0);
  const power = k.variable("float", 1);
  const horner = (c: readonly number[]): Float =>
    c.slice(0, -1).reduceRight((sum, c0) => sum.mul(square).add(c0), number(k, c[c.length - 1]));
  for (const { below, from, to } of DEBYE_GROUPS) {
    const terms = (): void => {
      for (let i = from; i <= to; i++) {
        power.set(power.get().mul(factor));
        value.add(power.get().mul(horner(DEBYE[i])));
        if (withSlope) slope.add(power.get().mul(horner(DEBYE[i].map((c, n) => (i + 2 * n) * c))));
      }
    };
    if (below === Infinity) terms();
    else k.if(r.lt(below), terms);
  }
  return { r, inverse, value: value.get(), slope: slope.get() };
}

/** log I_v (sign 1) or log K_v (sign -1): +-(r + v log(x / (v + r))) and half the logarithm of what stands before. */
export function debyeLog(k: Body, v: Float, x: Float, sign: 1 | -1): Float {
  const { r, inverse, value } = debye(k, v, x, sign, false);
  const exponent = r.add(v.mul(log(k, x.div(v.add(r)))));
  const front = sign === 1 ? number(k, 0.5 / Math.PI) : number(k, Math.PI / 2);
  const half = log(k, front.mul(value).mul(value).mul(inverse)).mul(0.5);
  return sign === 1 ? half.add(exponent) : half.sub(exponent);
}

/** sum_(n >= 1) q^n / (n! (v + 1)_n), q = x^2 / 4. */
export function seriesTail(k: Body, v: Float, x: Float): Float {
  const q = x.mul(x).mul(0.25);
  const n = k.variable("float", 1);
  const term = k.variable("float", 1);
  const sum = k.variable("float", 0);
  k.while(
    () => term.get().ge(sum.get().mul(1e-17)).and(n.get().lt(200)),
    () => {
      const at = n.get();
      term.set(term.get().mul(q.div(at.mul(v.add(at)))));
      sum.add(term.get());
      n.add(1);
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
    .mul(log(k, x.mul(0.5)))
    .add(log(k, front.mul(one)))
    .add(lost);
}

/** Sums of exp(-g) and e^tau exp(-g) over nodes tau = i h, and what makes K of them. */
export interface Trapezoid {
  readonly sum: Float;
  readonly shifted: Float;
  readonly h: Float;
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
  const s = v.mul(v).add(x.mul(x)).sqrt();
  const q = s.add(v).mul(0.5);
  const p = x.mul(x).div(q).mul(0.25);
  const h = number(k, 2.5 * Math.PI).div(s.mul(1.16).add(38.5));
  const drop = 37;
  const ratio = number(k, drop).div(s).add(1);
  const right = log(k, ratio.add(ratio.mul(ratio).sub(1).sqrt()));
  // On the left g >= v tau - s and g >= p e^tau - s.
  const left = s
    .add(drop)
    .div(v)
    .min(log(k, s.add(drop).div(p)));
  const nodes = right.max(left).div(h).ceil().to("i32");
  const up = exp(k, h);
  const down = number(k, 1).div(up);
  const e = k.variable("float", 1);
  const inverse = k.variable("float", 1);
  const sum = k.variable("float", 1);
  const shifted = k.variable("float", 1);
  k.for(1, nodes.add(1), (i) => {
    const big = e.get().mul(up);
    const small = inverse.get().mul(down);
    e.set(big);
    inverse.set(small);
    const linear = v.mul(h).mul(i.to("float"));
    const after = exp(k, linear.add(s).sub(p.mul(small)).sub(q.mul(big)));
    const before = exp(k, s.sub(linear).sub(p.mul(big)).sub(q.mul(small)));
    sum.add(after.add(before));
    if (withShifted) shifted.add(after.mul(big).add(before.mul(small)));
  });
  const top = log(k, v.add(s).div(x));
  return { sum: sum.get(), shifted: shifted.get(), h, peak: v.mul(top).sub(s) };
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
