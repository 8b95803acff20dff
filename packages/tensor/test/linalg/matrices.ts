/** Matrices for tests. */
import * as T from "@ansatz/tensor";
import type { Tensor } from "@ansatz/tensor";
import { seeded } from "../support/random.ts";

/** A matrix of numbers between -1 and 1. */
export function uniform(seed: number, shape: readonly number[], dtype: "f32" | "f64" = "f64"): Tensor<"f64"> {
  const r = seeded(seed);
  const count = shape.reduce((a, b) => a * b, 1);
  const data = Array.from({ length: count }, () => r.int(-1_000_000, 1_000_000) / 1e6);
  return T.tensor(data, { shape, dtype }) as Tensor<"f64">;
}

/** x x^T + I. */
export function positive(seed: number, n: number, lead: readonly number[] = [], dtype: "f32" | "f64" = "f64"): Tensor {
  const x = uniform(seed, [...lead, n, n], dtype);
  return T.add(T.matmul(x, T.transpose(x)), T.eye(n, n, { dtype }));
}

/** Largest magnitude of the difference, relative to that of the second. */
export async function relativeError(got: Tensor, want: Tensor): Promise<number> {
  const [x, y] = [await got.data(), await want.data()];
  let [error, scale] = [0, 1e-300];
  if (x.length !== y.length) return NaN;
  x.forEach((v, i) => {
    error = Math.max(error, Math.abs(v - y[i]));
    scale = Math.max(scale, Math.abs(y[i]));
  });
  return error / scale;
}

/** Distance of x^T x from the identity. */
export async function orthogonality(x: Tensor): Promise<number> {
  const n = x.shape[x.ndim - 1];
  const gram = T.matmul(T.transpose(x), x);
  return await relativeError(gram, T.broadcastTo(T.eye(n, n, { dtype: "f64" }), gram.shape));
}

/** Relative difference of the derivative of f along a direction, in forward mode, from a difference quotient. */
export async function tangentError(f: (...x: Tensor[]) => Tensor, inputs: readonly Tensor[]): Promise<number> {
  const direction: Tensor[] = inputs.map((x, i) => uniform(20 + i, x.shape));
  const h = 1e-5;
  const moved = (s: number): Tensor => f(...inputs.map((x, i) => T.add(x, T.mul(direction[i], s * h))));
  const { tangent } = T.jvp((...x: Tensor[]) => f(...x), [...inputs], direction);
  return await relativeError(tangent, T.div(T.sub(moved(1), moved(-1)), 2 * h));
}
