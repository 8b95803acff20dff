/**
 * Hyperbolic functions from one exponential, with a minimax polynomial (computed for this file by the Remez algorithm)
 * where the exponential form would cancel. Odd functions work on |x| and put the sign back, so zeros keep theirs.
 */
import type { Expr, ExprBuilder } from "../expr.ts";
import { atMost, byType, withSignOf, num, poly } from "./bits.ts";
import { expOfModerate } from "./exp.ts";

/** tanh(x) = x + x^3 q(x^2) below `small`; 1 to rounding above `large`. */
const TANH = {
  f32: { small: 0.56, large: 10, q: [-0.33333313, 0.13332449, -0.053837787, 0.021010956, -0.0061868634] },
  f64: {
    small: 0.56,
    large: 20,
    q: [
      -0.3333333333333328, 0.133333333333238, -0.05396825396212386, 0.021869488338888857, -0.008863231828676437,
      0.003592084185704427, -0.001455492065822352, 0.0005882344527402582, -0.0002328444040084573, 8.25427821296462e-5,
      -1.901490783491032e-5,
    ],
  },
} as const;

/** tanh(x) = 1 - 2 / (exp(2 |x|) + 1) with the sign of x. */
export function tanh(b: ExprBuilder, x: Expr): Expr {
  const t = byType(x, TANH);
  const a = b.abs(x);
  const z = b.mul(x, x);
  const small = b.add(a, b.mul(b.mul(a, z), poly(b, z, t.q)));
  const one = num(b, x, 1);
  const two = num(b, x, 2);
  const e = expOfModerate(b, b.mul(atMost(b, a, t.large), two));
  const large = b.sub(one, b.div(two, b.add(e, one)));
  return withSignOf(b, b.select(b.lt(a, num(b, x, t.small)), small, large), x);
}
