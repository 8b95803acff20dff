/** Measurements without phases, as detectors of intensity make them. Not linear: a value, and a product with the Jacobian's adjoint. */
import {
  add,
  ArgumentError,
  asComplex,
  asReal,
  checkOptions,
  div,
  greater,
  imag,
  isComplex,
  maximum,
  mul,
  real,
  sqrt,
  square,
  unsqueeze,
  where,
  type Tensor,
} from "@ansatz/tensor";
import type { LinearOperator } from "@ansatz/tensor/linear";
import { checkChoice, checkShaped } from "../check.ts";

/** A differentiable map between arrays. */
export interface NonlinearOperator {
  readonly domain: readonly number[];
  readonly range: readonly number[];
  /** `f(x)`. */
  apply(x: Tensor): Tensor;
  /**
   * `J* y`, J the Jacobian at x: the gradient of `<y, f(x)>`, of complex x with respect to real and imaginary parts together, so that
   * `x - step vjp(x, f(x) - data)` goes downhill for `|f(x) - data|^2 / 2`.
   */
  vjp(x: Tensor, y: Tensor): Tensor;
}

/**
 * `f(x) = |A x|` or `|A x|^2`, real, of the operator's range; its phases are lost (phase retrieval, ptychography, holography). With z = A x,
 * `J* y = A* (y z / |z|)`, where a z of 0 counts 0, or `A* (2 y z)`.
 * @param options.kind `"magnitude"` when left out, or `"intensity"`
 * @throws ArgumentError unless the operator is one; ShapeError for arguments of another shape
 */
export function phaselessOperator(
  operator: LinearOperator,
  options: { readonly kind?: "magnitude" | "intensity" } = {},
): NonlinearOperator {
  const name = "phaselessOperator";
  checkOptions(name, options, ["kind"]);
  const { kind = "magnitude" } = options;
  checkChoice(name, "kind", kind, ["magnitude", "intensity"]);
  if (typeof operator?.apply !== "function" || typeof operator.adjoint !== "function") {
    throw new ArgumentError(`${name}: operator is none (got ${typeof operator}, expected a LinearOperator).`);
  }
  const { domain, range } = operator;
  const squares = (z: Tensor): Tensor => (isComplex(z.dtype) ? add(square(real(z)), square(imag(z))) : square(z));
  /** A real factor times every element. */
  const scaled = (z: Tensor, factor: Tensor): Tensor =>
    isComplex(z.dtype) ? asComplex(mul(asReal(z), unsqueeze(factor, factor.ndim))) : mul(z, factor);
  return {
    domain,
    range,
    apply(x) {
      checkShaped(`${name}: apply`, "x", x, domain);
      const size = squares(operator.apply(x));
      return kind === "intensity" ? size : sqrt(size);
    },
    vjp(x, y) {
      checkShaped(`${name}: vjp`, "x", x, domain);
      checkShaped(`${name}: vjp`, "y", y, range);
      const z = operator.apply(x);
      if (kind === "intensity") return operator.adjoint(scaled(z, mul(y, 2)));
      const size = sqrt(squares(z));
      return operator.adjoint(scaled(z, where(greater(size, 0), div(y, maximum(size, Number.MIN_VALUE)), 0)));
    },
  };
}
