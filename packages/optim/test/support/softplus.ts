/** A family of strongly convex functions with known constants. */
import type { Problem } from "@ansatz/optim";
import { add, matmul, mul, ones, softplus, square, sub, sum, tensor, type DType, type Tensor } from "@ansatz/tensor";

/** The generator of the golden files: uniform numbers in [0, 1). */
export function lcg(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (1664525 * state + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

/** Sum of 12 uniform numbers minus 6. */
export function irwinHall(next: () => number): number {
  let sum = 0;
  for (let i = 0; i < 12; i++) sum += next();
  return sum - 6;
}

/** `mu / 2 |x|^2 + sum_i log(1 + exp(a_i x - b_i))`, where `lambda_max(A' A) / 4 = L - mu`; starts at ones. */
export function softplusProblem(
  seed: number,
  dim: number,
  terms: number,
  mu: number,
  L: number,
  dtype: DType = "f64",
): Problem<Tensor> {
  const next = lcg(seed);
  const uniform = (): number => 2 * next() - 1;
  const A = Array.from({ length: terms }, () => Array.from({ length: dim }, uniform));
  const b = Array.from({ length: terms }, uniform);
  // Power iteration; the scale needs a few digits only, but an upper bound of the largest eigenvalue.
  let v = Array.from({ length: dim }, () => 1);
  let largest = 1;
  for (let i = 0; i < 2000; i++) {
    const Av = A.map((row) => row.reduce((s, a, j) => s + a * v[j], 0));
    v = v.map((_, j) => A.reduce((s, row, k) => s + row[j] * Av[k], 0));
    largest = Math.hypot(...v);
    v = v.map((x) => x / largest);
  }
  const scale = Math.sqrt((4 * (L - mu)) / (largest * (1 + 1e-9)));
  const At = tensor(
    A.map((row) => row.map((a) => a * scale)),
    { dtype },
  );
  const bt = tensor(b, { dtype });
  return {
    start: ones([dim], { dtype }),
    value: (x) => add(mul(sum(square(x)), mu / 2), sum(softplus(sub(matmul(At, x), bt)))),
  };
}
