/**
 * Where an element comes from: for each axis of a node, an affine function of a kernel's loops. Views compose by
 * rewriting these functions, so that they cost nothing inside a kernel.
 */
import type { Tensor } from "../tensor.ts";
import { stridesOf } from "../shape.ts";
import { attrOf, type PermuteAttr, type SliceAttr } from "./op.ts";

/** `off + sum coef[l] * i_l` over the loops. */
export interface Affine {
  readonly off: number;
  readonly coef: readonly number[];
}

/** One loop of a kernel under construction. */
export interface Loop {
  readonly size: number;
  readonly reduce: boolean;
}

/** Asks for loop `loop` to be split into an outer loop and an inner one of `inner` iterations. */
export interface Refine {
  readonly loop: number;
  readonly inner: number;
}

/** The identity index of a loop nest's first `count` loops starting at `first`. */
export function identityIndex(loops: number, first: number, count: number): Affine[] {
  return Array.from({ length: count }, (_, d) => unit(loops, first + d));
}

/** The affine function that is just loop `l`. */
export function unit(loops: number, l: number): Affine {
  const coef = new Array<number>(loops).fill(0);
  coef[l] = 1;
  return { off: 0, coef };
}

/** A constant. */
export function constant(loops: number, off: number): Affine {
  return { off, coef: new Array<number>(loops).fill(0) };
}

/** `base + sum scale[d] * parts[d]`. */
export function combine(loops: number, base: number, parts: readonly Affine[], scale: readonly number[]): Affine {
  const coef = new Array<number>(loops).fill(0);
  let off = base;
  for (let d = 0; d < parts.length; d++) {
    off += parts[d].off * scale[d];
    for (let l = 0; l < loops; l++) coef[l] += parts[d].coef[l] * scale[d];
  }
  return { off, coef };
}

/** A text that is equal for equal index lists. */
export function indexKey(index: readonly Affine[]): string {
  let key = "";
  for (const a of index) key += `${a.off}:${a.coef.join()};`;
  return key;
}

/**
 * The index of a view's source, given the index of the view; a {@link Refine} when a loop must be split first; or null
 * when the source index is no affine function of the loops.
 */
export function throughView(view: Tensor, index: readonly Affine[], loops: readonly Loop[]): Affine[] | Refine | null {
  const source = view.ins[0];
  const op = view.op;
  if (op.kind !== "view") return null;
  switch (op.view) {
    case "permute": {
      const { perm } = attrOf<PermuteAttr>(view);
      const out = new Array<Affine>(perm.length);
      for (let d = 0; d < perm.length; d++) out[perm[d]] = index[d];
      return out;
    }
    case "expand": {
      const lead = view.shape.length - source.shape.length;
      return source.shape.map((n, d) =>
        n === 1 && view.shape[lead + d] !== 1 ? constant(loops.length, 0) : index[lead + d],
      );
    }
    case "slice": {
      const { starts, steps } = attrOf<SliceAttr>(view);
      return index.map((a, d) => combine(loops.length, starts[d], [a], [steps[d]]));
    }
    case "reshape":
      return throughReshape(view.shape, source.shape, index, loops);
    default:
      return null;
  }
}

function throughReshape(
  to: readonly number[],
  from: readonly number[],
  index: readonly Affine[],
  loops: readonly Loop[],
): Affine[] | Refine | null {
  const zero = constant(loops.length, 0);
  if (from.includes(0)) return from.map(() => zero);
  const out: Affine[] = new Array<Affine>(from.length);
  let i = 0;
  let j = 0;
  // Walk groups of axes with equal products.
  while (i < to.length || j < from.length) {
    const i0 = i;
    const j0 = j;
    let a = i < to.length ? to[i++] : 1;
    let b = j < from.length ? from[j++] : 1;
    while (a !== b) {
      if (a < b) a *= to[i++];
      else b *= from[j++];
    }
    const linear = combine(loops.length, 0, index.slice(i0, i), stridesOf(to.slice(i0, i)));
    const split = splitAffine(linear, from.slice(j0, j), loops);
    if (!Array.isArray(split)) return split;
    for (let d = j0; d < j; d++) out[d] = split[d - j0];
  }
  return out;
}

/** Writes a linear index as a mixed-radix number with digits of the given sizes, each digit affine. */
function splitAffine(linear: Affine, sizes: readonly number[], loops: readonly Loop[]): Affine[] | Refine | null {
  const digits = new Array<Affine>(sizes.length);
  let rest: Affine = linear;
  for (let d = sizes.length - 1; d >= 0; d--) {
    const n = sizes[d];
    if (sizes.slice(0, d).every((s) => s === 1)) {
      digits[d] = rest;
      for (let e = 0; e < d; e++) digits[e] = constant(loops.length, 0);
      return digits;
    }
    const inner = new Array<number>(loops.length).fill(0);
    const outer = new Array<number>(loops.length).fill(0);
    const low = ((rest.off % n) + n) % n;
    let least = low;
    let most = low;
    for (let l = 0; l < loops.length; l++) {
      const c = rest.coef[l];
      const count = loops[l].size;
      if (c === 0 || count <= 1) continue;
      if (c % n === 0) {
        outer[l] = c / n;
      } else if (Math.abs(c) * (count - 1) < n) {
        inner[l] = c;
        if (c > 0) most += c * (count - 1);
        else least += c * (count - 1);
      } else if (c > 0 && n % c === 0 && count % (n / c) === 0) {
        return { loop: l, inner: n / c };
      } else {
        return null;
      }
    }
    if (least < 0 || most >= n) return null;
    digits[d] = { off: low, coef: inner };
    rest = { off: (rest.off - low) / n, coef: outer };
  }
  return digits;
}
