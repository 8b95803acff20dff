/** Vectors in steps of iterations: inner products, and reading numbers without waiting for each. */
import { add, asReal, dot, flatten, isComplex, scope, sqrt, stack, together, type Tensor } from "@ansatz/tensor";

/** Elements as a vector of real numbers. */
function parts(x: Tensor): Tensor {
  return flatten(isComplex(x.dtype) ? asReal(x) : x);
}

/** `Re sum_i conj(x_i) y_i`, a real scalar. */
export function inner(x: Tensor, y: Tensor): Tensor {
  return dot(parts(x), parts(y));
}

/** Euclidean norm, a real scalar. */
export function length(x: Tensor): Tensor {
  return sqrt(inner(x, x));
}

/** Euclidean norm of several vectors together. */
export function jointLength(xs: readonly Tensor[]): Tensor {
  return sqrt(xs.map((x) => inner(x, x)).reduce((a, b) => add(a, b)));
}

/** Tensors of a step, and numbers, which are read in one go. */
export async function evaluate<V extends Readonly<Record<string, Tensor>>>(
  make: () => { readonly vectors: V; readonly scalars: readonly Tensor[] },
): Promise<{ readonly vectors: V; readonly numbers: readonly number[] }> {
  const { vectors, packed } = scope(() => {
    const made = make();
    return together({ vectors: made.vectors, packed: stack(made.scalars) } as never) as unknown as {
      vectors: V;
      packed: Tensor;
    };
  });
  const numbers = Array.from(await packed.data(), Number);
  packed.dispose();
  return { vectors, numbers };
}

/** The number in a scalar, which is disposed together with everything that was made for it. */
export async function read(make: () => Tensor): Promise<number> {
  const scalar = scope(make);
  try {
    return Number(await scalar.item());
  } finally {
    scalar.dispose();
  }
}
