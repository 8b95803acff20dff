/** The logistic function and its relatives, stable for arguments of any size. */
import type { Expr, ExprBuilder } from "../expr.ts";
import { fastTwoSum, num } from "./bits.ts";
import { expOfNegative } from "./exp.ts";
import { logOfNormal } from "./log.ts";

/** 1 / (1 + exp(-x)), as exp(x) / (1 + exp(x)) for negative x: small results keep their relative accuracy. */
export function sigmoid(b: ExprBuilder, x: Expr): Expr {
  const one = num(b, x, 1);
  const e = expOfNegative(b, b.neg(b.abs(x)));
  return b.div(b.select(b.lt(x, num(b, x, 0)), e, one), b.add(one, e));
}

/** log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|)). */
export function softplus(b: ExprBuilder, x: Expr): Expr {
  const e = expOfNegative(b, b.neg(b.abs(x)));
  const u = fastTwoSum(b, num(b, x, 1), e);
  const small = logOfNormal(b, u.hi, u.lo);
  return b.select(b.gt(x, num(b, x, 0)), b.add(x, small), small);
}
