/** Products of complex tensors with constant sequences. */
import { add, mul } from "../ops/arith.ts";
import { flip } from "../ops/movement.ts";
import type { Tensor } from "../tensor.ts";
import { constantTensor } from "./constants.ts";
import type { Sequence } from "./host.ts";
import type { FloatTensor } from "./floatTensor.ts";

/**
 * `x c` for a complex x [..., n, 2] and a sequence c of length n that is the same for equal keys.
 */
export function timesSequence(x: FloatTensor, key: string, sequence: () => Sequence): Tensor {
  const n = x.shape[x.ndim - 2];
  const pairs = (
    first: (s: Sequence, i: number) => number,
    second: (s: Sequence, i: number) => number,
  ): Float64Array => {
    const s = sequence();
    return Float64Array.from({ length: 2 * n }, (_, i) => (i % 2 === 0 ? first : second)(s, i >>> 1));
  };
  const re = (s: Sequence, i: number): number => s.re[i];
  const real = constantTensor(x.backend, x.dtype, `${key} real`, [n, 2], () => pairs(re, re));
  const imaginary = constantTensor(x.backend, x.dtype, `${key} imaginary`, [n, 2], () =>
    pairs(
      (s, i) => -s.im[i],
      (s, i) => s.im[i],
    ),
  );
  return add(mul(x, real), mul(flip(x, -1), imaginary));
}
