/** Error functions and relatives of the gamma function, elementwise on floats. */
import { erf as erfExpr, erfc as erfcExpr } from "../kernel/math/erf.ts";
import { erfinv as erfinvExpr } from "../kernel/math/erfinv.ts";
import { digamma as digammaExpr, lgamma as lgammaExpr } from "../kernel/math/gamma.ts";
import type { Operand, Tensor } from "../tensor.ts";
import { add, div, mul, neg, reciprocal, square, sub } from "./arith.ts";
import { less, where } from "./compare.ts";
import { apply1, defineElementwise, type ElementwiseOp } from "./elementwise.ts";
import { exp } from "./math.ts";
import { sin } from "./trig.ts";

type Op = ElementwiseOp;

export const ERF: Op = /*@__PURE__*/ defineElementwise({
  name: "erf",
  accepts: "float",
  cost: 40,
  lower: erfExpr,
  vjp: [(g, _, [x]) => mul(mul(g, 2 / Math.sqrt(Math.PI)), exp(neg(square(x))))],
});

/**
 * Error function `2/sqrt(pi) * integral_0^x e^(-t^2) dt`.
 * Derivative: `2 / sqrt(pi) * e^(-x^2)`. Error: at most 1.4 ulp in f32 and 1.4 in f64, see `kernel/math/erf.ts` for
 * the method.
 * @param x a tensor of any shape, a number or a boolean; data types: floats (integers and bools are converted to f32)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, DTypeError for complex numbers
 */
export function erf(x: Operand): Tensor {
  return apply1(ERF, x);
}

export const ERFC: Op = /*@__PURE__*/ defineElementwise({
  name: "erfc",
  accepts: "float",
  cost: 60,
  lower: erfcExpr,
  vjp: [(g, _, [x]) => mul(mul(g, -2 / Math.sqrt(Math.PI)), exp(neg(square(x))))],
});

/**
 * Complementary error function `1 - erf(x)`, accurate where that cancels.
 * Derivative: `-2 / sqrt(pi) * e^(-x^2)`. Error: at most 3 ulp in f32 and 3 in f64, see `kernel/math/erf.ts` for the
 * method.
 * @param x a tensor of any shape, a number or a boolean; data types: floats (integers and bools are converted to f32)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, DTypeError for complex numbers
 */
export function erfc(x: Operand): Tensor {
  return apply1(ERFC, x);
}

export const ERFINV: Op = /*@__PURE__*/ defineElementwise({
  name: "erfinv",
  accepts: "float",
  cost: 60,
  lower: erfinvExpr,
  vjp: [(g, out) => mul(mul(g, Math.sqrt(Math.PI) / 2), exp(square(out)))],
});

/**
 * Inverse of {@link erf} on [-1, 1]; infinite at the ends, NaN outside.
 * Derivative: `sqrt(pi) / 2 * e^(erfinv(x)^2)`. Error: at most 2.6 ulp in f32 and 3 in f64, see
 * `kernel/math/erfinv.ts` for the method.
 * @param x a tensor of any shape, a number or a boolean; data types: floats (integers and bools are converted to f32)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, DTypeError for complex numbers
 */
export function erfinv(x: Operand): Tensor {
  return apply1(ERFINV, x);
}

export const LGAMMA: Op = /*@__PURE__*/ defineElementwise({
  name: "lgamma",
  accepts: "float",
  cost: 120,
  lower: lgammaExpr,
  vjp: [(g, _, [x]) => mul(g, digamma(x))],
});

/**
 * `log |gamma(x)|`; infinite at 0 and the negative integers.
 * Derivative: `digamma(x)`. Error: at most 3 ulp in f32 and 3 in f64, see `kernel/math/gamma.ts` for the method.
 * @param x a tensor of any shape, a number or a boolean; data types: floats (integers and bools are converted to f32)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, DTypeError for complex numbers
 */
export function lgamma(x: Operand): Tensor {
  return apply1(LGAMMA, x);
}

export const DIGAMMA: Op = /*@__PURE__*/ defineElementwise({
  name: "digamma",
  accepts: "float",
  cost: 120,
  lower: digammaExpr,
  vjp: [(g, _, [x]) => mul(g, trigamma(x))],
});

/**
 * Derivative of {@link lgamma}, `gamma'(x) / gamma(x)`; infinite at 0, NaN at the other poles -1, -2, ...
 * Error: at most 3 ulp in f32 and 3.5 in f64, see `kernel/math/gamma.ts` for the method.
 * @param x a tensor of any shape, a number or a boolean; data types: floats (integers and bools are converted to f32)
 * @returns a tensor of the same shape; one pass, fused with its neighbours
 * @throws ArgumentError for another kind of operand, DTypeError for complex numbers
 */
export function digamma(x: Operand): Tensor {
  return apply1(DIGAMMA, x);
}

/** Coefficients of 1/z^3, 1/z^5, ...: Bernoulli numbers. */
const TRIGAMMA_SERIES = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6];
const TRIGAMMA_STEPS = 8;

/**
 * Derivative of {@link digamma}: eight steps of `psi1(x) = 1/x^2 + psi1(x + 1)`, then the asymptotic series; below 1/2 by
 * reflection, `psi1(x) = pi^2 / sin(pi x)^2 - psi1(1 - x)` (Abramowitz and Stegun 6.4.6, 6.4.7, 6.4.12).
 */
function trigamma(x: Tensor): Tensor {
  const low = less(x, 0.5);
  const y = where(low, sub(1, x), x);
  let total = reciprocal(square(y));
  for (let k = 1; k < TRIGAMMA_STEPS; k++) total = add(total, reciprocal(square(add(y, k))));
  const w = reciprocal(add(y, TRIGAMMA_STEPS));
  const w2 = square(w);
  let series: Tensor | number = TRIGAMMA_SERIES[TRIGAMMA_SERIES.length - 1];
  for (let k = TRIGAMMA_SERIES.length - 2; k >= 0; k--) series = add(mul(w2, series), TRIGAMMA_SERIES[k]);
  total = add(total, add(w, add(mul(w2, 0.5), mul(mul(w, w2), series))));
  const mirrored = sub(div(Math.PI ** 2, square(sin(mul(where(low, x, 0.25), Math.PI)))), total);
  return where(low, mirrored, total);
}
