/** Trees: nested plain objects and arrays with tensors at the leaves - parameters, gradients, states. */
import { ArgumentError, isPlainObject, requireFunction, show } from "./errors.ts";
import { Tensor } from "./tensor.ts";

/** A tensor, or arrays and plain objects of trees. */
export type Tree = Tensor | readonly Tree[] | { readonly [key: string]: Tree };

/** A tree's structure without its tensors. */
export type TreeSpec =
  | { readonly kind: "leaf" }
  | { readonly kind: "array"; readonly items: readonly TreeSpec[] }
  | { readonly kind: "object"; readonly keys: readonly string[]; readonly items: readonly TreeSpec[] };

const LEAF: TreeSpec = { kind: "leaf" };

/** Deeper trees are taken for cyclic ones. */
const MAX_NESTING = 200;

/**
 * Tensors in a fixed order (object keys as written) and the structure around them.
 * @param name what the tree is, for messages
 * @throws ArgumentError when something else than tensors, arrays and plain objects occurs
 */
export function treeFlatten(tree: Tree, name = "treeFlatten"): { leaves: Tensor[]; spec: TreeSpec } {
  const leaves: Tensor[] = [];
  const visit = (x: unknown, path: string, depth: number): TreeSpec => {
    if (x instanceof Tensor) {
      leaves.push(x);
      return LEAF;
    }
    if (depth > MAX_NESTING) {
      throw new ArgumentError(`${name}: nested too deeply or cyclic (got more than ${MAX_NESTING} levels).`);
    }
    if (Array.isArray(x)) {
      return { kind: "array", items: Array.from(x, (y, i) => visit(y, `${path}[${i}]`, depth + 1)) };
    }
    if (isPlainObject(x)) {
      const keys = Object.keys(x);
      return { kind: "object", keys, items: keys.map((k) => visit(x[k], `${path}.${k}`, depth + 1)) };
    }
    const where = path === "" ? "" : ` at ${path}`;
    const hint =
      typeof (x as { then?: unknown } | null | undefined)?.then === "function" ? " Functions must be synchronous." : "";
    throw new ArgumentError(
      `${name}: leaves must be tensors (got ${show(x)}${where}, expected tensors in arrays and plain objects).${hint}`,
    );
  };
  const spec = visit(tree, "", 0);
  return { leaves, spec };
}

/**
 * Puts leaves back into a structure.
 * @param spec as returned by {@link treeFlatten}
 * @throws ArgumentError when there are too few or too many
 */
export function treeUnflatten(spec: TreeSpec, leaves: readonly Tensor[]): Tree {
  const kind: unknown = (spec as TreeSpec | null | undefined)?.kind;
  if (kind !== "leaf" && kind !== "array" && kind !== "object") {
    throw new ArgumentError(
      `treeUnflatten: spec must be the structure of a tree (got ${show(spec)}). Get one from treeFlatten().`,
    );
  }
  if (!Array.isArray(leaves)) throw new ArgumentError(`treeUnflatten: leaves must be an array (got ${show(leaves)}).`);
  let next = 0;
  const build = (s: TreeSpec): Tree => {
    if (s.kind === "leaf") {
      if (next >= leaves.length) {
        throw new ArgumentError(`treeUnflatten: too few leaves (got ${leaves.length}, expected more).`);
      }
      const leaf = leaves[next++];
      if (!(leaf instanceof Tensor))
        throw new ArgumentError(`treeUnflatten: leaves must be tensors (got ${show(leaf)}).`);
      return leaf;
    }
    const items = s.items.map(build);
    return s.kind === "array" ? items : Object.fromEntries(s.keys.map((k, i) => [k, items[i]]));
  };
  const tree = build(spec);
  if (next !== leaves.length) {
    throw new ArgumentError(`treeUnflatten: too many leaves (got ${leaves.length}, expected ${next}).`);
  }
  return tree;
}

/** Tensors of a tree, in the order of {@link treeFlatten}. */
export function treeLeaves(tree: Tree): Tensor[] {
  return treeFlatten(tree, "treeLeaves").leaves;
}

/**
 * Applies a function to corresponding leaves of trees of equal structure; the result has that structure.
 * @throws ArgumentError when the structures differ
 */
export function treeMap<T extends Tree>(fn: (...leaves: Tensor[]) => Tensor, tree: T, ...others: T[]): T {
  requireFunction("treeMap", fn);
  const first = treeFlatten(tree, "treeMap");
  const key = specKey(first.spec);
  const rest = others.map((other, i) => {
    const { leaves, spec } = treeFlatten(other, "treeMap");
    if (specKey(spec) !== key) {
      throw new ArgumentError(
        `treeMap: trees differ in structure (got ${specKey(spec)} as number ${i + 2}, expected ${key}).`,
      );
    }
    return leaves;
  });
  return treeUnflatten(
    first.spec,
    first.leaves.map((x, i) => {
      const y: unknown = fn(x, ...rest.map((leaves) => leaves[i]));
      if (!(y instanceof Tensor))
        throw new ArgumentError(`treeMap: the function must return tensors (got ${show(y)}).`);
      return y;
    }),
  ) as T;
}

/** Leaves with the paths that lead to them, e.g. `["layers.0.weight", tensor]`; a tensor alone has the path `""`. */
export function treeEntries(tree: Tree): [string, Tensor][] {
  const entries: [string, Tensor][] = [];
  const visit = (x: Tree, path: string): void => {
    if (x instanceof Tensor) entries.push([path, x]);
    else if (Array.isArray(x)) x.forEach((y: Tree, i) => visit(y, path === "" ? `${i}` : `${path}.${i}`));
    else for (const [k, y] of Object.entries(x)) visit(y as Tree, path === "" ? k : `${path}.${k}`);
  };
  treeFlatten(tree, "treeEntries");
  visit(tree, "");
  return entries;
}

/** Number of tensors in trees of a structure. */
export function countLeaves(spec: TreeSpec): number {
  return spec.kind === "leaf" ? 1 : spec.items.reduce((n, s) => n + countLeaves(s), 0);
}

/** A text that is equal for equal structures: `{a:*,b:[*,*]}`. */
export function specKey(spec: TreeSpec): string {
  if (spec.kind === "leaf") return "*";
  if (spec.kind === "array") return `[${spec.items.map(specKey).join()}]`;
  return `{${spec.keys.map((k, i) => `${/^\w+$/.test(k) ? k : JSON.stringify(k)}:${specKey(spec.items[i])}`).join()}}`;
}

/** Disposes every tensor of a tree. */
export function disposeTree(tree: Tree): void {
  for (const t of treeFlatten(tree, "disposeTree").leaves) t.dispose();
}
