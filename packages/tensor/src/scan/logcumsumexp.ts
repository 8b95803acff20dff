import { isFloat } from "../dtype.ts";
import { add, sub } from "../ops/arith.ts";
import { equal, where } from "../ops/compare.ts";
import { cast } from "../ops/elementwise.ts";
import { exp, log } from "../ops/math.ts";
import { aliasOf } from "../ops/views.ts";
import type { Tensor } from "../tensor.ts";
import { stopGradient } from "../transform/vjp.ts";
import { alongOf, cummax, linear, previous, type ScanOptions } from "./scan.ts";

/**
 * Running `log(e^x[0] + ... + e^x[k])` along an axis without overflow; integers and bools count as f32. An exclusive one begins
 * with -Infinity.
 *
 * With m the running maximum, `s[k] = e^(m[k-1] - m[k]) s[k-1] + e^(x[k] - m[k])` and the result is `log s[k] + m[k]`: nothing is
 * lost however far the elements are apart.
 * @throws ShapeError for a scalar or an axis out of range
 */
export function logcumsumexp(x: Tensor, options: ScanOptions = {}): Tensor {
  const { axis, reverse, exclusive } = alongOf("logcumsumexp", x, options);
  const y = isFloat(x.dtype) ? x : cast(x, "f32");
  if (y.size === 0) return aliasOf(y);
  const along = { axis, reverse };
  // The shift is a constant: the result does not depend on it.
  const m = stopGradient(cummax(y, along));
  const before = stopGradient(cummax(y, { ...along, exclusive: true }));
  // An infinite maximum is subtracted as 0: exp then gives 0 or Infinity by itself instead of NaN.
  const finite = (t: Tensor): Tensor => where(equal(sub(t, t), 0), t, 0);
  const factor = where(equal(before, -Infinity), 0, exp(sub(finite(before), finite(m))));
  const s = linear(factor, exp(sub(y, finite(m))), along);
  const result = add(log(s), finite(m));
  return exclusive ? previous(result, along, -Infinity) : result;
}
