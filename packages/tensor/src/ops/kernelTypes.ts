/** How kernels are defined and called, as types. */
import type { InputSpecs, KernelContext, TypeSpecs } from "../kernel/dsl/context.ts";
import type { ValueType } from "../kernel/dsl/value.ts";
import type { Tensor } from "../tensor.ts";

/** The data type of a tensor of elements of type T. */
export type DTypeOf<T extends ValueType> = T extends "float" ? "f32" | "f64" : Exclude<T, "float">;

/** Sizes of the inputs' axes by name. */
export type Shapes<I extends InputSpecs> = { readonly [K in keyof I]: readonly number[] };
/** Attributes by name. */
export type AttrValues<A extends TypeSpecs> = {
  readonly [K in keyof A]: A[K] extends "bool" ? boolean : number;
};

/** An output: the type of its elements and its shape, from the inputs' shapes and the attributes. */
export interface OutputSpec<T extends ValueType, I extends InputSpecs, A extends TypeSpecs> {
  readonly dtype: T;
  readonly shape: (shapes: Shapes<I>, attrs: AttrValues<A>) => readonly number[];
}

/** What a kernel was called with. */
export interface KernelCall<I extends InputSpecs, A extends TypeSpecs> {
  readonly inputs: { readonly [K in keyof I]: Tensor };
  readonly attrs: AttrValues<A>;
}

/** The definition of a kernel, see {@link defineKernel}. */
export interface KernelSpec<I extends InputSpecs, O extends TypeSpecs, A extends TypeSpecs> {
  /** For messages. */
  readonly name: string;
  readonly inputs: I;
  readonly outputs: { readonly [K in keyof O]: OutputSpec<O[K], I, A> };
  /** Numbers that are fixed per call, such as sizes of outputs. Every new set of values makes a new plan. */
  readonly attrs?: A;
  /** How many units there are: one number, or the sizes of several loops, the last one fastest. */
  readonly units: (shapes: Shapes<I>, attrs: AttrValues<A>) => number | readonly number[];
  /** What one unit does. */
  readonly body: (k: KernelContext<I, O, A>) => void;
  /**
   * Gradients with respect to inputs, from those of the outputs (zeros where none flows): `gradient_i = sum_o J_oi^T ct_o`.
   * Inputs that are left out get none. Made of other kernels and operations.
   */
  readonly vjp?: (
    cotangents: { readonly [K in keyof O]: Tensor },
    call: KernelCall<I, A>,
  ) => { readonly [K in keyof I]?: Tensor | null };
}

/** A kernel as a function from tensors to tensors. Inputs of rank 0 may be numbers. */
export type KernelFunction<I extends InputSpecs, O extends TypeSpecs, A extends TypeSpecs> = (
  inputs: { readonly [K in keyof I]: Tensor | (I[K] extends { readonly rank: 0 } ? number : never) },
  ...attrs: string extends keyof A ? [] : [attrs: AttrValues<A>]
) => { readonly [K in keyof O]: Tensor<DTypeOf<O[K]>> };
