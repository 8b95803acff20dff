/** From graph nodes to one kernel: expressions, accesses, loops, and their simplification. */
import type { KernelStep, ParamSource, View } from "../backend/backend.ts";
import { InternalError } from "../errors.ts";
import { ExprBuilder, type Expr, type Ty } from "../kernel/expr.ts";
import { finishKernel, type AccessSpec, type Kernel, type Reduction, type StrideClass } from "../kernel/kernel.ts";
import { stridesOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { isComplex, partsOf, realOf } from "../dtype.ts";
import {
  combine,
  constant,
  identityIndex,
  indexKey,
  throughView,
  unit,
  type Affine,
  type Loop,
  type Refine,
} from "./index.ts";
import { isPair, type Value } from "./op.ts";

/** Thrown while lowering when a node must be stored before this kernel can exist. */
export class Materialize {
  readonly position: number;
  constructor(position: number) {
    this.position = position;
  }
}

/** Thrown while lowering when a loop must be split. */
export class RefineLoop {
  readonly refine: Refine;
  constructor(refine: Refine) {
    this.refine = refine;
  }
}

/** What lowering needs to know about the schedule. */
export interface Placement {
  /** Slot from which a node can be loaded in the kernel being built, or -1 when it must be computed in place. */
  slotFor(node: Tensor): number;
  /** Number of the scalar that a scalar node stands for. */
  scalarFor(node: Tensor): number;
}

interface Access {
  readonly slot: number;
  readonly spec: { readonly dtype: AccessSpec["dtype"]; readonly use: AccessSpec["use"] };
  readonly at: Affine;
}

/** A window of a stored tensor over a node's axes; a complex node has one more, of size 2, for its parts. */
export interface StridedView extends View {
  readonly node: Tensor;
}

/** State of one kernel under construction. */
export class KernelBuilder {
  readonly b: ExprBuilder = new ExprBuilder();
  readonly loops: readonly Loop[];
  readonly placement: Placement;
  readonly #accesses: Access[] = [];
  readonly #accessKeys = new Map<string, number>();
  readonly #params: { ty: Ty; source: ParamSource }[] = [];
  readonly #paramKeys = new Map<string, number>();
  readonly #memo = new Map<string, Value>();

  constructor(loops: readonly Loop[], placement: Placement) {
    this.loops = loops;
    this.placement = placement;
  }

  /** Value of a real `node` at `index`. */
  real(node: Tensor, index: readonly Affine[]): Expr {
    const v = this.value(node, index);
    if (isPair(v)) throw new InternalError(`lower: ${node.op.name} is complex.`);
    return v;
  }

  /** Value of `node` at `index`: two expressions when it is complex. */
  value(node: Tensor, index: readonly Affine[]): Value {
    const key = `${node.position}|${indexKey(index)}`;
    let e = this.#memo.get(key);
    if (e === undefined) {
      e = this.#compute(node, index);
      this.#memo.set(key, e);
    }
    return e;
  }

  /** Element of a slot that holds `node` (or the same elements in C order) at `index`. */
  #stored(slot: number, node: Tensor, index: readonly Affine[]): Value {
    const ty = realOf(node.dtype);
    const at = combine(this.loops.length, 0, index, stridesOf(node.shape));
    const part = (scale: number, k: number): Expr =>
      this.b.load(ty, this.access(slot, ty, "load", combine(this.loops.length, k, [at], [scale])));
    return isComplex(node.dtype) ? [part(2, 0), part(2, 1)] : part(1, 0);
  }

  #compute(node: Tensor, index: readonly Affine[]): Value {
    const slot = this.placement.slotFor(node);
    if (slot >= 0) return this.#stored(slot, node, index);
    const op = node.op;
    switch (op.kind) {
      case "scalar": {
        const ty = realOf(node.dtype);
        const re = this.param(ty, { kind: "scalar", index: this.placement.scalarFor(node) });
        return isComplex(node.dtype) ? [re, this.b.const(ty, 0)] : re;
      }
      case "map": {
        const args = node.ins.map((x) => this.value(x, x.shape.length === 0 ? [] : index));
        if (!isComplex(node.dtype) && !args.some(isPair)) {
          return op.lower(this.b, args as Expr[], node.attr?.value, node.dtype as Ty);
        }
        if (op.complex === undefined) throw new InternalError(`lower: ${op.name} has no complex form.`);
        return op.complex(this.b, args, node.dtype);
      }
      case "iota": {
        const at = combine(this.loops.length, 0, index, stridesOf(node.shape));
        return this.b.convert(realOf(node.dtype), this.iota(at));
      }
      case "view": {
        const direct = flatSource(node, this.placement);
        if (direct !== null) return this.#stored(direct.slot, node, index);
        if (op.view === "realPairs") return this.#partOf(node, index);
        if (op.view === "complexPairs") {
          const part = (k: number): Expr => this.real(node.ins[0], [...index, constant(this.loops.length, k)]);
          return [part(0), part(1)];
        }
        const source = throughView(node, index, this.loops);
        if (source === null) throw new Materialize(node.ins[0].position);
        if (!Array.isArray(source)) throw new RefineLoop(source);
        return this.value(node.ins[0], source);
      }
      case "take":
        return op.value(this, node, index);
      default:
        throw new InternalError(`lower: ${op.name} has no slot.`);
    }
  }

  /** A part of a complex node as an element of its `realPairs` view. */
  #partOf(view: Tensor, index: readonly Affine[]): Expr {
    const [z] = view.ins;
    const which = index[index.length - 1];
    const own = this.placement.slotFor(z);
    // A stored view has no source any more.
    const slot = own >= 0 ? own : (flatSource(z, this.placement)?.slot ?? -1);
    if (slot >= 0) {
      const ty = realOf(z.dtype);
      const flat = combine(this.loops.length, 0, index.slice(0, -1), stridesOf(z.shape));
      return this.b.load(ty, this.access(slot, ty, "load", combine(this.loops.length, 0, [flat, which], [2, 1])));
    }
    if (which.coef.some((c) => c !== 0)) throw new Materialize(z.position);
    const parts = this.value(z, index.slice(0, -1));
    if (!isPair(parts)) throw new InternalError("lower: pairs of a real tensor.");
    return parts[which.off];
  }

  /** The i32 value of an affine function of the loops. */
  iota(at: Affine): Expr {
    return this.b.iota(this.access(-1, null, "iota", at));
  }

  /** A scalar parameter, shared by equal sources. */
  param(ty: Ty, source: ParamSource): Expr {
    const key = source.kind === "scalar" ? `${ty} s${source.index}` : `${ty} c${source.value}`;
    let slot = this.#paramKeys.get(key);
    if (slot === undefined) {
      slot = this.#params.length;
      this.#params.push({ ty, source });
      this.#paramKeys.set(key, slot);
    }
    return this.b.param(ty, slot);
  }

  /** Number of an access, shared by equal ones. */
  access(slot: number, dtype: AccessSpec["dtype"], use: AccessSpec["use"], at: Affine): number {
    const key = `${slot} ${use} ${indexKey([at])}`;
    let n = this.#accessKeys.get(key);
    if (n === undefined) {
      n = this.#accesses.length;
      this.#accesses.push({ slot, spec: { dtype, use }, at });
      this.#accessKeys.set(key, n);
    }
    return n;
  }

  /** Simplifies the loops and packs everything into a launchable step. */
  finish(
    stores: readonly { readonly access: number; readonly value: Expr }[],
    reduce: Reduction | undefined,
    block: { readonly loop: number; readonly size: number; readonly over: number } | null,
  ): KernelStep {
    const { sizes, kinds, coefs } = this.#simplified(block);
    const dims = kinds.filter((k) => !k).length;
    const accesses: AccessSpec[] = this.#accesses.map((a, i) => ({
      ...a.spec,
      classes: coefs[i].map((c): StrideClass => (c === 0 ? "0" : c === 1 ? "1" : "k")),
    }));
    const kernel: Kernel = finishKernel({
      dims,
      reduceDims: sizes.length - dims,
      accesses,
      params: this.#params.map((p) => p.ty),
      stores,
      reduce,
      vector: reduce === undefined ? "parallel" : vectorLoop(accesses, dims),
      split: block !== null,
    });
    return {
      kind: "kernel",
      kernel,
      sizes,
      block: block === null ? 0 : block.size,
      accesses: this.#accesses.map((a, i) => ({ slot: a.slot, offset: a.at.off, strides: coefs[i] })),
      params: this.#params.map((p) => p.source),
    };
  }

  /** Drops loops of one iteration and merges neighbours that every access walks as one. */
  #simplified(block: { readonly loop: number; readonly over: number } | null): {
    sizes: number[];
    kinds: boolean[];
    coefs: number[][];
  } {
    const fixed = new Set<number>(block === null ? [] : [block.loop, block.over]);
    const order: number[] = [];
    for (const reduce of [false, true]) {
      const wanted = this.loops.map((_, l) => l).filter((l) => this.loops[l].reduce === reduce);
      const useful = wanted.filter((l) => this.loops[l].size !== 1 || fixed.has(l));
      order.push(...useful);
      const needed = reduce ? wanted.length > 0 : true;
      if (useful.length === 0 && needed) order.push(reduce ? -2 : -1);
    }
    const sizes: number[] = [];
    const kinds: boolean[] = [];
    const frozen: boolean[] = [];
    const coefs: number[][] = this.#accesses.map(() => []);
    for (const l of order) {
      const size = l < 0 ? 1 : this.loops[l].size;
      const reduce = l < 0 ? l === -2 : this.loops[l].reduce;
      const mine = this.#accesses.map((a) => (l < 0 ? 0 : a.at.coef[l]));
      const last = sizes.length - 1;
      const mergeable =
        last >= 0 &&
        kinds[last] === reduce &&
        !fixed.has(l) &&
        !frozen[last] &&
        mine.every((c, i) => coefs[i][last] === c * size);
      if (mergeable) {
        sizes[last] *= size;
        for (let i = 0; i < mine.length; i++) coefs[i][last] = mine[i];
      } else {
        sizes.push(size);
        kinds.push(reduce);
        frozen.push(fixed.has(l));
        for (let i = 0; i < mine.length; i++) coefs[i].push(mine[i]);
      }
    }
    return { sizes, kinds, coefs };
  }
}

