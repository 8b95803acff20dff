/**
 * Reverse mode as a function from graphs to graphs: `f` is run once on fresh leaves, and its recorded nodes are walked
 * backwards, each contributing ordinary nodes. Gradients can therefore be differentiated, compiled and fused like anything else.
 */
import { isDifferentiable, isFloat } from "../dtype.ts";
import { ArgumentError, DTypeError, requireFunction, ShapeError } from "../errors.ts";
import { defineOp, type MapOp } from "../graph/op.ts";
import { checkAlive, endTape, whileDifferentiating } from "../graph/lifetime.ts";
import { isScalarNode, isTaping, listening, record, whileTaping } from "../graph/record.ts";
import { add } from "../ops/arith.ts";
import { fullLike, zerosLike } from "../ops/create.ts";
import { copyNode } from "../ops/elementwise.ts";
import { sumOver, VIEW_RULES } from "../ops/structural.ts";
import { showShape } from "../shape.ts";
import { requireTensor, Tensor } from "../tensor.ts";
import { specKey, treeFlatten, treeLeaves, treeUnflatten, type Tree, type TreeSpec } from "../tree.ts";
import { linkOf, sourcesOf } from "./link.ts";
import { onTape, ownHandles } from "./tape.ts";

const STOP: MapOp = /*@__PURE__*/ defineOp<MapOp>({
  kind: "map",
  name: "stopGradient",
  cost: 0,
  lower: (_, [x]) => x,
});

/** The same values, treated as a constant by gradients. @param x a tensor of any shape and type */
export function stopGradient<T extends Tensor>(x: T): T {
  requireTensor("stopGradient", x);
  return record(STOP, [x], x.s, x.dtype, null) as T;
}

function freshInput(name: string, t: Tensor): Tensor {
  checkAlive(name, t);
  if (!isDifferentiable(t.dtype)) {
    throw new DTypeError(
      `${name}: inputs must be floats (got ${t.dtype}${showShape(t.shape)}, expected f32 or f64). Convert with astype().`,
    );
  }
  return copyNode(t);
}

/**
 * Gradients with respect to `inputs` of the sum of `<cotangents[i], outputs[i]>`.
 * Inputs that no output depends on get null.
 */
export function backward(
  outputs: readonly Tensor[],
  cotangents: readonly Tensor[],
  inputs: readonly Tensor[],
): (Tensor | null)[] {
  const order = dependents(outputs, inputs);
  const grads = new Map<Tensor, Tensor>();
  const accumulate = (t: Tensor, g: Tensor): void => {
    const have = grads.get(t);
    grads.set(t, have === undefined ? g : add(have, g));
  };
  const relevant = new Set(order);
  outputs.forEach((out, i) => {
    if (relevant.has(out)) accumulate(out, cotangents[i]);
  });
  const wanted = new Set(inputs);
  /** Gradients of the further outputs of routines and of calls with rules of their own, by their number. */
  const picked = new Map<Tensor, (Tensor | undefined)[]>();
  for (let i = order.length - 1; i >= 0; i--) {
    const t = order[i];
    const g = grads.get(t);
    const further = picked.get(t);
    if ((g ?? further) === undefined || wanted.has(t)) continue;
    grads.delete(t);
    const link = linkOf(t);
    if (link !== undefined) {
      const list = picked.get(link.hub) ?? [];
      list[link.index] = g;
      picked.set(link.hub, list);
      continue;
    }
    const all = t.op.kind === "routine" ? t.op.vjpAll?.([g, ...(further ?? []).slice(1)], t) : undefined;
    t.ins.forEach((input, k) => {
      if (!relevant.has(input) || isScalarNode(input) || !isDifferentiable(input.dtype)) return;
      // Further inputs of a view only say what it has to wait for.
      const rule = t.op.kind !== "view" ? t.op.vjp?.[k] : k === 0 ? VIEW_RULES[t.op.view] : undefined;
      let part = all?.[k] ?? null;
      if (all === undefined && g !== undefined) {
        part = rule !== undefined ? rule(g, t, t.ins) : (t.op.vjpAt?.(g, t, k) ?? null);
      }
      if (part !== null) accumulate(input, part.s === input.s ? part : sumRank0(part, input));
    });
  }
  return inputs.map((x) => grads.get(x) ?? null);
}

