/** Damped least squares. */
import {
  ArgumentError,
  isTensor,
  matmul,
  mul,
  scope,
  square,
  sum,
  tensor,
  transpose,
  type Tensor,
  type Tree,
} from "@ansatz/tensor";
import { checkPositive, settings, checkFunction, type Fields } from "../../check.ts";
import { MARQUARDT_PAPER, NOCEDAL_WRIGHT_BOOK } from "../../citation.ts";
import { cholesky, choleskySolve } from "../../dense.ts";
import type { Minimizer, MinimizeState, Oracle } from "../../minimize/base.ts";
import { combination, read } from "../../vector.ts";
import { jacobian, type VectorFunction } from "./hessians.ts";

/** Options of {@link levenbergMarquardt}. */
export interface LevenbergMarquardtOptions {
  /** The residuals u: a function from vectors to vectors; `|u|^2 / 2` is minimised. */
  readonly residual: VectorFunction;
  /** First damping relative to the largest diagonal element of `J^T J`, > 0; 1e-3 when left out. */
  readonly damping?: number;
}

const FIELDS: Fields<{ residual: VectorFunction | null; damping: number }> = {
  residual: [null, checkFunction],
  damping: [1e-3, checkPositive],
};

/** Most trials of a step. */
const TRIALS = 60;

/**
 * The Levenberg-Marquardt method for `|u(x)|^2 / 2`: steps from `(J^T J + lambda I) D = -J^T u`, with lambda governed by the
 * ratio of the actual to the predicted decrease (Marquardt 1963, with Nielsen's smooth rule).
 *
 * One Jacobian (d forward derivatives) per accepted step, and one factorisation on the host per trial. The problem's start
 * must be a vector; give `value: (x) => |u|^2 / 2`, which {@link leastSquares} makes.
 * @throws ArgumentError for a value outside its range, naming it
 * @example
 * const { value } = await minimize(levenbergMarquardt({ residual }), { start, value: leastSquares(residual) });
 */
export function levenbergMarquardt(options: LevenbergMarquardtOptions): Minimizer {
  const name = "levenbergMarquardt";
  const { residual: given, damping } = settings(name, options, FIELDS);
  const residual = given as VectorFunction;
  // Jacobians at accepted points, for the step that follows.
  const known = new WeakMap<Tensor, Linearised>();
  const at = async (x: Tensor): Promise<Linearised> => {
    const found = known.get(x) ?? (await linearised(residual, x));
    known.set(x, found);
    return found;
  };
  return {
    name,
    citations: [MARQUARDT_PAPER, NOCEDAL_WRIGHT_BOOK],
    async init<P extends Tree>({ start }: Oracle<P>): Promise<MinimizeState<P>> {
      if (!isTensor(start) || start.ndim !== 1)
        throw new ArgumentError(`${name}: the start must be a vector. Use ravel().`);
      const { value, JtJ, g } = await at(start);
      const gradientNorm = Math.hypot(...g);
      return {
        iteration: 0,
        x: start,
        vectors: {},
        numbers: { lambda: damping * Math.max(...JtJ.map((row, i) => row[i]), Number.MIN_VALUE), growth: 2 },
        gradientNorm,
        value,
        cost: { values: 1, jacobians: 1, solves: 0 },
        ...(Number.isFinite(value + gradientNorm) ? {} : { failure: "non-finite" as const }),
      };
    },
    async step<P extends Tree>(_: Oracle<P>, state: MinimizeState<P>): Promise<MinimizeState<P>> {
      const x = state.x as Tensor;
      const cost = { ...state.cost };
      const { JtJ, g } = await at(x);
      const before = state.value as number;
      let { lambda, growth } = state.numbers;
      for (let trial = 0; trial < TRIALS; trial++) {
        cost["solves"]++;
        const L = cholesky(JtJ.map((row, i) => row.map((v, j) => v + (i === j ? lambda : 0))));
        if (L !== null) {
          const D = choleskySolve(L, g).map((v) => -v);
          const step = tensor(x.dtype === "f64" ? D : Float32Array.from(D), { device: x.device }) as Tensor;
          const next = scope(() => combination([1, x], [1, step])).eval();
          step.dispose();
          cost["values"]++;
          const value = await read(() => leastSquares(residual)(next));
          // Decrease of the model: D^T (lambda D - g) / 2.
          const predicted = D.reduce((s, v, i) => s + v * (lambda * v - g[i]), 0) / 2;
          const ratio = (before - value) / predicted;
          const found = Number.isFinite(value) && predicted > 0 && ratio > 0 ? await at(next) : null;
          const gradientNorm = found === null ? Number.NaN : Math.hypot(...found.g);
          if (found !== null) cost["jacobians"]++;
          if (Number.isFinite(gradientNorm)) {
            return {
              iteration: state.iteration + 1,
              x: next as Tree as P,
              vectors: {},
              numbers: { lambda: lambda * Math.max(1 / 3, 1 - (2 * ratio - 1) ** 3), growth: 2 },
              gradientNorm,
              value,
              cost,
            };
          }
          next.dispose();
        }
        lambda *= growth;
        growth *= 2;
        if (!Number.isFinite(lambda)) break;
      }
      return { ...state, cost, failure: "search-failed" };
    },
  };
}

/** `|u(x)|^2 / 2`. */
export function leastSquares(residual: VectorFunction): (x: Tensor) => Tensor {
  checkFunction("leastSquares", "residual", residual);
  return (x) => mul(sum(square(residual(x))), 0.5);
}

/** Value, `J^T J` and gradient at a point. */
interface Linearised {
  readonly value: number;
  readonly JtJ: Float64Array[];
  readonly g: Float64Array;
}

async function linearised(residual: VectorFunction, x: Tensor): Promise<Linearised> {
  const { u, J } = scope(() => ({ u: residual(x), J: jacobian(residual, x) }));
  const { product, slope } = scope(() => ({ product: matmul(transpose(J), J), slope: matmul(transpose(J), u) }));
  const us = Float64Array.from(await u.data(), Number);
  const values = Float64Array.from(await product.data(), Number);
  const g = Float64Array.from(await slope.data(), Number);
  for (const t of [u, J, product, slope]) t.dispose();
  const d = x.size;
  return {
    value: us.reduce((s, v) => s + v * v, 0) / 2,
    JtJ: Array.from({ length: d }, (_, i) => values.slice(i * d, (i + 1) * d)),
    g,
  };
}
