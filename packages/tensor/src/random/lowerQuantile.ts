/** The inverse normal distribution function of `quantile.ts` as a kernel expression in f64. */
import type { Expr, ExprBuilder } from "../kernel/expr.ts";
import { logOfNormal } from "../kernel/math/log.ts";
import { CENTRE, CENTRE_SHIFT, FAR, FAR_SHIFT, MIDDLE, NEAR, NEAR_SHIFT } from "./quantile.ts";

/**
 * The z with P(Z <= z) = u for a standard normal Z.
 * @param u f64 in (0, 1) with an exact 1 - u
 */
export function quantileOf(b: ExprBuilder, u: Expr): Expr {
  const num = (x: number): Expr => b.const("f64", x);
  const d = b.sub(u, num(0.5));
  const middle = b.le(b.abs(d), num(CENTRE));
  const r = b.sqrt(b.neg(logOfNormal(b, b.min(u, b.sub(num(1), u)))));
  const far = b.gt(r, num(FAR_SHIFT));
  // All lanes evaluate one rational function, each with the coefficients of its range: cheaper than three functions.
  const choose = (inMiddle: Expr, near: Expr, farther: Expr): Expr =>
    b.select(middle, inMiddle, b.select(far, farther, near));
  const x = choose(b.sub(num(CENTRE_SHIFT), b.mul(d, d)), b.sub(r, num(NEAR_SHIFT)), b.sub(r, num(FAR_SHIFT)));
  const horner = (part: "p" | "q"): Expr => {
    const c = MIDDLE[part].map((m, k) => choose(num(m), num(NEAR[part][k]), num(FAR[part][k])));
    return c.reduceRight((sum, next) => b.add(b.mul(sum, x), next));
  };
  const sign = b.select(b.lt(d, num(0)), num(-1), num(1));
  return b.mul(b.select(middle, d, sign), b.div(horner("p"), horner("q")));
}
