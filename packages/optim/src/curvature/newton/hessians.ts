/** Second derivatives and their approximations, as matrices and as operators. */
import {
  add,
  eye,
  grad,
  jvp,
  matmul,
  mul,
  pow,
  reshape,
  slice,
  stack,
  sum,
  transpose,
  square,
  sqrt,
  maximum,
  vjp,
  type Tensor,
} from "@ansatz/tensor";
import { linearOperator, type LinearOperator } from "@ansatz/tensor/linear";
import { checkFunction, checkPositive } from "../../check.ts";

/** A scalar function of a vector. */
export type ScalarFunction = (x: Tensor) => Tensor;
/** A function from vectors to vectors, such as residuals. */
export type VectorFunction = (x: Tensor) => Tensor;

/** Rows that a linear map gives for the unit vectors. */
function images(x: Tensor, map: (v: Tensor) => Tensor): Tensor {
  const units = eye(x.size, x.size, { dtype: x.dtype as "f32", device: x.device });
  return stack(Array.from({ length: x.size }, (_, i) => map(reshape(slice(units, [i]), x.shape))));
}

/** The Jacobian [m, d] of a function at a point, column by column; O(d) times the function. */
export function jacobian(f: VectorFunction, x: Tensor): Tensor {
  checkFunction("jacobian", "f", f);
  return transpose(images(x, (v) => jvp(f, [x], [v]).tangent as Tensor));
}

/** The matrix of second derivatives, forwards over backwards; O(d) times the gradient. */
export function exactHessian(f: ScalarFunction): (x: Tensor) => Tensor {
  checkFunction("exactHessian", "f", f);
  const gradient = grad(f);
  return (x) => images(x, (v) => jvp(gradient, [x], [v]).tangent as Tensor);
}

/** The same as an operator: a product costs a few gradients, and there is no matrix. */
export function hessianOperator(f: ScalarFunction): (x: Tensor) => LinearOperator {
  checkFunction("hessianOperator", "f", f);
  const gradient = grad(f);
  return (x) => {
    const apply = (v: Tensor): Tensor => jvp(gradient, [x], [v]).tangent as Tensor;
    return linearOperator({
      name: "hessianOperator",
      domain: x.shape,
      range: x.shape,
      dtype: x.dtype,
      apply,
      adjoint: apply,
    });
  };
}

/** `J^T J` for `f = |u|^2 / 2`: the Hessian without the curvature of u, positive semi-definite. */
export function gaussNewton(residual: VectorFunction): (x: Tensor) => Tensor {
  checkFunction("gaussNewton", "residual", residual);
  return (x) => {
    const J = jacobian(residual, x);
    return matmul(transpose(J), J);
  };
}

/** The same as an operator: one product forwards and one backwards. */
export function gaussNewtonOperator(residual: VectorFunction): (x: Tensor) => LinearOperator {
  checkFunction("gaussNewtonOperator", "residual", residual);
  return (x) => {
    const apply = (v: Tensor): Tensor => {
      const forwards = jvp(residual, [x], [v]).tangent as Tensor;
      return vjp(residual, x).pull(forwards)[0] as Tensor;
    };
    return linearOperator({
      name: "gaussNewtonOperator",
      domain: x.shape,
      range: x.shape,
      dtype: x.dtype,
      apply,
      adjoint: apply,
    });
  };
}

/**
 * For `f = mu log sum_i exp(u_i / mu)` with `u = A x - b`: `A^T diag(softmax(u / mu)) A / mu`, the Hessian without its
 * negative rank-one term.
 * @param weights the softmax weights at x
 * @throws ArgumentError unless weights is a function and mu positive
 */
export function weightedGaussNewton(A: Tensor, weights: (x: Tensor) => Tensor, mu = 1): (x: Tensor) => Tensor {
  checkFunction("weightedGaussNewton", "weights", weights);
  checkPositive("weightedGaussNewton", "mu", mu);
  return (x) => mul(matmul(transpose(A), mul(reshape(weights(x), [A.shape[0], 1]), A)), 1 / mu);
}

/**
 * For `f = |u|^p / p`: `|u|^(p-2) J^T J + (p - 2) |u|^(p-4) (J^T u)(J^T u)^T`, the Hessian without the curvature of u; or
 * its second term alone, which is the Fisher term. Where u = 0, powers below 0 count as those of the least positive number.
 * @throws ArgumentError unless residual is a function and p positive
 */
export function powerHessian(
  residual: VectorFunction,
  p: number,
  part: "all" | "fisher" = "all",
): (x: Tensor) => Tensor {
  checkFunction("powerHessian", "residual", residual);
  checkPositive("powerHessian", "p", p);
  return (x) => {
    const u = residual(x);
    const J = jacobian(residual, x);
    const size = maximum(sqrt(sum(square(u))), 1e-30);
    const g = reshape(matmul(transpose(J), u), [x.size, 1]);
    const fisher = mul(matmul(g, transpose(g)), mul(pow(size, p - 4), p - 2));
    return part === "fisher" ? fisher : add(mul(matmul(transpose(J), J), pow(size, p - 2)), fisher);
  };
}

/** `(1 / n) sum_i g_i g_i^T` from the gradients of n samples, one per row. */
export function empiricalFisher(gradients: (x: Tensor) => Tensor): (x: Tensor) => Tensor {
  checkFunction("empiricalFisher", "gradients", gradients);
  return (x) => {
    const G = gradients(x);
    return mul(matmul(transpose(G), G), 1 / G.shape[0]);
  };
}
