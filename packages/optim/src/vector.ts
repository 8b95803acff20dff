/** Trees of tensors as vectors. */
import {
  add,
  asReal,
  astype,
  dot,
  flatten,
  isComplex,
  mul,
  scope,
  sqrt,
  sub,
  treeLeaves,
  treeMap,
  type Operand,
  type Tensor,
  type Tree,
} from "@ansatz/tensor";

/** A coefficient and what it multiplies. */
export type Term<P extends Tree> = readonly [coefficient: Operand, vector: P];

/** `c_1 x_1 + c_2 x_2 + ...`, one fused operation per tensor. */
export function combination<P extends Tree>(...terms: readonly Term<P>[]): P {
  const [[first, tree], ...others] = terms;
  return treeMap(
    (x, ...xs) =>
      xs.reduce(
        (sum, y, i) => {
          const [c] = others[i];
          if (c === 1 || c === -1) return c === 1 ? add(sum, y) : sub(sum, y);
          return add(sum, scaled(y, c));
        },
        scaled(x, first),
      ),
    tree,
    ...others.map(([, x]) => x),
  );
}

/** `c x`, where the scalar adopts the data type of x, so that trees of mixed types keep theirs. */
function scaled(x: Tensor, c: Operand): Tensor {
  if (c === 1) return x;
  return mul(x, typeof c === "object" && c.dtype !== x.dtype ? astype(c, x.dtype) : c);
}

/** Elements as a vector of real numbers. */
function parts(x: Tensor): Tensor {
  return flatten(isComplex(x.dtype) ? asReal(x) : x);
}

/** `Re sum_i conj(x_i) y_i` over all elements, a real scalar. */
export function inner<P extends Tree>(x: P, y: P): Tensor {
  const ys = treeLeaves(y);
  return treeLeaves(x)
    .map((a, i) => dot(parts(a), parts(ys[i])))
    .reduce((a, b) => add(a, b));
}

/** Euclidean norm, a scalar. */
export function length(x: Tree): Tensor {
  return sqrt(inner(x, x));
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
