/** Operators made of operators. */
import { isComplex, type DType } from "../dtype.ts";
import { ArgumentError } from "../errors.ts";
import { add, mul } from "../ops/arith.ts";
import { conj } from "../ops/complex.ts";
import { requireTensor, type Tensor } from "../tensor.ts";
import {
  linearOperator,
  requireEqualShapes,
  requireField,
  requireOperator,
  requireOperators,
  sharedDevice,
  type LinearOperator,
} from "./operator.ts";

/** The adjoint as an operator of its own. */
export function adjointOf(a: LinearOperator): LinearOperator {
  requireOperator("adjointOf", a);
  return linearOperator({
    name: "adjointOf",
    ...sharedDevice("adjointOf", [a]),
    domain: a.range,
    range: a.domain,
    dtype: a.dtype,
    apply: (y) => a.adjoint(y),
    adjoint: (x) => a.apply(x),
  });
}

/**
 * The product `A B C ...`: the last operator is applied first.
 * @throws ShapeError when the range of one is not the domain of the one before it, DeviceError for operators on different
 * devices
 */
export function composition(...operators: readonly LinearOperator[]): LinearOperator {
  requireOperators("composition", operators);
  for (let i = 1; i < operators.length; i++) {
    requireEqualShapes(
      "composition",
      `domain of factor ${i} and range of factor ${i + 1}`,
      operators[i - 1].domain,
      operators[i].range,
    );
  }
  return linearOperator({
    name: "composition",
    ...sharedDevice("composition", operators),
    domain: operators[operators.length - 1].domain,
    range: operators[0].range,
    dtype: operators[0].dtype,
    apply: (x) => operators.reduceRight((t, a) => a.apply(t), x),
    adjoint: (y) => operators.reduce((t, a) => a.adjoint(t), y),
  });
}

/**
 * The sum `A + B + ...`.
 * @throws ShapeError unless all have one domain and one range, DeviceError for operators on different devices
 */
export function operatorSum(...operators: readonly LinearOperator[]): LinearOperator {
  requireOperators("operatorSum", operators);
  const [first] = operators;
  for (const a of operators) {
    requireEqualShapes("operatorSum", "domains", first.domain, a.domain);
    requireEqualShapes("operatorSum", "ranges", first.range, a.range);
  }
  return linearOperator({
    name: "operatorSum",
    ...sharedDevice("operatorSum", operators),
    domain: first.domain,
    range: first.range,
    dtype: first.dtype,
    apply: (x) => operators.map((a) => a.apply(x)).reduce((s, t) => add(s, t)),
    adjoint: (y) => operators.map((a) => a.adjoint(y)).reduce((s, t) => add(s, t)),
  });
}

/** The multiple `c A`. @throws ArgumentError unless c is a finite number */
export function scaledOperator(a: LinearOperator, factor: number): LinearOperator {
  requireOperator("scaledOperator", a);
  if (!(typeof factor === "number" && Number.isFinite(factor))) {
    throw new ArgumentError(`scaledOperator: the factor must be a finite number (got ${String(factor)}).`);
  }
  return linearOperator({
    name: "scaledOperator",
    ...sharedDevice("scaledOperator", [a]),
    domain: a.domain,
    range: a.range,
    dtype: a.dtype,
    apply: (x) => mul(a.apply(x), factor),
    adjoint: (y) => mul(a.adjoint(y), factor),
  });
}

/** `x -> x`. */
export function identityOperator(shape: readonly number[], dtype: DType = "f32"): LinearOperator {
  const same = (x: Tensor): Tensor => x;
  return linearOperator({ name: "identityOperator", domain: shape, range: shape, dtype, apply: same, adjoint: same });
}

/** `x -> d x`, elementwise. @throws DTypeError for weights that are integers or bools */
export function diagonalOperator(weights: Tensor): LinearOperator {
  requireTensor("diagonalOperator", weights, "the weights");
  requireField("diagonalOperator", weights.dtype);
  const { shape, dtype, device } = weights;
  return linearOperator({
    name: "diagonalOperator",
    domain: shape,
    range: shape,
    dtype,
    device,
    apply: (x) => mul(weights, x),
    adjoint: (y) => mul(isComplex(dtype) ? conj(weights) : weights, y),
  });
}

/**
 * `A* A + shift I`, symmetric and for shift >= 0 positive semi-definite.
 * @throws ArgumentError for a shift that is not finite
 */
export function gramOperator(a: LinearOperator, shift = 0): LinearOperator {
  requireOperator("gramOperator", a);
  if (!(typeof shift === "number" && Number.isFinite(shift))) {
    throw new ArgumentError(`gramOperator: the shift must be a finite number (got ${String(shift)}).`);
  }
  const both = (x: Tensor): Tensor => {
    const y = a.adjoint(a.apply(x));
    return shift === 0 ? y : add(y, mul(x, shift));
  };
  return linearOperator({
    name: "gramOperator",
    ...sharedDevice("gramOperator", [a]),
    domain: a.domain,
    range: a.domain,
    dtype: a.dtype,
    apply: both,
    adjoint: both,
  });
}
