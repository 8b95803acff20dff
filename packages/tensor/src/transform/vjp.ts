/**
 * Reverse mode as a function from graphs to graphs: `f` is run once on fresh leaves, and its recorded nodes are walked
 * backwards, each contributing ordinary nodes. Gradients can therefore be differentiated, compiled and fused like anything else.
 */
import { isFloat } from "../dtype.ts";
import { ArgumentError, DTypeError, ShapeError } from "../errors.ts";
import { defineOp, type MapOp } from "../graph/op.ts";
import { detach, disposeTensor } from "../graph/lifetime.ts";
import { isScalarNode, isTaping, listening, record, whileTaping } from "../graph/record.ts";
import { add } from "../ops/arith.ts";
import { fullLike, zerosLike } from "../ops/create.ts";
import { copyNode } from "../ops/elementwise.ts";
import { sumOver } from "../ops/structural.ts";
import { showShape } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { treeFlatten, treeUnflatten, type Tree } from "../tree.ts";

const STOP: MapOp = /*@__PURE__*/ defineOp<MapOp>({
  kind: "map",
  name: "stopGradient",
  cost: 0,
  lower: (_, [x]) => x,
});

/** The same values, treated as a constant by gradients. */
export function stopGradient<T extends Tensor>(x: T): T {
  return record(STOP, [x], x.s, x.dtype, null) as T;
}

