/** Checks of trees. Every message names the place of the tensor at fault. */
import {
  ArgumentError,
  DTypeError,
  isFloat,
  ShapeError,
  showShape,
  treeEntries,
  treeFlatten,
  type Tensor,
  type Tree,
} from "@ansatz/tensor";

/** Leaves and structure of parameters. @throws ArgumentError for a tree without tensors, DTypeError unless all are floats */
export function checkParams(name: string, params: Tree): ReturnType<typeof treeFlatten> {
  const flat = treeFlatten(params);
  if (flat.leaves.length === 0) {
    throw new ArgumentError(`${name}: there are no parameters (got a tree without tensors, expected at least one).`);
  }
  if (flat.leaves.some((t) => !isFloat(t.dtype))) {
    const [path, t] = treeEntries(params).find(([, leaf]) => !isFloat(leaf.dtype)) as [string, Tensor];
    throw new DTypeError(
      `${name}: parameters must be floats (got ${t.dtype} at ${place(path)}, expected f32 or f64). Convert with astype().`,
    );
  }
  return flat;
}

/** Leaves of a tree that must look like the parameters: equal paths, data types and shapes. */
export function matching(name: string, what: string, params: Tree, tree: Tree): Tensor[] {
  const wanted = treeEntries(params);
  const found = treeEntries(tree);
  const odd = wanted.findIndex(([path], i) => found[i]?.[0] !== path);
  if (odd >= 0 || found.length !== wanted.length) {
    const at = odd >= 0 ? odd : wanted.length;
    throw new ArgumentError(
      `${name}: ${what} and params differ in structure (got ${place(found[at]?.[0])}, expected ${place(wanted[at]?.[0])}).`,
    );
  }
  return found.map(([path, t], i) => {
    const p = wanted[i][1];
    if (t.dtype !== p.dtype) {
      throw new DTypeError(
        `${name}: ${what} has another data type at ${place(path)} (got ${t.dtype}, expected ${p.dtype}).`,
      );
    }
    if (t.ndim !== p.ndim || t.shape.some((n, d) => n !== p.shape[d])) {
      throw new ShapeError(
        `${name}: ${what} has another shape at ${place(path)} (got ${showShape(t.shape)}, expected ${showShape(p.shape)}).`,
      );
    }
    return t;
  });
}

function place(path: string | undefined): string {
  return path === undefined ? "nothing" : path === "" ? "the root" : path;
}
