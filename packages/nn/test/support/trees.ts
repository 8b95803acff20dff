/** What several tests need. */
import { treeFlatten, treeUnflatten, type Tensor, type Tree } from "@ansatz/tensor";
import { normal, type Key } from "@ansatz/tensor/random";

/** Normal numbers in the shapes of a tree, f64. */
export function noiseLike<T extends Tree>(tree: T, key: Key, scale = 0.5): T {
  const { leaves, spec } = treeFlatten(tree);
  const noise = leaves.map((t, i) => normal(key.fold(i), t.shape, { dtype: "f64" }).mul(scale).eval() as Tensor);
  return treeUnflatten(spec, noise) as T;
}

/** The message of what a function throws. */
export function message(f: () => unknown): string {
  try {
    f();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("nothing was thrown");
}
