/** The simultaneous algebraic reconstruction technique, and Kaczmarz's method. */
import { add, ArgumentError, checkOptions, mul, ones, sub, type Tensor } from "@ansatz/tensor";
import { KACZMARZ_PAPER, SART_PAPER } from "../citation.ts";
import { inner } from "../vector.ts";
import type { Algorithm } from "./base.ts";
import { checkRelaxation, checkSubsets, inverse, type Subset } from "./subsets.ts";
import { advance, begin, checkBounds, clipTo, startOf, type Bounds } from "./tools.ts";

/** Options of {@link sart}. */
export interface SartOptions extends Bounds {
  /** The blocks, in the order of their use: one per view for SART, a few for OS-SART. */
  readonly subsets: readonly Subset[];
  /** Relaxation w, in (0, 2); 1 when left out. */
  readonly relaxation?: number;
}

/**
 * SIRT's update for one subset after the other, with the sums of the subset's columns (Andersen and Kak 1984): an iteration goes
 * through all of them. With one view per subset it is SART, with more OS-SART.
 *
 * Two applications of A and one of its adjoint per iteration; early iterations gain about as much as a SIRT iteration per subset.
 * @throws ArgumentError for an option outside its range
 */
export function sart(options: SartOptions): Algorithm {
  const name = "sart";
  checkOptions(name, options, ["subsets", "relaxation", "lower", "upper"]);
  const { subsets, relaxation = 1 } = options;
  checkSubsets(name, subsets);
  checkRelaxation(name, relaxation);
  checkBounds(name, options);
  return {
    name,
    citations: [SART_PAPER],
    watchesResidual: true,
    complex: false,
    init(problem) {
      const { dtype } = problem.operator;
      const one = { dtype, device: problem.data.device } as never;
      return begin(problem, startOf(problem), () => {
        const weights: Record<string, Tensor> = {};
        for (const [s, { operator }] of subsets.entries()) {
          weights[`rows${s}`] = inverse(operator.apply(ones(operator.domain, one)));
          weights[`columns${s}`] = inverse(operator.adjoint(ones(operator.range, one)));
        }
        return weights;
      });
    },
    step(problem, { vectors, ...state }) {
      return advance(problem, { ...state, vectors }, () => ({
        x: subsets.reduce((x, { operator, pick }, s) => {
          const residual = mul(vectors[`rows${s}`], sub(pick(problem.data), operator.apply(x)));
          const update = mul(vectors[`columns${s}`], operator.adjoint(residual));
          return clipTo(add(x, mul(update, relaxation)), options);
        }, state.x),
      }));
    },
  };
}

/**
 * Kaczmarz's method: `x += w (b_i - <a_i, x>) a_i / |a_i|^2` for one row after the other (Kaczmarz 1937); an iteration is a sweep.
 * Every subset must be a single row.
 * @throws ArgumentError for an option outside its range, or a subset of more than one row
 */
export function kaczmarz(options: SartOptions): Algorithm {
  const name = "kaczmarz";
  checkOptions(name, options, ["subsets", "relaxation", "lower", "upper"]);
  const { subsets, relaxation = 1 } = options;
  checkSubsets(name, subsets);
  checkRelaxation(name, relaxation);
  checkBounds(name, options);
  for (const [s, { operator }] of subsets.entries()) {
    const rows = operator.range.reduce((a, b) => a * b, 1);
    if (rows !== 1) throw new ArgumentError(`${name}: subsets[${s}] is not a single row (got ${rows} rows).`);
  }
  return {
    name,
    citations: [KACZMARZ_PAPER],
    watchesResidual: true,
    complex: false,
    init(problem) {
      const { dtype } = problem.operator;
      return begin(problem, startOf(problem), () => {
        const rows: Record<string, Tensor> = {};
        for (const [s, { operator }] of subsets.entries()) {
          const row = operator.adjoint(ones(operator.range, { dtype, device: problem.data.device } as never));
          rows[`row${s}`] = row;
          rows[`scale${s}`] = inverse(inner(row, row));
        }
        return rows;
      });
    },
    step(problem, { vectors, ...state }) {
      return advance(problem, { ...state, vectors }, () => ({
        x: subsets.reduce((x, { pick }, s) => {
          const row = vectors[`row${s}`];
          const residual = sub(pick(problem.data), inner(row, x));
          return clipTo(add(x, mul(row, mul(mul(residual, vectors[`scale${s}`]), relaxation))), options);
        }, state.x),
      }));
    },
  };
}
