/**
 * The kinds of operations a graph node can have. An operation is one immutable object: its inference happens in the
 * function that records it, everything else (lowering, derivative, cost) hangs here.
 */
import type { Routine } from "../backend/backend.ts";
import type { DType } from "../dtype.ts";
import type { Expr, ExprBuilder, Ty } from "../kernel/expr.ts";
import type { Tensor } from "../tensor.ts";
import type { Draft } from "./draft.ts";
import type { Affine } from "./index.ts";
import type { KernelBuilder } from "./lower.ts";

/** Gradient of a real-valued loss with respect to one input, from the gradient of the output. */
export type VjpRule = (g: Tensor, out: Tensor, inputs: readonly Tensor[]) => Tensor | null;

interface OpBase {
  /** Serial number, used in cache keys. */
  readonly id: number;
  readonly name: string;
  /** Whether it packs or unpacks halves; all others meet f32 in their place. */
  readonly packs?: boolean;
  /** One rule per input; absent: no gradient flows (integer results, comparisons). */
  readonly vjp?: readonly VjpRule[];
  /** A rule shared by all inputs, for operations with any number of them. */
  readonly vjpAt?: (g: Tensor, out: Tensor, index: number) => Tensor | null;
}

/** A tensor with data, or a placeholder for one. */
export interface LeafOp extends OpBase {
  readonly kind: "leaf";
}

/** A number that is handed to kernels as a parameter. */
export interface ScalarOp extends OpBase {
  readonly kind: "scalar";
}

/** Real and imaginary part of a complex value. */
export type Pair = readonly [re: Expr, im: Expr];

/** What a node computes at a position: one expression, or two for a complex number. */
export type Value = Expr | Pair;

/** Whether a value is complex. */
export function isPair(x: Value): x is Pair {
  return Array.isArray(x);
}

/** Elementwise: the result at a position depends on the inputs at the same position. Rank-0 inputs broadcast. */
export interface MapOp extends OpBase {
  readonly kind: "map";
  readonly lower: (b: ExprBuilder, args: readonly Expr[], attr: unknown, out: Ty) => Expr;
  /** The same where an operand or the result is complex; absent: complex numbers are not accepted. */
  readonly complex?: (b: ExprBuilder, args: readonly Value[], out: DType) => Value;
  /** Rough cost relative to one addition. */
  readonly cost: number;
}

/** The linear index of the position, as i32 or u32, plus `attr.offset`. */
export interface IotaOp extends OpBase {
  readonly kind: "iota";
}

/** A rearrangement that moves no data when it is fused. */
export interface ViewOp extends OpBase {
  readonly kind: "view";
  /** `realPairs`: complex numbers as pairs along a new last axis; `complexPairs`: the way back. */
  readonly view: "reshape" | "permute" | "expand" | "slice" | "realPairs" | "complexPairs";
}

/** Attributes of views. */
export interface PermuteAttr {
  readonly perm: readonly number[];
}
export interface SliceAttr {
  readonly starts: readonly number[];
  readonly steps: readonly number[];
}

/** `take`: rows of input 0 chosen by the integers of input 1 along `attr.axis`. */
export interface TakeOp extends OpBase {
  readonly kind: "take";
  /** Value of the node at `index` inside a kernel. */
  readonly value: (k: KernelBuilder, node: Tensor, index: readonly Affine[]) => Value;
}
export interface TakeAttr {
  readonly axis: number;
  /** Whether indices are checked: negative ones count from the end, others outside give `outside`. */
  readonly checked: boolean;
  /** NaN (0 for integers) when left out. */
  readonly outside?: number;
}

/** How a node that is no part of other kernels adds its steps to a plan. */
export type Schedule = (draft: Draft, node: Tensor) => void;

/** Reduction over `attr.axes`. */
export interface ReduceOp extends OpBase {
  readonly kind: "reduce";
  readonly schedule: Schedule;
  /** Types of the accumulators for an input of type `ty`. */
  readonly types: (ty: Ty) => readonly Ty[];
  readonly init: (b: ExprBuilder, ty: Ty) => readonly Expr[];
  /** The accumulators that one element stands for; `index` is its linear index along the reduced axes. */
  readonly element: (b: ExprBuilder, x: Expr, index: () => Expr) => readonly Expr[];
  readonly merge: (b: ExprBuilder, left: readonly Expr[], right: readonly Expr[]) => readonly Expr[];
  /** The result from the accumulators. */
  readonly finish: (b: ExprBuilder, acc: readonly Expr[]) => Expr;
  /** The parts of a complex number are reduced like two real ones; absent: complex numbers are not accepted. */
  readonly byParts?: boolean;
}
export interface ReduceAttr {
  readonly axes: readonly number[];
}

/** Places its inputs into regions of a new tensor, over a background value. */
export interface AssembleOp extends OpBase {
  readonly kind: "assemble";
  readonly schedule: Schedule;
}
export interface AssembleAttr {
  /** Background, or null when the regions cover everything. */
  readonly fill: number | null;
  /** Per input: position i goes to `start + step * i`. */
  readonly regions: readonly { readonly starts: readonly number[]; readonly steps: readonly number[] }[];
}

/** Shape and data type of a value. */
export interface Aval {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** A hand-written operation. Its node is its first output; further ones are `pick` nodes on it. */
export interface RoutineOp extends OpBase {
  readonly kind: "routine";
  readonly schedule: Schedule;
  /** Outputs after the first, from the node's inputs and attributes; absent: there are none. */
  readonly more?: (node: Tensor) => readonly Aval[];
  /**
   * Gradients for all inputs from those of all outputs (undefined where none flows), instead of `vjp`; for routines with
   * several outputs.
   */
  readonly vjpAll?: (cotangents: readonly (Tensor | undefined)[], node: Tensor) => readonly (Tensor | null)[];
  readonly routine: Routine;
  /** Per input: whether the routine reads arbitrary strides; otherwise the input is made contiguous first. */
  readonly strided: readonly boolean[];
}

/** Output number `attr.index` (from 1) of the routine that is its input. */
export interface PickOp extends OpBase {
  readonly kind: "pick";
}
export interface PickAttr {
  readonly index: number;
}

export type Op = LeafOp | ScalarOp | MapOp | IotaOp | ViewOp | TakeOp | ReduceOp | AssembleOp | RoutineOp | PickOp;

let count = 0;

/** Completes an operation with its serial number. */
export function defineOp<T extends Op>(op: Omit<T, "id">): T {
  return { ...op, id: count++ } as unknown as T;
}

/** An interned attribute: equal attributes are the same object. */
export interface Attr<T = unknown> {
  readonly id: number;
  readonly value: T;
}

/** The attribute of a node whose operation has one. */
export function attrOf<T>(node: Tensor): T {
  return (node.attr as Attr<T>).value;
}

const attrs = new Map<string, Attr>();

/** Interns an attribute by its text. */
export function internAttr<T>(value: T): Attr<T> {
  const key = textOf(value);
  let attr = attrs.get(key);
  if (attr === undefined) {
    attr = { id: attrs.size + 1, value };
    attrs.set(key, attr);
  }
  return attr as Attr<T>;
}

/** A text that is equal for equal values made of numbers, strings, lists and objects; what is undefined is left out. */
function textOf(value: unknown): string {
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : `${value}`;
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value !== "object" || value === null) return String(value);
  let text = "";
  if (Array.isArray(value)) {
    for (const item of value) text += `${textOf(item)},`;
    return `[${text}]`;
  }
  const fields = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(fields)) {
    if (fields[key] !== undefined) text += `${key}:${textOf(fields[key])},`;
  }
  return `{${text}}`;
}
