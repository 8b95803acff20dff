/** Linear combinations of tensors with coefficients from the host. */
import { add, mul, type Tensor } from "@ansatz/tensor";

/**
 * `sum_k c_k x_k` as one lazy expression; the coefficients are rounded once to the tensors' data type.
 * @param terms at least one pair (coefficient, tensor) of equal shapes and data types
 */
export function linear(terms: readonly (readonly [number, Tensor])[]): Tensor {
  const used = terms.filter(([coefficient]) => coefficient !== 0);
  const [first, ...rest] = used.length > 0 ? used : terms;
  let sum = mul(first[1], first[0]);
  for (const [coefficient, x] of rest) sum = add(sum, mul(x, coefficient));
  return sum;
}
