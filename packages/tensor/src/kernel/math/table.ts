/**
 * The elementary functions as data: how each is lowered, how accurate it is, and where that is tested.
 *
 * The errors are bounds on the largest error found (f32: every seventh number of the whole range or more; f64: millions
 * of points), in units in the last place of the exact result, for strictly rounded arithmetic as on the CPU. WebGPU may
 * round divisions and square roots less well, which adds up to about 2 ulp to the functions that end in one.
 */
import type { Expr, ExprBuilder } from "../expr.ts";
import { erf, erfc } from "./erf.ts";
import { erfinv } from "./erfinv.ts";
import { exp, exp2, expm1 } from "./exp.ts";
import { digamma, lgamma } from "./gamma.ts";
import { acosh, asinh, atanh, cosh, sinh, tanh } from "./hyperbolic.ts";
import { acos, asin, atan, atan2 } from "./inverseTrig.ts";
import { log, log10, log1p, log2 } from "./log.ts";
import { sigmoid, softplus } from "./logistic.ts";
import { cbrt, hypot, pow, rsqrt } from "./power.ts";
import { cos, sin, tan } from "./trig.ts";

/** Where arguments are drawn: uniformly, or with uniform logarithms of their magnitude. */
export interface Interval {
  readonly from: number;
  readonly to: number;
  readonly spacing: "uniform" | "log";
}

/** Numbers that bound a domain, for one floating-point type. */
export interface Limits {
  /** The smallest positive number, the smallest normal one, and the largest. */
  readonly tiny: number;
  readonly normal: number;
  readonly max: number;
  /** exp is positive from `expLow` and finite up to `expHigh`; exp2 from `exp2Low` to `exp2High`. */
  readonly expLow: number;
  readonly expHigh: number;
  readonly exp2Low: number;
  readonly exp2High: number;
  /** From here on erfc is zero. */
  readonly erfcHigh: number;
}

export const LIMITS: { readonly f32: Limits; readonly f64: Limits } = {
  f32: {
    tiny: 2 ** -149,
    normal: 2 ** -126,
    max: 3.4028234663852886e38,
    expLow: -103.97,
    expHigh: 88.72,
    exp2Low: -150,
    exp2High: 128,
    erfcHigh: 10.05,
  },
  f64: {
    tiny: 2 ** -1074,
    normal: 2 ** -1022,
    max: Number.MAX_VALUE,
    expLow: -745.13,
    expHigh: 709.78,
    exp2Low: -1075,
    exp2High: 1024,
    erfcHigh: 27.22,
  },
};

/** One function of the table. */
export interface MathFunction {
  readonly name: string;
  readonly arity: 1 | 2;
  readonly lower: (b: ExprBuilder, x: Expr, y: Expr) => Expr;
  /** Bounds of the error in ulp. */
  readonly ulp: { readonly f32: number; readonly f64: number };
  /** For negative arguments, the bound of the error in ulps of max(1, |f(x)|, |f(1 - x)|) instead. */
  readonly reflectedUlp?: { readonly f32: number; readonly f64: number };
  /** Boxes from which arguments are drawn: one interval per argument. */
  readonly domain: (limits: Limits) => readonly (readonly Interval[])[];
}

const uniform = (from: number, to: number): Interval => ({ from, to, spacing: "uniform" });
const logarithmic = (from: number, to: number): Interval => ({ from, to, spacing: "log" });
const both = (from: number, to: number): (readonly Interval[])[] => [
  [logarithmic(from, to)],
  [logarithmic(-from, -to)],
];
const everything = (l: Limits): (readonly Interval[])[] => both(l.tiny, l.max);
const unit = (l: Limits): (readonly Interval[])[] => [[uniform(-1, 1)], ...both(l.tiny, 1)];
const angles = (l: Limits): (readonly Interval[])[] => [
  [uniform(-4, 4)],
  [uniform(-100, 100)],
  [uniform(-1e4, 1e4)],
  ...both(1e4, l.max),
  ...both(l.tiny, 1),
];
const pairs = (l: Limits): (readonly Interval[])[] => [
  [uniform(-3, 3), uniform(-3, 3)],
  [uniform(-1, 1), logarithmic(l.tiny, 1)],
  [logarithmic(l.tiny, l.max), logarithmic(l.tiny, l.max)],
  [logarithmic(-l.tiny, -l.max), logarithmic(-l.tiny, -l.max)],
  [uniform(0.3, 1), uniform(0.9, 1.1)],
];

