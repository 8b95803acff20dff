/** What the body of a kernel is written with, as types. */
import type { Expr, ExprBuilder } from "../expr.ts";
import type { Like, Value, ValueType } from "./value.ts";

/** An input: its type, and the number of its axes where that is fixed (needed to index by axes). */
export type InputSpec = ValueType | { readonly dtype: ValueType; readonly rank?: number };

/** Inputs by name. */
export type InputSpecs = Readonly<Record<string, InputSpec>>;
/** Types of outputs or attributes by name. */
export type TypeSpecs = Readonly<Record<string, ValueType>>;

/** The type of an input's elements. */
export type TypeOf<S extends InputSpec> = S extends { readonly dtype: infer D extends ValueType }
  ? D
  : S extends ValueType
    ? S
    : never;

/** An input inside a body. */
export interface KernelInput<T extends ValueType = ValueType> {
  readonly kind: "input";
  readonly name: string;
  readonly type: T;
  /** @internal */
  readonly buffer: number;
}

/** An output inside a body. */
export interface KernelOutput<T extends ValueType = ValueType> {
  readonly kind: "output";
  readonly name: string;
  readonly type: T;
  /** @internal */
  readonly buffer: number;
}

/** One index into the elements in C order, or one index per axis. */
export type ElementIndex = Like<"i32"> | readonly Like<"i32">[];

/** A value that can be replaced. */
export interface Variable<T extends ValueType> {
  /** The value now; it does not change when the variable does. */
  get(): Value<T>;
  set(value: Like<T>): void;
  /** Adds to a variable of numbers. */
  add(value: Like<T>): void;
}

/** The tools of a body: `body: (k) => { ... }`. */
export interface KernelContext<I extends InputSpecs, O extends TypeSpecs, A extends TypeSpecs> {
  readonly inputs: { readonly [K in keyof I]: KernelInput<TypeOf<I[K]>> };
  readonly outputs: { readonly [K in keyof O]: KernelOutput<O[K]> };
  readonly attrs: { readonly [K in keyof A]: Value<A[K]> };
  /** Number of this unit, where `units` gives one number. */
  readonly index: Value<"i32">;
  /** Position of this unit in the loops that `units` gives, the last one fastest. */
  readonly indices: readonly Value<"i32">[];
  /** Size of an axis. */
  size(operand: KernelInput | KernelOutput, axis: number): Value<"i32">;
  /**
   * An element. The index must lie inside (the `js` device checks that). Of an output, a unit may read what it has written.
   */
  load<T extends ValueType>(from: KernelInput<T> | KernelOutput<T>, index: ElementIndex): Value<T>;
  /** Writes an element. It must belong to this unit: no other unit may read or write it. */
  store<T extends ValueType>(to: KernelOutput<T>, index: ElementIndex, value: Like<T>): void;
  constant<T extends ValueType>(type: T, value: T extends "bool" ? boolean : number): Value<T>;
  variable<T extends ValueType>(type: T, first: Like<T>): Variable<T>;
  /** `for (i = from; i < to; i += step)`; bounds may differ from unit to unit. `step` is a positive constant, 1 when left out. */
  for(from: Like<"i32">, to: Like<"i32">, body: (i: Value<"i32">) => void, options?: { readonly step?: number }): void;
  /** Evaluates `condition` before every round and ends when it is false. */
  while(condition: () => Value<"bool">, body: () => void): void;
  /** Ends the innermost loop for this unit. What follows it in its block is not reached. */
  break(): void;
  /** Goes on with the next round of the innermost loop for this unit. */
  continue(): void;
  if(condition: Value<"bool">, then: () => void, otherwise?: () => void): void;
  /** `condition ? x : y`; both are computed. */
  select<T extends ValueType>(condition: Value<"bool">, x: Value<T>, y: Like<T>): Value<T>;
  /** `term(from) + term(from + 1) + ... + term(to - 1)`, added from the left to 0. */
  sum<T extends "i32" | "u32" | "f32" | "f64" | "float">(
    type: T,
    from: Like<"i32">,
    to: Like<"i32">,
    term: (i: Value<"i32">) => Value<T>,
  ): Value<T>;
  /** Applies a function of the scalar language, such as `expExpr`, to values of one type. */
  apply<T extends ValueType>(f: (b: ExprBuilder, ...x: Expr[]) => Expr, first: Value<T>, ...rest: Like<T>[]): Value<T>;
}
