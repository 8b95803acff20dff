/** Whole matrices of derivatives. */
import { ArgumentError, checkOptions, DTypeError, requireFunction, show } from "../errors.ts";
import { isFloat } from "../dtype.ts";
import { equal } from "../ops/compare.ts";
import { iota, zerosLike } from "../ops/create.ts";
import { cast } from "../ops/elementwise.ts";
import { add } from "../ops/arith.ts";
import { expandTo, permuteBy, reshapeTo, sliceBy } from "../ops/views.ts";
import { internShape } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { treeFlatten, treeLeaves, treeMap, treeUnflatten, type Tree } from "../tree.ts";
import { range } from "./batchShape.ts";
import { onTape, ownHandles } from "./tape.ts";
import { grad, pullback } from "./vjp.ts";
import { vmap } from "./vmap.ts";

/** The derivative of a value of structure R: in the place of each of its tensors a tree of the argument's structure T. */
export type Jacobian<R extends Tree, T extends Tree> = R extends Tensor
  ? T
  : { readonly [K in keyof R]: R[K] extends Tree ? Jacobian<R[K], T> : never };

/** Options of {@link jacobian}. */
export interface JacobianOptions {
  /**
   * `"forward"`: one column per element of the argument; `"reverse"`: one row per element of the value. `"auto"`, when left
   * out, takes what needs fewer.
   */
  readonly mode?: "auto" | "forward" | "reverse";
}

const MODES: readonly unknown[] = ["auto", "forward", "reverse"];

/**
 * Makes a function that returns the derivatives of all elements of a value with respect to all elements of the first
 * argument: for tensors a tensor `J[i..., j...] = d f(x)[i...] / d x[j...]` of shape `[...value.shape, ...x.shape]`, for trees
 * a tree of the value's structure whose leaves are trees of the argument's. Further arguments are handed to `f` as they are.
 *
 * `f` is recorded once, and all rows or columns are computed as one batch (see `vmap`).
 * Cost: that of `f`, times 2 to 3, times the number of rows or columns.
 * @param f a function from a tree of f32 or f64 tensors to one
 * @throws DTypeError when the argument or the value is not of real floats (take complex numbers apart with `asReal`)
 */
export function jacobian<T extends Tree, R extends Tree, Rest extends unknown[]>(
  f: (arg: T, ...rest: Rest) => R,
  options: JacobianOptions = {},
): (arg: T, ...rest: Rest) => Jacobian<R, T> {
  requireFunction("jacobian", f);
  checkOptions("jacobian", options, ["mode"]);
  const { mode = "auto" } = options;
  if (!MODES.includes(mode)) {
    throw new ArgumentError(`jacobian: unknown mode (got ${show(mode)}, expected "auto", "forward" or "reverse").`);
  }
  return (arg, ...rest) => {
    const tree: Tree = onTape((made) => derivatives((x: T) => f(x, ...rest), arg, mode, made), treeLeaves);
    return tree as Jacobian<R, T>;
  };
}

function derivatives<T extends Tree, R extends Tree>(
  f: (arg: T) => R,
  arg: T,
  mode: "auto" | "forward" | "reverse",
  made: ReadonlySet<Tensor>,
): Tree {
  const run = pullback("jacobian", f, [arg]);
  const ins = treeFlatten(arg);
  const outs = treeFlatten(run.value);
  for (const t of [...ins.leaves, ...outs.leaves]) requireReal(t);
  const forward = mode === "auto" ? count(ins.leaves) < count(outs.leaves) : mode === "forward";
  let blocks: Tensor[][];
  if (forward) {
    // Any cotangents will do: the pullback of the pullback does not depend on them.
    const push = pullback("jacobian", run.pull, [treeMap(zerosLike, run.value)]).pull;
    const columns = vmap((...t: Tensor[]) => treeLeaves(push([treeUnflatten(ins.spec, t) as T])));
    const all = columns(...identity(ins.leaves));
    blocks = all.map((column) => parts(column, ins.leaves).map((part, i) => columnBlock(part, ins.leaves[i])));
  } else {
    const rows = vmap((...ct: Tensor[]) => treeLeaves(run.pull(treeUnflatten(outs.spec, ct) as R)));
    const all = rows(...identity(outs.leaves)).map((row) => parts(row, outs.leaves));
    blocks = outs.leaves.map((_, j) => all.map((row) => row[j]));
  }
  const own = ownHandles(blocks.flat(), made);
  const width = ins.leaves.length;
  const trees = blocks.map((_, j) => treeUnflatten(ins.spec, own.slice(j * width, (j + 1) * width)));
  let next = 0;
  const fill = (x: Tree): Tree => {
    if (x instanceof Tensor) return trees[next++];
    if (Array.isArray(x)) return (x as readonly Tree[]).map(fill);
    return Object.fromEntries(Object.entries(x).map(([k, y]) => [k, fill(y as Tree)]));
  };
  return fill(run.value);
}

function requireReal({ dtype }: Tensor): void {
  if (!isFloat(dtype)) {
    throw new DTypeError(`jacobian: real floats are needed (got ${dtype}, expected f32 or f64). See asReal().`);
  }
}

function count(tensors: readonly Tensor[]): number {
  return tensors.reduce((n, t) => n + t.size, 0);
}

/** The rows of the identity matrix as tensors of the given shapes. They take no memory. */
function identity(like: readonly Tensor[]): Tensor[] {
  const rows = count(like);
  let at = 0;
  return like.map((x) => {
    const shape = internShape([rows, x.size]);
    const device = { device: x.device };
    const row = expandTo(reshapeTo(iota([rows], device), internShape([rows, 1])), shape);
    const column = expandTo(add(iota([x.size], device), at), shape);
    at += x.size;
    return reshapeTo(cast(equal(row, column), x.dtype), internShape([rows, ...x.shape]));
  });
}

/** The first axis cut into the elements of each tensor: [...shape of the tensor, ...]. */
function parts(x: Tensor, like: readonly Tensor[]): Tensor[] {
  let at = 0;
  return like.map((t) => {
    const rest = x.shape.slice(1);
    const part = sliceBy(
      x,
      [at, ...rest.map(() => 0)],
      x.shape.map(() => 1),
      [t.size, ...rest],
    );
    at += t.size;
    return reshapeTo(part, internShape([...t.shape, ...rest]));
  });
}

/** [...argument, ...value] to [...value, ...argument]. */
function columnBlock(x: Tensor, arg: Tensor): Tensor {
  return permuteBy(x, [...range(arg.ndim, x.ndim), ...range(0, arg.ndim)]);
}

/**
 * Makes a function that returns the second derivatives of a scalar function with respect to its first argument:
 * `H[i..., j...] = d^2 f / d x[i...] d x[j...]`, for a tree of tensors a tree of trees. Forward over reverse mode, all columns as
 * one batch. Cost: about 5 times that of `f` per element of the argument.
 * @throws as `grad` and {@link jacobian}
 */
export function hessian<T extends Tree, Rest extends unknown[]>(
  f: (arg: T, ...rest: Rest) => Tensor,
): (arg: T, ...rest: Rest) => Jacobian<T, T> {
  requireFunction("hessian", f);
  return jacobian(grad(f), { mode: "forward" });
}
