/** What can be found out about an operator by applying it. */
import { ArgumentError, checkOptions } from "../errors.ts";
import { div } from "../ops/arith.ts";
import { dot } from "../ops/matmul.ts";
import { flatten } from "../ops/movement.ts";
import { norm } from "../ops/reduce.ts";
import { normal } from "../random/normal.ts";
import type { Key } from "../random/key.ts";
import { scope } from "../transform/scope.ts";
import { together } from "../transform/together.ts";
import type { Tensor } from "../tensor.ts";
import { requireOperator, type LinearOperator } from "./operator.ts";

/**
 * How far an operator and its adjoint are from being adjoint: `|<A x, y> - <x, A* y>| / (|A x| |y| + |x| |A* y|)` for normal
 * x and y. Rounding alone gives a few units of the data type's precision.
 */
export async function adjointError(a: LinearOperator, key: Key): Promise<number> {
  requireOperator("adjointError", a);
  const [forX, forY] = key.split(2);
  const numbers = scope(() => {
    const x = normal(forX, a.domain, { dtype: a.dtype as "f32" });
    const y = normal(forY, a.range, { dtype: a.dtype as "f32" });
    const [ax, ay] = [a.apply(x), a.adjoint(y)];
    const inner = (u: Tensor, v: Tensor): Tensor => dot(flatten(u), flatten(v));
    return together([inner(ax, y), inner(x, ay), norm(ax), norm(y), norm(x), norm(ay)]);
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
 * @throws ArgumentError for a value outside its range
 */
export async function operatorNorm(a: LinearOperator, options: OperatorNormOptions): Promise<OperatorNorm> {
  const name = "operatorNorm";
  requireOperator(name, a);
  checkOptions(name, options, ["key", "maxIterations", "tolerance"]);
  const { key, maxIterations = 100, tolerance = 1e-6 } = options;
  if (!(Number.isSafeInteger(maxIterations) && maxIterations >= 1)) {
    throw new ArgumentError(
      `${name}: maxIterations is out of range (got ${String(maxIterations)}, expected an integer >= 1).`,
    );
  }
  if (!(typeof tolerance === "number" && tolerance >= 0)) {
    throw new ArgumentError(`${name}: tolerance is out of range (got ${String(tolerance)}, expected a number >= 0).`);
  }
  const unit = (x: Tensor): Tensor => div(x, norm(x));
  let v = scope(() => unit(normal(key, a.domain, { dtype: a.dtype as "f32" })));
  let value = 0;
  try {
    for (let iteration = 1; iteration <= maxIterations; iteration++) {
      const { size, next } = scope(() => {
        const av = a.apply(v);
        return together({ size: norm(av), next: unit(a.adjoint(av)) });
      });
      const before = value;
      value = Number(await size.item());
      size.dispose();
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