/** A rank-0 operand was broadcast implicitly: its gradient is the sum. */
function sumRank0(g: Tensor, input: Tensor): Tensor {
  if (input.ndim !== 0) {
    throw new ShapeError(
      `gradient: a rule returned another shape (got ${showShape(g.shape)}, expected ${showShape(input.shape)}).`,
    );
  }
  return sumOver(
    g,
    g.shape.map((_, d) => d),
  );
}

/** Nodes between inputs and outputs in topological order, inputs included. */
function dependents(outputs: readonly Tensor[], inputs: readonly Tensor[]): Tensor[] {
  const order: Tensor[] = [];
  const depends = new Map<Tensor, boolean>();
  for (const x of inputs) depends.set(x, true);
  const placed = new Set<Tensor>();
  const stack: Tensor[] = [...outputs].reverse();
  const isInput = new Set(inputs);
  while (stack.length > 0) {
    const t = stack[stack.length - 1];
    if (placed.has(t)) {
      stack.pop();
      continue;
    }
    if (!isInput.has(t)) {
      const missing = sourcesOf(t).filter((x) => !placed.has(x));
      if (missing.length > 0) {
        for (let i = missing.length - 1; i >= 0; i--) stack.push(missing[i]);
        continue;
      }
    }
    stack.pop();
    placed.add(t);
    const yes = isInput.has(t) || sourcesOf(t).some((x) => depends.get(x) === true);
    depends.set(t, yes);
    if (yes) order.push(t);
  }
  return order;
}

/** What a function did on fresh inputs. */
interface Run<R> {
  readonly value: R;
  readonly outputs: readonly Tensor[];
  readonly inputs: readonly Tensor[];
  /** Structure and number of leaves of each argument. */
  readonly args: readonly { readonly spec: TreeSpec; readonly count: number }[];
}

/** Runs `f` on fresh inputs. `made` gets every tensor that it makes. */
function runFresh<R extends Tree>(
  name: string,
  f: (...args: never[]) => R,
  args: readonly Tree[],
  made: ReadonlySet<Tensor>,
): Run<R> {
  const inputs: Tensor[] = [];
  const structures: { spec: TreeSpec; count: number }[] = [];
  const fresh = args.map((arg, i) => {
    const { leaves, spec } = treeFlatten(arg, `${name}, argument ${i + 1}`);
    const own = leaves.map((t) => freshInput(name, t));
    inputs.push(...own);
    structures.push({ spec, count: leaves.length });
    return treeUnflatten(spec, own);
  });
  const { leaves, spec } = treeFlatten(f(...(fresh as never[])), `${name}, result of the function`);
  for (const t of leaves) {
    checkAlive(name, t);
    if (!isDifferentiable(t.dtype) || (name === "grad" && !isFloat(t.dtype))) {
      throw new DTypeError(
        `${name}: the function must return floats (got ${t.dtype}${showShape(t.shape)}, expected f32 or f64). ` +
          `Compute integer results outside.`,
      );
    }
  }
  const outputs = ownHandles(leaves, made);
  return { value: treeUnflatten(spec, outputs) as R, outputs, inputs, args: structures };
}

/** The gradients of a run, as trees of its arguments' structures. */
function gradients<R>(run: Run<R>, cotangents: readonly Tensor[], made: ReadonlySet<Tensor>): Tree[] {
  const { outputs, inputs, args } = run;
  const found = whileDifferentiating(() =>
    backward(outputs, cotangents, inputs).map((g, i) => g ?? zerosLike(inputs[i])),
  );
  const own = ownHandles(found, made);
  let at = 0;
  return args.map(({ spec, count }) => treeUnflatten(spec, own.slice(at, (at += count))));
}

/**
 * Vector-Jacobian product: the value of `f` and a function that pulls a cotangent of the value back to the arguments,
 * `pull(ct)_k = J_k^T ct`. Arguments and value are trees of float tensors. `pull` may be called several times.
 *
 * The intermediate results of `f`, and their inputs, stay in memory as long as `pull` can be reached; inside `scope` they
 * are freed at its end. Cost of a pull: two to three times that of `f`.
 * @throws DTypeError when an argument or a result is not of floats, ArgumentError when one is no tree of tensors
 */