/** Every elementary function. */
export const MATH: readonly MathFunction[] = [
  {
    name: "exp",
    arity: 1,
    lower: exp,
    ulp: { f32: 1, f64: 1 },
    domain: (l) => [
      [uniform(l.expLow, l.expHigh)],
      [uniform(l.expLow, l.expLow + 20)],
      [uniform(-2, 2)],
      ...both(l.tiny, 1),
    ],
  },
  {
    name: "exp2",
    arity: 1,
    lower: exp2,
    ulp: { f32: 1.1, f64: 1.3 },
    domain: (l) => [
      [uniform(l.exp2Low, l.exp2High)],
      [uniform(l.exp2Low, l.exp2Low + 30)],
      [uniform(-2, 2)],
      ...both(l.tiny, 1),
    ],
  },
  {
    name: "expm1",
    arity: 1,
    lower: expm1,
    ulp: { f32: 1.7, f64: 2.3 },
    domain: (l) => [[uniform(-40, l.expHigh)], [uniform(-2, 2)], [uniform(0.3, 0.4)], ...both(l.tiny, 1)],
  },
  {
    name: "log",
    arity: 1,
    lower: log,
    ulp: { f32: 0.9, f64: 0.9 },
    domain: (l) => [[logarithmic(l.tiny, l.max)], [uniform(0.5, 2)], [uniform(0.99, 1.01)]],
  },
  {
    name: "log2",
    arity: 1,
    lower: log2,
    ulp: { f32: 0.9, f64: 0.9 },
    domain: (l) => [[logarithmic(l.tiny, l.max)], [uniform(0.5, 2)], [uniform(0.99, 1.01)]],
  },
  {
    name: "log10",
    arity: 1,
    lower: log10,
    ulp: { f32: 0.9, f64: 0.9 },
    domain: (l) => [[logarithmic(l.tiny, l.max)], [uniform(0.5, 2)], [uniform(0.99, 1.01)]],
  },
  {
    name: "log1p",
    arity: 1,
    lower: log1p,
    ulp: { f32: 0.9, f64: 0.9 },
    domain: (l) => [
      [logarithmic(l.tiny, l.max)],
      [logarithmic(-l.tiny, -0.999)],
      [uniform(-0.9999, 2)],
      [uniform(-0.3, 0.4)],
    ],
  },
  { name: "sin", arity: 1, lower: sin, ulp: { f32: 1.1, f64: 0.9 }, domain: angles },
  { name: "cos", arity: 1, lower: cos, ulp: { f32: 1.1, f64: 0.9 }, domain: angles },
  { name: "tan", arity: 1, lower: tan, ulp: { f32: 2.8, f64: 2.5 }, domain: angles },
  { name: "asin", arity: 1, lower: asin, ulp: { f32: 0.9, f64: 0.9 }, domain: unit },
  { name: "acos", arity: 1, lower: acos, ulp: { f32: 0.9, f64: 0.9 }, domain: unit },
  {
    name: "atan",
    arity: 1,
    lower: atan,
    ulp: { f32: 2, f64: 1.9 },
    domain: (l) => [[uniform(-3, 3)], [uniform(0.4, 0.6)], ...everything(l)],
  },
  { name: "atan2", arity: 2, lower: atan2, ulp: { f32: 2.5, f64: 2.5 }, domain: pairs },
  {
    name: "sinh",
    arity: 1,
    lower: sinh,
    ulp: { f32: 1.8, f64: 1.8 },
    domain: (l) => [[uniform(-l.expHigh - 0.6, l.expHigh + 0.6)], [uniform(-3, 3)], ...both(l.tiny, 1)],
  },
  {
    name: "cosh",
    arity: 1,
    lower: cosh,
    ulp: { f32: 1.5, f64: 1.5 },
    domain: (l) => [[uniform(-l.expHigh - 0.6, l.expHigh + 0.6)], [uniform(-3, 3)], ...both(l.tiny, 1)],
  },
  {
    name: "tanh",
    arity: 1,
    lower: tanh,
    ulp: { f32: 1.5, f64: 1.5 },
    domain: (l) => [[uniform(-20, 20)], [uniform(-2, 2)], [uniform(0.5, 0.6)], ...everything(l)],
  },
  {
    name: "asinh",
    arity: 1,
    lower: asinh,
    ulp: { f32: 1.9, f64: 1.9 },
    domain: (l) => [[uniform(-3, 3)], [uniform(0.4, 0.6)], ...everything(l)],
  },
  {
    name: "acosh",
    arity: 1,
    lower: acosh,
    ulp: { f32: 2.5, f64: 2.5 },
    domain: (l) => [[uniform(1, 3)], [uniform(1, 1.1)], [logarithmic(1, l.max)]],
  },
  {
    name: "atanh",
    arity: 1,
    lower: atanh,
    ulp: { f32: 2.3, f64: 2.2 },
    domain: (l) => [...unit(l), ...both(1e-3, 0.3)],
  },
  {
    name: "erf",
    arity: 1,
    lower: erf,
    ulp: { f32: 1.4, f64: 1.4 },
    domain: (l) => [[uniform(-6, 6)], [uniform(-2, 2)], [uniform(0.88, 1)], ...everything(l)],
  },
  {
    name: "erfc",
    arity: 1,
    lower: erfc,
    ulp: { f32: 3, f64: 3 },
    domain: (l) => [
      [uniform(-6, l.erfcHigh)],
      [uniform(-1, 3)],
      [uniform(l.erfcHigh - 1, l.erfcHigh)],
      ...both(l.tiny, 1),
    ],
  },
  {
    name: "erfinv",
    arity: 1,
    lower: erfinv,
    ulp: { f32: 2.6, f64: 3 },
    domain: (l) => [...unit(l), [uniform(0.8, 1)], [uniform(0.999, 1)]],
  },
  {
    name: "pow",
    arity: 2,
    lower: pow,
    ulp: { f32: 1.4, f64: 1.4 },
    domain: (l) => [
      [uniform(0, 10), uniform(-30, 30)],
      [logarithmic(l.tiny, l.max), uniform(-2, 2)],
      [uniform(0.999, 1.001), uniform(500 * l.expLow, 500 * l.expHigh)],
      [uniform(0.5, 2), uniform(l.exp2Low, l.exp2High)],
    ],
  },
  {
    name: "cbrt",
    arity: 1,
    lower: cbrt,
    ulp: { f32: 0.9, f64: 0.9 },
    domain: (l) => [[uniform(-30, 30)], ...everything(l)],
  },
  { name: "hypot", arity: 2, lower: hypot, ulp: { f32: 1.3, f64: 1.3 }, domain: pairs },
  {
    name: "rsqrt",
    arity: 1,
    lower: rsqrt,
    ulp: { f32: 1.5, f64: 1.5 },
    domain: (l) => [[uniform(0, 4)], [logarithmic(l.tiny, l.max)]],
  },
  {
    name: "lgamma",
    arity: 1,
    lower: lgamma,
    ulp: { f32: 3, f64: 3 },
    reflectedUlp: { f32: 3, f64: 3 },
    domain: (l) => [
      [uniform(0, 3)],
      [uniform(0, 30)],
      [logarithmic(l.tiny, 1)],
      [logarithmic(1, l.max / 1000)],
      [uniform(-4, 0)],
      [uniform(-100, 0)],
    ],
  },
  {
    name: "digamma",
    arity: 1,
    lower: digamma,
    ulp: { f32: 3, f64: 3.5 },
    reflectedUlp: { f32: 4, f64: 4.5 },
    domain: (l) => [
      [uniform(0, 3)],
      [uniform(0, 30)],
      [logarithmic(4 * l.normal, 1)],
      [logarithmic(1, l.max)],
      [uniform(-4, 0)],
      [uniform(-100, 0)],
    ],
  },
  {
    name: "sigmoid",
    arity: 1,
    lower: sigmoid,
    ulp: { f32: 2.5, f64: 2.5 },
    domain: (l) => [
      [uniform(l.expLow, -l.expLow)],
      [uniform(-10, 10)],
      [uniform(l.expLow, l.expLow + 20)],
      ...both(l.tiny, 1),
    ],
  },
  {
    name: "softplus",
    arity: 1,
    lower: softplus,
    ulp: { f32: 1.9, f64: 1.9 },
    domain: (l) => [
      [uniform(l.expLow, -l.expLow)],
      [uniform(-10, 10)],
      [uniform(l.expLow, l.expLow + 20)],
      ...both(l.tiny, 1),
    ],
  },
];
