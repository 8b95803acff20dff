/** Functions of one element, applied to a batch. */
import { ArgumentError, checkOptions, isPlainObject, requireFunction, ShapeError, show } from "../errors.ts";
import { checkAlive } from "../graph/lifetime.ts";
import { permuteBy } from "../ops/views.ts";
import { normalizeAxis, showShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { treeFlatten, treeLeaves, treeUnflatten, type Tree, type TreeSpec } from "../tree.ts";
import { Batcher } from "./batch.ts";
import { lead, range } from "./batchShape.ts";
import { onTape, ownHandles } from "./tape.ts";

/** The axis of the batch: a number for all tensors below, null where there is none, or a tree that says it part by part. */
export type BatchAxes = number | null | readonly BatchAxes[] | { readonly [key: string]: BatchAxes };

/** Options of {@link vmap}. */
export interface VmapOptions {
  /**
   * Where the batch is in the arguments: one axis for all (0 when left out), or an array with an entry per argument. An
   * argument with null is handed to the function as it is, and may be anything.
   */
  readonly in?: number | readonly BatchAxes[];
  /** Where it goes in the results; 0 when left out, null for results that do not depend on the batch. */
  readonly out?: BatchAxes;
}

/**
 * Makes a function of batches from a function of one element: `vmap(f)(xs)[i] = f(xs[i])` along the first axis, or the axes
 * that the options name. `f` runs once, on tensors without values, and what it recorded is turned into operations on whole
 * batches: elementwise operations, reductions and views get one more axis, products and convolutions become larger ones.
 * Calls nest, and compose with `grad`, `vjp`, `jvp` and `compile` in any order.
 *
 * Inside `f` values of mapped arguments cannot be read. A {@link Key} is the same for every element, so draws from it are
 * too: map over key tensors (`stack(key.split(n).map(k => keyTensor(k)))`) for draws of their own. Kernels of `defineKernel`,
 * and routines without a rule, run once per element. Results are equal to those of a loop up to the order of sums.
 * @param f a synchronous function of trees of tensors that returns a tree of tensors
 * @throws ArgumentError when nothing is mapped or the axes do not fit the structure of the arguments; ShapeError when the
 * mapped axes differ in size or do not exist; TraceError when `f` reads values
 */
export function vmap<A extends unknown[], R extends Tree>(
  f: (...args: A) => R,
  options: VmapOptions = {},
): (...args: A) => R {
  requireFunction("vmap", f);
  checkOptions("vmap", options, ["in", "out"]);
  return (...args) =>
    onTape(
      (made) => mapped(f as (...args: unknown[]) => R, args, options, made),
      (value) => treeLeaves(value),
    );
}

/** A mapped argument. */
interface Mapped {
  readonly leaves: readonly Tensor[];
  readonly spec: TreeSpec;
  readonly axes: readonly (number | null)[];
}

function mapped<R extends Tree>(
  f: (...args: unknown[]) => R,
  args: readonly unknown[],
  options: VmapOptions,
  made: ReadonlySet<Tensor>,
): R {
  const { in: from = 0, out = 0 } = options;
  const parts = args.map((arg, i) => mappedArgument(arg, i, args.length, from));
  const batcher = new Batcher(sizeOf(parts));
  const inside = parts.map((part, i) => {
    if (part === null) return args[i];
    const { leaves, spec, axes } = part;
    const elements = leaves.map((x, k) => {
      const axis = axes[k];
      return axis === null ? x : batcher.element(permuteBy(x, [axis, ...range(0, axis), ...range(axis + 1, x.ndim)]));
    });
    return treeUnflatten(spec, elements);
  });
  const { leaves, spec } = batcher.trace(() => treeFlatten(f(...inside), "vmap, result of the function"));
  for (const t of leaves) checkAlive("vmap", t);
  const axes = axesOf(out, spec, "out", out);
  const results = batcher.batch(leaves).map((batch, i) => placed(leaves[i], batch, axes[i], batcher.size));
  return treeUnflatten(spec, ownHandles(results, made)) as R;
}

/** A result with its batch where it is wanted. */
function placed(one: Tensor, batch: Tensor | null, axis: number | null, size: number): Tensor {
  if (axis === null) {
    if (batch === null) return one;
    throw new ArgumentError(
      `vmap: a result depends on the batch (got out: null for ${one.dtype}${showShape(one.shape)}, expected an axis).`,
    );
  }
  const to = normalizeAxis("vmap, out", axis, one.ndim + 1);
  return permuteBy(lead(one, batch, size), [...range(1, to + 1), 0, ...range(to + 1, one.ndim + 1)]);
}

/** An argument as leaves with the axes of the batch; null when it is handed on as it is. */
function mappedArgument(arg: unknown, i: number, count: number, axes: number | readonly BatchAxes[]): Mapped | null {
  if (Array.isArray(axes) && axes.length !== count) {
    throw new ArgumentError(`vmap: in must have an entry per argument (got ${axes.length}, expected ${count}).`);
  }
  const mine: unknown = Array.isArray(axes) ? (axes as readonly BatchAxes[])[i] : axes;
  if (mine === null) return null;
  const { leaves, spec } = treeFlatten(arg as Tree, `vmap, argument ${i + 1}`);
  const list = axesOf(mine, spec, `in for argument ${i + 1}`, mine);
  return {
    leaves,
    spec,
    axes: list.map((axis, k) => {
      checkAlive("vmap", leaves[k]);
      return axis === null ? null : normalizeAxis(`vmap, argument ${i + 1}`, axis, leaves[k].ndim);
    }),
  };
}

/** One axis per leaf. */
function axesOf(axes: unknown, spec: TreeSpec, what: string, whole: unknown): (number | null)[] {
  if (axes === null || typeof axes === "number") return leavesOf(spec).map(() => axes);
  if (spec.kind === "array" && Array.isArray(axes) && axes.length === spec.items.length) {
    return spec.items.flatMap((item, i) => axesOf((axes as unknown[])[i], item, what, whole));
  }
  if (spec.kind === "object" && isPlainObject(axes) && spec.keys.length === Object.keys(axes).length) {
    if (spec.keys.every((key) => key in axes)) {
      return spec.items.flatMap((item, i) => axesOf(axes[spec.keys[i]], item, what, whole));
    }
  }
  throw new ArgumentError(
    `vmap: ${what} does not fit (got ${show(whole)}, expected axes, nulls, or a tree of them that begins like that of the tensors).`,
  );
}

function leavesOf(spec: TreeSpec): TreeSpec[] {
  return spec.kind === "leaf" ? [spec] : spec.items.flatMap(leavesOf);
}

function sizeOf(parts: readonly (Mapped | null)[]): number {
  let size: number | undefined;
  for (const part of parts) {
    part?.axes.forEach((axis, k) => {
      if (axis === null) return;
      const n = part.leaves[k].shape[axis];
      if (size !== undefined && n !== size) {
        throw new ShapeError(`vmap: sizes of the batch differ (got ${size} and ${n}, expected equal ones).`);
      }
      size = n;
    });
  }
  if (size === undefined) {
    throw new ArgumentError("vmap: nothing is mapped (got no axis for any tensor, expected at least one).");
  }
  return size;
}