/** Vectorise along the reduction when its innermost loop walks memory with unit stride, else along the outputs. */
function vectorLoop(accesses: readonly AccessSpec[], dims: number): "parallel" | "reduce" {
  const loads = accesses.filter((a) => a.use === "load");
  const last = (a: AccessSpec): StrideClass => a.classes[a.classes.length - 1];
  if (loads.some((a) => last(a) === "1")) return "reduce";
  return loads.some((a) => a.classes[dims - 1] === "1") ? "parallel" : "reduce";
}

/** The stored tensor whose elements, in C order, are those of a chain of reshapes; null when there is none. */
function flatSource(view: Tensor, placement: Placement): { node: Tensor; slot: number } | null {
  let at = view;
  while (at.op.kind === "view" && at.op.view === "reshape") {
    at = at.ins[0];
    const slot = placement.slotFor(at);
    if (slot >= 0) return { node: at, slot };
  }
  return null;
}

/**
 * A node as a strided window of a stored tensor, looking through views; null when it is none (it is computed, or a
 * view's index is not affine).
 */
export function stridedView(node: Tensor, placement: Placement): StridedView | null {
  // A complex node has one more axis, for its parts.
  const parts = partsOf(node.dtype) - 1;
  const sizes = parts === 1 ? [...node.shape, 2] : node.shape;
  const loops: Loop[] = sizes.map((size) => ({ size, reduce: false }));
  let index: Affine[] = identityIndex(sizes.length, 0, node.ndim);
  let part: Affine = constant(sizes.length, 0);
  if (parts === 1) part = unit(sizes.length, node.ndim);
  let at = node;
  const window = (slot: number, stored: Tensor): StridedView => {
    const flat = combine(loops.length, 0, index, stridesOf(at.shape));
    const whole = isComplex(at.dtype) ? combine(loops.length, 0, [flat, part], [2, 1]) : flat;
    return { node: stored, slot, offset: whole.off, strides: [...whole.coef] };
  };
  for (;;) {
    const slot = placement.slotFor(at);
    if (slot >= 0) return window(slot, at);
    if (at.op.kind !== "view") return null;
    const direct = flatSource(at, placement);
    if (direct !== null) return window(direct.slot, direct.node);
    if (at.op.view === "realPairs") {
      part = index[index.length - 1];
      index = index.slice(0, -1);
      at = at.ins[0];
      continue;
    }
    if (at.op.view === "complexPairs") {
      index = [...index, part];
      at = at.ins[0];
      continue;
    }
    const source = throughView(at, index, loops);
    if (source === null || !Array.isArray(source)) return null;
    index = source;
    at = at.ins[0];
  }
}