export function vjp<A extends Tree[], R extends Tree>(
  f: (...args: A) => R,
  ...args: A
): { value: R; pull: (cotangent: R) => A } {
  return pullback("vjp", f, args);
}

/** {@link vjp} under the name of the transform that needs it. */
export function pullback<A extends Tree[], R extends Tree>(
  name: string,
  f: (...args: A) => R,
  args: A,
): { value: R; pull: (cotangent: R) => A } {
  requireFunction(name, f);
  const made = new Set<Tensor>();
  let run: Run<R>;
  try {
    run = listening(
      (t) => made.add(t),
      () => whileTaping(() => runFresh(name, f as unknown as (...a: never[]) => R, args, made)),
    );
  } catch (error) {
    if (!isTaping()) endTape(made);
    throw error;
  }
  const pull = (cotangent: R): A =>
    onTape(
      (own) => {
        const { leaves } = checkCotangent(name, cotangent, run);
        return gradients(run, leaves, own) as A;
      },
      (grads) => treeLeaves(grads),
    );
  return { value: run.value, pull };
}

function checkCotangent<R extends Tree>(name: string, cotangent: R, run: Run<R>): { leaves: Tensor[] } {
  const { leaves, spec } = treeFlatten(cotangent, `${name}, cotangent`);
  const expected = specKey(treeFlatten(run.value).spec);
  if (specKey(spec) !== expected) {
    throw new ArgumentError(`${name}: cotangent has another structure (got ${specKey(spec)}, expected ${expected}).`);
  }
  leaves.forEach((ct, i) => {
    const out = run.outputs[i];
    if (ct.s !== out.s || ct.dtype !== out.dtype) {
      throw new ShapeError(
        `${name}: cotangent does not fit (got ${ct.dtype}${showShape(ct.shape)}, expected ${out.dtype}${showShape(out.shape)}).`,
      );
    }
  });
  return { leaves };
}

/** A value and the gradient with respect to one argument, of that argument's structure. */
export interface ValueAndGrad<T> {
  readonly value: Tensor;
  readonly grad: T;
}

function valueAndGradOf<T extends Tree, Rest extends unknown[]>(
  f: (arg: T, ...rest: Rest) => Tensor,
  arg: T,
  rest: Rest,
  results: (both: ValueAndGrad<T>) => readonly Tensor[],
): ValueAndGrad<T> {
  return onTape((made) => {
    const run = runFresh("grad", ((a: T) => f(a, ...rest)) as (...a: never[]) => Tensor, [arg], made);
    const { value } = run;
    if (!(value instanceof Tensor) || value.size !== 1) {
      throw new ShapeError(
        `grad: the function must return one number (got ${value instanceof Tensor ? `shape ${showShape(value.shape)}` : "a tree"}, ` +
          `expected one element). Reduce with sum() or mean(), or use vjp().`,
      );
    }
    return { value, grad: gradients(run, [fullLike(value, 1)], made)[0] as T };
  }, results);
}

/**
 * Makes a function that returns the value of a scalar function and its gradient with respect to its first argument
 * (a tree of float tensors). Both are evaluated together when either is read. Further arguments are handed to `f` as they are.
 *
 * Inside `f` values may be read (except under `compile`), so ordinary control flow on them works.
 * @throws ShapeError when `f` does not return a single element, DTypeError when the argument or the value is not of floats
 */
export function valueAndGrad<T extends Tree, Rest extends unknown[]>(
  f: (arg: T, ...rest: Rest) => Tensor,
): (arg: T, ...rest: Rest) => ValueAndGrad<T> {
  requireFunction("valueAndGrad", f);
  return (arg, ...rest) => valueAndGradOf(f, arg, rest, ({ value, grad: g }) => [value, ...treeLeaves(g)]);
}

/**
 * Makes a function that returns the gradient of a scalar function with respect to its first argument (a tree of float
 * tensors). See {@link valueAndGrad}.
 */
export function grad<T extends Tree, Rest extends unknown[]>(
  f: (arg: T, ...rest: Rest) => Tensor,
): (arg: T, ...rest: Rest) => T {
  requireFunction("grad", f);
  return (arg, ...rest) => valueAndGradOf(f, arg, rest, ({ grad: g }) => treeLeaves(g)).grad;
}
