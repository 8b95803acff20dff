/** What can be found out about an operator by applying it. */
import { ArgumentError, checkOptions } from "../errors.ts";
import { isComplex, realOf, type DType } from "../dtype.ts";
import { div, sqrt } from "../ops/arith.ts";
import { asComplex, asReal } from "../ops/complex.ts";
import { dot } from "../ops/matmul.ts";
import { flatten } from "../ops/movement.ts";
import { normal } from "../random/normal.ts";
import type { Key } from "../random/key.ts";
import { scope } from "../transform/scope.ts";
import { together } from "../transform/together.ts";
import type { Tensor } from "../tensor.ts";
import { requireOperator, type LinearOperator } from "./operator.ts";

/** Real part of the inner product. For complex operators it is enough: with i x in place of x it gives the other part. */
function inner(x: Tensor, y: Tensor): Tensor {
  const parts = (t: Tensor): Tensor => flatten(isComplex(t.dtype) ? asReal(t) : t);
  return dot(parts(x), parts(y));
}

/** Normal numbers; complex ones have independent parts. */
function normalField(key: Key, shape: readonly number[], dtype: DType, device: string | undefined): Tensor {
  if (!isComplex(dtype)) return normal(key, shape, { dtype: dtype as "f32", device });
  return asComplex(normal(key, [...shape, 2], { dtype: realOf(dtype) as "f32", device }));
}

/**
 * How far an operator and its adjoint are from being adjoint: `|Re <A x, y> - Re <x, A* y>| / (|A x| |y| + |x| |A* y|)` for normal
 * x and y. Rounding alone gives a few units of the data type's precision.
 * @param options the device of x and y: the operator's own, or the default device, when left out
 * @throws ArgumentError unless it is an operator, DeviceError for an unknown device
 */
export async function adjointError(
  a: LinearOperator,
  key: Key,
  options: { readonly device?: string } = {},
): Promise<number> {
  requireOperator("adjointError", a);
  checkOptions("adjointError", options, ["device"]);
  const { device = a.device } = options;
  const [forX, forY] = key.split(2);
  const numbers = scope(() => {
    const x = normalField(forX, a.domain, a.dtype, device);
    const y = normalField(forY, a.range, a.dtype, device);
    const [ax, ay] = [a.apply(x), a.adjoint(y)];
    return together([inner(ax, y), inner(x, ay), ...[ax, y, x, ay].map((t) => sqrt(inner(t, t)))]);
  });
  const values: number[] = [];
  for (const t of numbers) values.push(Number(await t.item()));
  for (const t of numbers) t.dispose();
  const [left, right, ax, y, x, ay] = values;
  const size = ax * y + x * ay;
  return left === right ? 0 : Math.abs(left - right) / size;
}

/** Options of {@link operatorNorm}. */
export interface OperatorNormOptions {
  /** Key of the first vector. */
  readonly key: Key;
  /** Most iterations; 100 when left out. */
  readonly maxIterations?: number;
  /** Converged when the estimate changes by less than this share; 1e-6 when left out. */
  readonly tolerance?: number;
  /** Device to work on: the operator's own, or the default device, when left out. */
  readonly device?: string;
}

/** What {@link operatorNorm} returns. */
export interface OperatorNorm {
  /** The estimate, which is never above the norm but for rounding. */
  readonly value: number;
  readonly status: "converged" | "max-iterations";
  readonly iterations: number;
}

/**
 * The largest singular value, by power iteration on `A* A`. The error of the estimate falls by the ratio of the two largest
 * eigenvalues of `A* A` per iteration.
 * @throws ArgumentError for a value outside its range, DeviceError for an unknown device
 */
export async function operatorNorm(a: LinearOperator, options: OperatorNormOptions): Promise<OperatorNorm> {
  const name = "operatorNorm";
  requireOperator(name, a);
  checkOptions(name, options, ["key", "maxIterations", "tolerance", "device"]);
  const { key, maxIterations = 100, tolerance = 1e-6, device = a.device } = options;
  if (!(Number.isSafeInteger(maxIterations) && maxIterations >= 1)) {
    throw new ArgumentError(
      `${name}: maxIterations is out of range (got ${String(maxIterations)}, expected an integer >= 1).`,
    );
  }
  if (!(typeof tolerance === "number" && tolerance >= 0)) {
    throw new ArgumentError(`${name}: tolerance is out of range (got ${String(tolerance)}, expected a number >= 0).`);
  }
  const size = (x: Tensor): Tensor => sqrt(inner(x, x));
  const unit = (x: Tensor): Tensor => div(x, size(x));
  let v = scope(() => unit(normalField(key, a.domain, a.dtype, device)));
  let value = 0;
  try {
    for (let iteration = 1; iteration <= maxIterations; iteration++) {
      const { grown, next } = scope(() => {
        const av = a.apply(v);
        return together({ grown: size(av), next: unit(a.adjoint(av)) });
      });
      const before = value;
      value = Number(await grown.item());
      grown.dispose();
      v.dispose();
      v = next;
      // The zero operator has no direction to go on with.
      if (value === 0 || Math.abs(value - before) <= tolerance * value)
        return { value, status: "converged", iterations: iteration };
    }
    return { value, status: "max-iterations", iterations: maxIterations };
  } finally {
    v.dispose();
  }
}
