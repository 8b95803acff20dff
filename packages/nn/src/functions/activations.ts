/** Activation functions beyond those of `@ansatz/tensor`. */
import { ArgumentError, expm1, greater, minimum, mul, where, type Tensor } from "@ansatz/tensor";

/**
 * `x` where positive, `slope * x` elsewhere (Maas, Hannun and Ng 2013). The derivative at 0 is `slope`.
 * @param slope any finite number; 0.01 when left out
 * @throws ArgumentError unless slope is a finite number
 */
export function leakyRelu(x: Tensor, slope = 0.01): Tensor {
  if (!Number.isFinite(slope)) {
    throw new ArgumentError(`leakyRelu: slope must be a finite number (got ${String(slope)}).`);
  }
  return where(greater(x, 0), x, mul(x, slope));
}

/**
 * `x` where positive, `alpha * (e^x - 1)` elsewhere (Clevert, Unterthiner and Hochreiter 2016). The derivative at 0 is
 * `alpha`.
 * @param alpha a positive number; 1 when left out
 * @throws ArgumentError unless alpha is a positive number
 */
export function elu(x: Tensor, alpha = 1): Tensor {
  if (!(Number.isFinite(alpha) && alpha > 0)) {
    throw new ArgumentError(`elu: alpha must be a positive number (got ${String(alpha)}).`);
  }
  // The minimum keeps the branch that is not taken finite; where x is positive no gradient flows through it.
  return where(greater(x, 0), x, mul(expm1(where(greater(x, 0), 0, minimum(x, 0))), alpha));
}
