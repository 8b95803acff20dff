/** Operators side by side. Stacked sides are vectors that hold all parts, flattened, one after the other. */
import { concat, flatten, reshape, slice } from "../ops/movement.ts";
import { add } from "../ops/arith.ts";
import type { Tensor } from "../tensor.ts";
import { adjointOf } from "./algebra.ts";
import { linearOperator, requireEqualShapes, requireOperators, sharedDevice, type LinearOperator } from "./operator.ts";

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Parts of a vector, in their shapes. */
function parts(y: Tensor, shapes: readonly (readonly number[])[]): Tensor[] {
  let at = 0;
  return shapes.map((shape) => {
    const begin = at;
    at += sizeOf(shape);
    return reshape(slice(y, [[begin, at]]), shape);
  });
}

/**
 * `x -> [A x, B x, ...]`, a vector.
 * @throws ShapeError unless all have one domain, DeviceError for operators on different devices
 */
export function verticalStack(...operators: readonly LinearOperator[]): LinearOperator {
  requireOperators("verticalStack", operators);
  const [first] = operators;
  for (const a of operators) requireEqualShapes("verticalStack", "domains", first.domain, a.domain);
  const ranges = operators.map(({ range }) => range);
  return linearOperator({
    name: "verticalStack",
    ...sharedDevice("verticalStack", operators),
    domain: first.domain,
    range: [ranges.reduce((n, shape) => n + sizeOf(shape), 0)],
    dtype: first.dtype,
    apply: (x) => concat(operators.map((a) => flatten(a.apply(x)))),
    adjoint: (y) =>
      parts(y, ranges)
        .map((part, i) => operators[i].adjoint(part))
        .reduce((s, t) => add(s, t)),
  });
}

/**
 * `[x, y, ...] -> A x + B y + ...`; the argument is a vector.
 * @throws ShapeError unless all have one range, DeviceError for operators on different devices
 */
export function horizontalStack(...operators: readonly LinearOperator[]): LinearOperator {
  requireOperators("horizontalStack", operators);
  for (const a of operators) requireEqualShapes("horizontalStack", "ranges", operators[0].range, a.range);
  return adjointOf(verticalStack(...operators.map(adjointOf)));
}

/**
 * `[x, y, ...] -> [A x, B y, ...]`, from vector to vector.
 * @throws ArgumentError for no operators, DTypeError for different data types, DeviceError for different devices
 */
export function blockDiagonal(...operators: readonly LinearOperator[]): LinearOperator {
  requireOperators("blockDiagonal", operators);
  const [domains, ranges] = [operators.map(({ domain }) => domain), operators.map(({ range }) => range)];
  const total = (shapes: readonly (readonly number[])[]): number => shapes.reduce((n, shape) => n + sizeOf(shape), 0);
  return linearOperator({
    name: "blockDiagonal",
    ...sharedDevice("blockDiagonal", operators),
    domain: [total(domains)],
    range: [total(ranges)],
    dtype: operators[0].dtype,
    apply: (x) => concat(parts(x, domains).map((part, i) => flatten(operators[i].apply(part)))),
    adjoint: (y) => concat(parts(y, ranges).map((part, i) => flatten(operators[i].adjoint(part)))),
  });
}
