/** Installs the common operations as methods, so that `x.mul(2).sum({ axis: 0 })` reads from left to right. */
import type { DType } from "./dtype.ts";
import { abs, add, clip, div, floor, maximum, minimum, mod, mul, neg, sqrt, square, sub } from "./ops/arith.ts";
import { equal, greater, greaterEqual, less, lessEqual, logicalNot, notEqual } from "./ops/compare.ts";
import { to } from "./ops/create.ts";
import { astype } from "./ops/elementwise.ts";
import { exp, log, sigmoid } from "./ops/math.ts";
import { matmul } from "./ops/matmul.ts";
import {
  broadcastTo,
  flatten,
  flip,
  permute,
  reshape,
  slice,
  squeeze,
  transpose,
  unsqueeze,
  type Range,
} from "./ops/movement.ts";
import {
  argmax,
  argmin,
  max,
  mean,
  min,
  prod,
  std,
  sum,
  variance,
  type ArgOptions,
  type ReduceOptions,
  type VarianceOptions,
} from "./ops/reduce.ts";
import { pow } from "./ops/power.ts";
import { take } from "./ops/take.ts";
import { cos, sin, tanh } from "./ops/trig.ts";
import { Tensor } from "./tensor.ts";

const METHODS = {
  abs,
  add,
  argmax,
  argmin,
  astype,
  broadcastTo,
  clip,
  cos,
  div,
  equal,
  exp,
  flatten,
  flip,
  floor,
  greater,
  greaterEqual,
  less,
  lessEqual,
  log,
  logicalNot,
  matmul,
  max,
  maximum,
  mean,
  min,
  minimum,
  mod,
  mul,
  neg,
  notEqual,
  permute,
  pow,
  prod,
  reshape,
  sigmoid,
  sin,
  slice,
  sqrt,
  square,
  squeeze,
  std,
  sub,
  sum,
  take,
  tanh,
  to,
  transpose,
  unsqueeze,
  variance,
};

type Method = (self: Tensor, a?: unknown, b?: unknown) => unknown;

for (const [name, fn] of Object.entries(METHODS) as unknown as [string, Method][]) {
  Object.defineProperty(Tensor.prototype, name, {
    // No rest parameters: a method call should cost no more than the function's.
    value(this: Tensor, a?: unknown, b?: unknown) {
      return fn(this, a, b);
    },
    writable: true,
    configurable: true,
  });
}

/** What Node's console shows instead of the graph. */
Object.defineProperty(Tensor.prototype, Symbol.for("nodejs.util.inspect.custom"), {
  value(this: Tensor) {
    return this.toString();
  },
  writable: true,
  configurable: true,
});

/* eslint-disable @typescript-eslint/method-signature-style -- merged with a class */
declare module "./tensor.ts" {
  interface Tensor<D extends DType> {
    /** See the function `abs`; likewise for all methods below. */
    abs(): Tensor<D>;
    add(y: Operand): Tensor;
    argmax(options?: ArgOptions): Tensor<"i32">;
    argmin(options?: ArgOptions): Tensor<"i32">;
    astype<E extends DType>(dtype: E): Tensor<E>;
    broadcastTo(shape: readonly number[]): Tensor<D>;
    clip(low: Operand, high: Operand): Tensor;
    cos(): Tensor;
    div(y: Operand): Tensor;
    equal(y: Operand): Tensor;
    exp(): Tensor;
    flatten(): Tensor<D>;
    flip(axis?: number | readonly number[]): Tensor<D>;
    floor(): Tensor;
    greater(y: Operand): Tensor;
    greaterEqual(y: Operand): Tensor;
    less(y: Operand): Tensor;
    lessEqual(y: Operand): Tensor;
    log(): Tensor;
    logicalNot(): Tensor;
    matmul(y: Tensor): Tensor;
    max(options?: ReduceOptions): Tensor;
    maximum(y: Operand): Tensor;
    mean(options?: ReduceOptions): Tensor;
    min(options?: ReduceOptions): Tensor;
    minimum(y: Operand): Tensor;
    mod(y: Operand): Tensor;
    mul(y: Operand): Tensor;
    neg(): Tensor;
    notEqual(y: Operand): Tensor;
    permute(axes?: readonly number[]): Tensor<D>;
    pow(y: Operand): Tensor;
    prod(options?: ReduceOptions): Tensor;
    reshape(shape: readonly number[] | number): Tensor<D>;
    sigmoid(): Tensor;
    sin(): Tensor;
    slice(ranges: readonly Range[]): Tensor<D>;
    sqrt(): Tensor;
    square(): Tensor;
    squeeze(axis?: number | readonly number[]): Tensor<D>;
    std(options?: VarianceOptions): Tensor;
    sub(y: Operand): Tensor;
    sum(options?: ReduceOptions): Tensor;
    take(indices: Tensor, axis?: number): Tensor<D>;
    tanh(): Tensor;
    to(device: string): Promise<Tensor<D>>;
    transpose(first?: number, second?: number): Tensor<D>;
    unsqueeze(axis: number): Tensor<D>;
    variance(options?: VarianceOptions): Tensor;
  }
}