function freshInput(name: string, t: Tensor): Tensor {
  if (!isFloat(t.dtype)) {
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
  for (let i = order.length - 1; i >= 0; i--) {
    const t = order[i];
    const g = grads.get(t);
    if (g === undefined || wanted.has(t)) continue;
    grads.delete(t);
    t.ins.forEach((input, k) => {
      if (!relevant.has(input) || isScalarNode(input) || !isFloat(input.dtype)) return;
      const rule = t.op.vjp?.[k];
      const part = rule !== undefined ? rule(g, t, t.ins) : (t.op.vjpAt?.(g, t, k) ?? null);
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
  return sumOver(g, g.shape.map((_, d) => d));
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
      const missing = t.ins.filter((x) => !placed.has(x));
      if (missing.length > 0) {
        for (let i = missing.length - 1; i >= 0; i--) stack.push(missing[i]);
        continue;
      }
    }
    stack.pop();
    placed.add(t);
    const yes = isInput.has(t) || t.ins.some((x) => depends.get(x) === true);
    depends.set(t, yes);
    if (yes) order.push(t);
  }
  return order;
}

/** Runs `f` on fresh inputs with its nodes kept for the backward walk. */
function runTaped<R extends Tree>(
  name: string,
  f: (...args: never[]) => R,
  args: readonly Tree[],
  differentiable: (index: number) => boolean,
): { value: R; outputs: Tensor[]; inputs: Tensor[]; specs: ReturnType<typeof treeFlatten>[] } {
  const specs = args.map((a) => treeFlatten(a));
  const inputs: Tensor[] = [];
  const fresh = specs.map(({ leaves, spec }, i) => {
    if (!differentiable(i)) return treeUnflatten(spec, leaves);
    const own = leaves.map((t) => freshInput(name, t));
    inputs.push(...own);
    return treeUnflatten(spec, own);
  });
  const value = f(...(fresh as never[]));
  return { value, outputs: treeFlatten(value).leaves, inputs, specs };
}

/**
 * Vector-Jacobian product: the value of `f` and a function that pulls a cotangent of the value back to the arguments,
 * `pull(ct)_k = J_k^T ct`. Arguments and value are trees of tensors.
 *
 * The intermediate nodes stay alive as long as `pull` does.
 * @throws DTypeError when an argument is not a float
 */
export function vjp<A extends Tree[], R extends Tree>(
  f: (...args: A) => R,
  ...args: A
): { value: R; pull: (cotangent: R) => A } {
  return whileTaping(() => {
    const { value, outputs, inputs, specs } = runTaped("vjp", f as never, args, () => true) as {
      value: R;
      outputs: Tensor[];
      inputs: Tensor[];
      specs: ReturnType<typeof treeFlatten>[];
    };
    const pull = (cotangent: R): A => {
      const { leaves } = treeFlatten(cotangent);
      if (leaves.length !== outputs.length) {
        throw new ArgumentError(`vjp: cotangent has another structure (got ${leaves.length} leaves, expected ${outputs.length}).`);
      }
      leaves.forEach((ct, i) => {
        if (ct.s !== outputs[i].s || ct.dtype !== outputs[i].dtype) {
          throw new ShapeError(
            `vjp: cotangent does not fit (got ${ct.dtype}${showShape(ct.shape)}, expected ${outputs[i].dtype}${showShape(outputs[i].shape)}).`,
          );
        }
      });
      const grads = whileTaping(() => backward(outputs, leaves, inputs)).map((g, i) => g ?? zerosLike(inputs[i]));
      let at = 0;
      return specs.map(({ leaves: own, spec }) => {
        const part = grads.slice(at, at + own.length);
        at += own.length;
        return treeUnflatten(spec, part);
      }) as unknown as A;
    };
    return { value, pull };
  });
}


/** A value and the gradient with respect to one argument, of that argument's structure. */
export interface ValueAndGrad<T> {
  readonly value: Tensor;
  readonly grad: T;
}

/**
 * Makes a function that returns the value of a scalar function and its gradient with respect to its first argument
 * (its first, a tree). Both are evaluated together when either is read.
 *
 * Inside `f` values may be read (except under `compile`), so ordinary control flow on them works.
 * @throws ShapeError when `f` does not return a single element, DTypeError when the argument is not of floats
 */
export function valueAndGrad<T extends Tree, Rest extends unknown[]>(
  f: (arg: T, ...rest: Rest) => Tensor,
): (arg: T, ...rest: Rest) => ValueAndGrad<T> {
  return (arg, ...rest) => {
    const recorded: Tensor[] = [];
    const result = listening(
      (t) => recorded.push(t),
      () =>
        whileTaping(() => {
          const { value, outputs, inputs, specs } = runTaped(
            "grad",
            ((a: T) => f(a, ...rest)) as never,
            [arg],
            () => true,
          ) as { value: Tensor; outputs: Tensor[]; inputs: Tensor[]; specs: ReturnType<typeof treeFlatten>[] };
          const [out] = outputs;
          if (!(value instanceof Tensor) || out.size !== 1) {
            throw new ShapeError(
              `grad: the function must return one number (got ${value instanceof Tensor ? `shape ${showShape(out.shape)}` : "a tree"}). ` +
                `Reduce with sum() or mean(), or use vjp().`,
            );
          }
          if (!isFloat(out.dtype)) {
            throw new DTypeError(`grad: the function must return a float (got ${out.dtype}).`);
          }
          const grads = backward([out], [fullLike(out, 1)], inputs).map((g, i) => g ?? zerosLike(inputs[i]));
          return { value, grads, spec: specs[0].spec };
        }),
    );
    endTape(recorded);
    const group = [result.value, ...result.grads];
    for (const t of group) t.group ??= group;
    return { value: result.value, grad: treeUnflatten(result.spec, result.grads) as T };
  };
}

/** Makes a function that returns the gradient of a scalar function with respect to its first argument (a tree). */
export function grad<T extends Tree, Rest extends unknown[]>(
  f: (arg: T, ...rest: Rest) => Tensor,
): (arg: T, ...rest: Rest) => T {
  const both = valueAndGrad(f);
  return (arg, ...rest) => {
    const { value, grad: g } = both(arg, ...rest);
    if (value.storage === null) {
      ungroup(value);
      disposeTensor(value);
    }
    return g;
  };
}

function ungroup(value: Tensor): void {
  const group = value.group;
  if (group === null) return;
  value.group = null;
  const rest = group.filter((t) => t !== value);
  for (const t of rest) if (t.group === group) t.group = rest;
}

/** After the backward walk, nodes need their inputs no longer than for their own evaluation. */
function endTape(recorded: readonly Tensor[]): void {
  if (isTaping()) return;
  for (const t of recorded) {
    t.taped = false;
    if (t.storage !== null && t.ins.length > 0) detach(t);
  }
}
